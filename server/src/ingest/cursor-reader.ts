import { uuidArray } from "../db/binary-array.ts";
import type { Database } from "../db/database.ts";
import { type ClientRow, insertClients, selectClients } from "../db/sql/clients.ts";
import { stateOf } from "./flush.ts";
import { type ClientState, NEW_CLIENT } from "./session.ts";

/** So many cursors are read at once, at most. */
const MAX_SENDERS = 1_000;

interface Waiting {
  readonly clientId: string;
  readonly resolve: (state: ClientState) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads the cursors of senders that say hello: while some are being read, those that come next wait, and are read together.
 *
 * When a server comes back, thousands of senders say hello in the same second. Each with statements of its own, they filled
 * the queue for connections, and the flushes that they were waiting for were turned away: nothing was stored any more.
 */
export class CursorReader {
  readonly #database: Pick<Database, "run">;
  readonly #signal: AbortSignal;
  /** Bounded by the streams that are open. */
  readonly #waiting: Waiting[] = [];
  #isReading = false;

  /** @param signal ends every read */
  constructor(database: Pick<Database, "run">, signal: AbortSignal) {
    this.#database = database;
    this.#signal = signal;
  }

  /** How far the sender's batches have been applied, as of now or later. @throws CountError as {@link Database.run} */
  read(clientId: string): Promise<ClientState> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ clientId, resolve, reject });
      if (!this.#isReading) void this.#readAll();
    });
  }

  /** Never rejects: who waits is told. */
  async #readAll(): Promise<void> {
    this.#isReading = true;
    while (this.#waiting.length > 0) {
      const senders = this.#waiting.splice(0, MAX_SENDERS);
      try {
        const states = await this.#readTogether(senders);
        for (const { clientId, resolve } of senders) resolve(states.get(clientId) ?? NEW_CLIENT);
      } catch (error) {
        for (const { reject } of senders) reject(error);
      }
    }
    this.#isReading = false;
  }

  async #readTogether(senders: readonly Waiting[]): Promise<Map<string, ClientState>> {
    const options = { signal: this.#signal };
    // Sorted: servers that make the same rows must lock them in one order.
    const ids = uuidArray([...new Set(senders.map(({ clientId }) => clientId))].sort());
    await this.#database.run(insertClients, [ids], options);
    const rows = await this.#database.run<ClientRow>(selectClients, [ids], options);
    return new Map(rows.map((row) => [row.client_id, stateOf(row)]));
  }
}
