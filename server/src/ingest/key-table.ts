import { isUtf8 } from "node:buffer";
import { METHOD_NUMBERS, RefusalReason } from "@count/proto";
import type { Limits } from "../domain/limits.ts";
import { type Refusal, refusal } from "../domain/refusal.ts";
import type { Overflow } from "./ingest-observer.ts";

/** A (service, method, path) that is being counted. One object for each, so that the hot path compares references. */
export class Key {
  readonly service: string;
  readonly method: number;
  readonly path: string;
  /** Its number in `count.methods`, once it was looked up. A key over a limit has the number of its `(overflow)`. */
  id: bigint | undefined = undefined;
  /** Which limit it is over. */
  overflow: Overflow | undefined = undefined;

  // Which tally counted it last, and where that one has it: see Tally.
  tally = 0;
  bucket = 0;
  slot = 0;

  constructor(service: string, method: number, path: string) {
    this.service = service;
    this.method = method;
    this.path = path;
  }
}

const METHODS = new Set<number>(METHOD_NUMBERS);

/** Keys of one path by method number. */
type KeysByMethod = (Key | undefined)[];

/**
 * Finds the key of what arrives on the wire, by its bytes: service and path are looked up as Latin-1 strings of their UTF-8,
 * which costs a tenth of decoding them. What is checked once when a key is made needs no check again.
 *
 * Memory is bounded: when `maxKeys` spellings are known, all are forgotten, and those in use come back at once.
 */
export class KeyTable {
  readonly #limits: Pick<Limits, "maxPathBytes">;
  readonly #maxKeys: number;
  readonly #services = new Map<string, Map<string, KeysByMethod>>();
  #size = 0;

  constructor(limits: Pick<Limits, "maxPathBytes">, maxKeys = 100_000) {
    this.#limits = limits;
    this.#maxKeys = maxKeys;
  }

  /** Forgets all keys: the same ones get their ids anew. */
  forget(): void {
    this.#services.clear();
    this.#size = 0;
  }

  /** `service` and `path` are bytes of UTF-8, given as Latin-1 strings. */
  find(service: string, method: number, path: string): Key | Refusal {
    return this.#services.get(service)?.get(path)?.[method] ?? this.#add(service, method, path);
  }

  #add(service: string, method: number, path: string): Key | Refusal {
    if (!METHODS.has(method)) {
      const accepted = METHOD_NUMBERS.join(", ");
      return refusal(RefusalReason.METHOD_UNKNOWN, `method ${method} is unknown; accepted are ${accepted}`);
    }
    const cut = cutQuery(path);
    // Not remembered under its whole spelling: query strings have no limit, neither in length nor in number.
    if (cut !== path) return this.find(service, method, cut);
    const fault = this.#fault("service", service) ?? this.#fault("path", path);
    if (fault !== undefined) return fault;
    const key = new Key(fromLatin1(service), method, fromLatin1(path));
    this.#remember(service, method, path, key);
    return key;
  }

  #remember(service: string, method: number, path: string, key: Key): void {
    if (++this.#size > this.#maxKeys) {
      this.forget();
      this.#size = 1;
    }
    let paths = this.#services.get(service);
    if (paths === undefined) {
      paths = new Map();
      this.#services.set(service, paths);
    }
    let methods = paths.get(path);
    if (methods === undefined) {
      methods = [];
      paths.set(path, methods);
    }
    methods[method] = key;
  }

  #fault(field: "path" | "service", latin1: string): Refusal | undefined {
    const reason = field === "path" ? RefusalReason.PATH_INVALID : RefusalReason.SERVICE_INVALID;
    const { maxPathBytes } = this.#limits;
    if (latin1.length === 0) return field === "path" ? refusal(reason, "path is empty; it is required") : undefined;
    if (latin1.length > maxPathBytes) {
      return refusal(reason, `${field} has ${latin1.length} bytes; accepted are at most ${maxPathBytes}`);
    }
    if (latin1.includes("\0")) return refusal(reason, `${field} ${quote(latin1)} has a NUL; accepted is text without`);
    if (!isUtf8(Buffer.from(latin1, "latin1"))) {
      return refusal(reason, `${field} ${quote(latin1)} is not UTF-8; accepted is UTF-8`);
    }
    return undefined;
  }
}

function cutQuery(path: string): string {
  const at = path.search(/[?#]/);
  // A slice of a string keeps the whole of it in memory; a copy does not.
  return at === -1 ? path : Buffer.from(path.slice(0, at), "latin1").toString("latin1");
}

function fromLatin1(text: string): string {
  return Buffer.from(text, "latin1").toString();
}

function quote(latin1: string): string {
  return JSON.stringify(fromLatin1(latin1));
}
