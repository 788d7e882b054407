import pg from "pg";
import { CountError } from "../domain/count-error.ts";
import { cancelled } from "./backoff.ts";
import { type ConnectionSettings, connectionConfig } from "./connection-config.ts";
import { explainDatabaseError } from "./sqlstate.ts";

export interface PoolSettings extends ConnectionSettings {
  readonly maxConnections: number;
  /** In seconds; 0 is never. */
  readonly maxLifetimeSeconds: number;
  readonly onIdleError?: ((error: CountError) => void) | undefined;
}

export interface PoolCounts {
  /** Open, or being opened. */
  readonly total: number;
  /** Open and unused. */
  readonly idle: number;
}

/** An unused connection is closed after this time, in milliseconds: what a burst opened does not stay. */
const IDLE_LIMIT_MS = 60_000;
/** Lifetimes differ by up to a fifth in either direction. */
const LIFETIME_JITTER = 0.2;

/** A pg.Pool that never ends the process by an error event, and whose `close` returns when every socket is closed. */
export class ConnectionPool {
  /** For knex. Its owner is this object. */
  readonly pool: pg.Pool;
  readonly #open = new Set<pg.PoolClient>();
  #allClosed: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: PoolSettings) {
    this.pool = new pg.Pool({
      ...connectionConfig(settings),
      max: settings.maxConnections,
      idleTimeoutMillis: IDLE_LIMIT_MS,
      maxLifetimeSeconds: settings.maxLifetimeSeconds,
    });
    spreadLifetimes(this.pool, settings.maxLifetimeSeconds);
    // A stopping PostgreSQL says 57P01 to every connection, even to one that is being closed.
    this.pool.on("error", (error) => settings.onIdleError?.(toCountError(error)));
    this.pool.on("connect", (client) => {
      this.#open.add(client);
      // The pool listens to idle connections only. On one in use, the query that fails reports the error.
      client.on("error", () => undefined);
    });
    this.pool.on("remove", (client) => {
      this.#open.delete(client);
      if (this.#open.size === 0) this.#allClosed?.();
    });
  }

  get counts(): PoolCounts {
    return { total: this.pool.totalCount, idle: this.pool.idleCount };
  }

  /** A connection for the caller alone, who must `release` it. @throws what node-postgres throws; CountError `cancelled` */
  async acquire(signal: AbortSignal): Promise<pg.PoolClient> {
    if (signal.aborted) throw cancelled(signal);
    const connecting = this.pool.connect();
    let stop: () => void = () => undefined;
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(cancelled(signal));
    });
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await Promise.race([connecting, aborted]);
    } catch (error) {
      // pg.Pool cannot be told to stop waiting. What it gives later goes back.
      connecting.then(
        (client) => client.release(),
        () => undefined,
      );
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /**
   * Idempotent. Unused connections are closed at once, the others when they are released, or cut after `limitMs`. Never
   * rejects.
   */
  close(limitMs: number): Promise<void> {
    this.#closing ??= this.#close(limitMs);
    return this.#closing;
  }

  async #close(limitMs: number): Promise<void> {
    const cut = setTimeout(() => {
      for (const client of this.#open) client.connection.stream.destroy();
    }, limitMs);
    await this.pool.end();
    // pg.Pool forgets a connection when it begins to close it.
    if (this.#open.size > 0) {
      await new Promise<void>((resolve) => {
        this.#allClosed = resolve;
      });
    }
    clearTimeout(cut);
  }
}

/** pg.Pool reads the option anew for each connection, and has no jitter of its own. */
function spreadLifetimes(pool: pg.Pool, seconds: number): void {
  if (seconds === 0) return;
  Object.defineProperty(pool.options, "maxLifetimeSeconds", {
    get: () => seconds * (1 - LIFETIME_JITTER + 2 * LIFETIME_JITTER * Math.random()),
  });
}

/** Whatever node-postgres threw, in the server's terms. */
export function toCountError(error: unknown, prefix = ""): CountError {
  if (error instanceof CountError) return error;
  const { code, message } = explainDatabaseError(error);
  return new CountError(code, prefix + message, error);
}
