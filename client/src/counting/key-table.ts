import { methodName } from "@count/proto";
import { encodeText } from "../batch/encode-text.ts";

/** A string as it stands in a batch's dictionary. */
export interface Text {
  readonly value: string;
  /** Field 2 of `RecordBatch` whole: tag, length and UTF-8. Encoded once, copied into every batch. */
  readonly bytes: Uint8Array;
  /** The last batch that has this string, and where: spares the encoder a map. */
  stamp: number;
  index: number;
  /** How many entries of the pool have it. */
  holders: number;
}

/** What is counted, but for the time. */
export interface Key {
  readonly service: Text;
  readonly method: number;
  readonly path: Text;
}

export type Paths = ReadonlyMap<string, number>;
export type Methods = ReadonlyMap<number | string, Paths>;

export const NO_PATHS: Paths = new Map();
const NO_METHODS: Methods = new Map();

/**
 * The dictionary: (service, method, path) → a dense number, so that counting is an array's increment.
 *
 * A method is found by its number and by its name. The strings of a lookup are not copied, joined or otherwise allocated.
 */
export class KeyTable {
  readonly #services = new Map<string, Map<number | string, Map<string, number>>>();
  readonly #texts = new Map<string, Text>();
  readonly #keys: Key[] = [];
  #textBytes = 0;

  /** Bytes of its strings; they take about twice as many. */
  get textBytes(): number {
    return this.#textBytes;
  }

  get size(): number {
    return this.#keys.length;
  }

  /** The methods of a service, by number and by name, and their paths. Valid until {@link intern} or {@link clear}. */
  methodsOf(service: string): Methods {
    return this.#services.get(service) ?? NO_METHODS;
  }

  /** The paths of a method of a service, to their keys' numbers. Valid until {@link intern} or {@link clear}. */
  pathsOf(method: number | string, service: string): Paths {
    return this.methodsOf(service).get(method) ?? NO_PATHS;
  }

  key(id: number): Key {
    return this.#keys[id]!;
  }

  /** The number of a key, which is made when it is new. */
  intern(method: number, path: string, service: string): number {
    let methods = this.#services.get(service);
    if (methods === undefined) {
      methods = new Map();
      this.#services.set(service, methods);
    }
    let paths = methods.get(method);
    if (paths === undefined) {
      paths = new Map();
      methods.set(method, paths);
      const name = methodName(method);
      if (name !== undefined) methods.set(name, paths);
    }
    let id = paths.get(path);
    if (id === undefined) {
      id = this.#keys.length;
      this.#keys.push({ service: this.#text(service), method, path: this.#text(path) });
      paths.set(path, id);
    }
    return id;
  }

  /** Forgets every key. Numbers begin at 0 again; keys that are held elsewhere stay valid. */
  clear(): void {
    this.#services.clear();
    this.#texts.clear();
    this.#keys.length = 0;
    this.#textBytes = 0;
  }

  #text(value: string): Text {
    let text = this.#texts.get(value);
    if (text === undefined) {
      text = { value, bytes: encodeText(value), stamp: 0, index: 0, holders: 0 };
      this.#texts.set(value, text);
      this.#textBytes += text.bytes.length;
    }
    return text;
  }
}
