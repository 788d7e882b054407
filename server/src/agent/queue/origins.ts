import { readJson, writeJson } from "@count/client/parts";
import { REFUSAL_REASONS } from "../../domain/refusal.ts";
import type { ClientState } from "../../ingest/session.ts";

/** As a server keeps its cursors; a sender gives a batch up after a day. */
const KEEP_MS = 35 * 86_400_000;
/** Local senders at a time; each has 200 bytes. One that is forgotten after less than a day could count a batch twice. */
const MAX_ORIGINS = 50_000;

interface Origin extends ClientState {
  /** Wall clock. */
  readonly seenMs: number;
}

/**
 * How far the batches of each local sender are in the queue.
 *
 * A cursor is written with the batch that moves it, as the note of its record, so that a torn write takes both or neither. Before
 * records go from the disk, all cursors that are answered for go into a file of their own; at the start the greater of the two
 * holds. Without a file the cursors live as long as the process.
 */
export class Origins {
  readonly #path: string | undefined;
  readonly #now: () => number;
  readonly #origins = new Map<string, Origin>();

  /** @param path a JSON file; undefined: nothing is kept on disk */
  constructor(path: string | undefined, now: () => number = Date.now) {
    this.#path = path;
    this.#now = now;
    if (path === undefined) return;
    const saved = readJson(path);
    if (typeof saved !== "object" || saved === null) return;
    for (const [clientId, value] of Object.entries(saved)) {
      const [seenMs = 0, lastNumber = 0, dropped = 0, ...refused] = value as number[];
      this.#merge(clientId, { seenMs, lastNumber, dropped, refused });
    }
  }

  get size(): number {
    return this.#origins.size;
  }

  /** Whether a sender that is not known can be taken in. Forgets those that were last seen 35 days ago. */
  get hasRoom(): boolean {
    if (this.#origins.size < MAX_ORIGINS) return true;
    const beforeMs = this.#now() - KEEP_MS;
    for (const [clientId, { seenMs }] of this.#origins) if (seenMs < beforeMs) this.#origins.delete(clientId);
    return this.#origins.size < MAX_ORIGINS;
  }

  /** The cursor of a sender as it is answered for. @param clientId a UUID in lowercase */
  get(clientId: string): ClientState | undefined {
    return this.#origins.get(clientId);
  }

  /** A batch of a sender is committed. */
  set(clientId: string, state: ClientState): void {
    this.#origins.set(clientId, { ...state, seenMs: this.#now() });
  }

  /** Takes a note of an earlier process back. */
  recover(note: Uint8Array, sealedAtMs: number): void {
    const bytes = Buffer.from(note);
    if (bytes.length < 32 || bytes.length % 8 !== 0) return;
    const numbers = Array.from({ length: bytes.length / 8 - 2 }, (_, at) => bytes.readDoubleLE(16 + at * 8));
    const [lastNumber = 0, dropped = 0, ...refused] = numbers;
    this.#merge(uuidOf(bytes.toString("hex", 0, 16)), { seenMs: sealedAtMs, lastNumber, dropped, refused });
  }

  /** Writes all cursors to the file, durably. @throws What the file system throws. */
  save(): void {
    if (this.#path === undefined) return;
    const beforeMs = this.#now() - KEEP_MS;
    const rows = [...this.#origins].filter(([, { seenMs }]) => seenMs >= beforeMs);
    writeJson(
      this.#path,
      Object.fromEntries(
        rows.map(([id, { seenMs, lastNumber, dropped, refused }]) => [id, [seenMs, lastNumber, dropped, ...refused]]),
      ),
      true,
    );
  }

  #merge(clientId: string, origin: Origin): void {
    const known = this.#origins.get(clientId);
    if (known !== undefined && known.lastNumber > origin.lastNumber) return;
    this.#origins.set(clientId, { ...origin, refused: REFUSAL_REASONS.map((_, at) => origin.refused[at] ?? 0) });
  }
}

/** The note of a batch: the client id, then the cursor behind the batch as 64-bit floats, little-endian. */
export function noteOf(clientId: string, { lastNumber, dropped, refused }: ClientState): Uint8Array {
  const note = Buffer.allocUnsafe(16 + 8 * (2 + refused.length));
  note.write(clientId.replaceAll("-", ""), 0, "hex");
  for (const [at, number] of [lastNumber, dropped, ...refused].entries()) note.writeDoubleLE(number, 16 + at * 8);
  return note;
}

function uuidOf(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
