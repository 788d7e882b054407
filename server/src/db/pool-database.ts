import { setMaxListeners } from "node:events";
import { CountError } from "../domain/count-error.ts";
import { cancelled } from "./backoff.ts";
import { ConnectionPool, type PoolCounts, toCountError } from "./connection-pool.ts";
import { ConnectionSlots } from "./connection-slots.ts";
import type { Database, RunOptions, Statement } from "./database.ts";
import { type DatabaseOptions, type ResolvedDatabaseOptions, resolveDatabaseOptions } from "./database-options.ts";
import { LinkedSignal } from "./linked-signal.ts";
import { retry, TryFailed } from "./retry.ts";
import { probeServer, type ServerProbe } from "./server-probe.ts";
import { explainDatabaseError } from "./sqlstate.ts";

export interface PingOptions {
  readonly signal?: AbortSignal;
  /** In ms, default 1,000. */
  readonly timeoutMs?: number;
}

export interface DatabaseStats extends PoolCounts {
  /** Statements that run. */
  readonly running: number;
  /** Statements that wait for a connection. */
  readonly waiting: number;
  /** Statements that may run at once. */
  readonly capacity: number;
}

/** A {@link Database} on a pool of connections. */
export interface PoolDatabase extends Database {
  /** What `select version()` said when it was connected. */
  readonly version: string;
  readonly stats: DatabaseStats;
  /**
   * Whether the database answers, asked once on a connection that no statement takes: a database that is busy is not away.
   *
   * @throws CountError `timeout`, `cancelled`, or why it does not answer
   */
  ping(options?: PingOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const PING: Statement = { name: "ping", text: "select 1" };
const DEFAULT_PING_TIMEOUT_MS = 1_000;
/** How much later than the server Count itself ends a statement, in milliseconds: the server may have fallen silent. */
const SILENCE_MS = 5_000;

/**
 * Connects to a database, trying for at most `retryLimitMs`.
 *
 * @throws CountError `invalid` for an option, `precondition` when the database refuses, `unavailable` when it is away,
 *   `cancelled`
 */
export async function connectDatabase(options: DatabaseOptions): Promise<PoolDatabase> {
  const resolved = resolveDatabaseOptions(options);
  const probe = await retry("connect", resolved, resolved.signal, async () => {
    try {
      return await probeServer(resolved, resolved.signal);
    } catch (error) {
      throw new TryFailed(error, false);
    }
  });
  return new PooledDatabase(resolved, probe);
}

/** Open until `close` is called; from then on closing, and no statement begins. */
class PooledDatabase implements PoolDatabase {
  readonly dialect: Database["dialect"];
  readonly version: string;
  readonly #options: ResolvedDatabaseOptions;
  readonly #pool: ConnectionPool;
  readonly #slots: ConnectionSlots;
  readonly #closing = new AbortController();

  constructor(options: ResolvedDatabaseOptions, { dialect, version, session }: ServerProbe) {
    this.dialect = dialect;
    this.version = version;
    this.#options = options;
    this.#slots = new ConnectionSlots(options.maxConnections, options.maxWaiting);
    // Every statement listens to it.
    setMaxListeners(0, this.#closing.signal);
    this.#pool = new ConnectionPool({ ...options, session, maxConnections: options.maxConnections + 1 });
  }

  get stats(): DatabaseStats {
    return {
      ...this.#pool.counts,
      running: this.#slots.taken,
      waiting: this.#slots.waiting,
      capacity: this.#options.maxConnections,
    };
  }

  run<Row>(statement: Statement, values: readonly unknown[], options: RunOptions = {}): Promise<Row[]> {
    const { around } = this.#options;
    const run = () => this.#run<Row>(statement, values, options);
    return around === undefined ? run() : around(statement, run);
  }

  async #run<Row>(statement: Statement, values: readonly unknown[], options: RunOptions): Promise<Row[]> {
    using link = new LinkedSignal(options.signal, this.#closing.signal);
    const waiting = link.signal;
    await this.#slots.take(waiting);
    try {
      return await retry(
        statement.name,
        this.#options,
        waiting,
        () => this.#once<Row>(statement, values, waiting, options.signal),
        options.onUncertain,
      );
    } finally {
      this.#slots.give();
    }
  }

  async ping({ signal, timeoutMs = DEFAULT_PING_TIMEOUT_MS }: PingOptions = {}): Promise<void> {
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort(new CountError("timeout", `the database did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
    using link = new LinkedSignal(late.signal, this.#closing.signal, signal);
    try {
      await this.#once(PING, [], link.signal, link.signal);
    } catch (error) {
      throw error instanceof TryFailed ? toCountError(error.cause) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): Promise<void> {
    this.#closing.abort(new CountError("unavailable", "the database connection is closed"));
    return this.#pool.close(this.#options.closeLimitMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One try. `running` ends the statement itself, whose connection is then cut: it may still have happened. */
  async #once<Row>(
    { name, text, prepare = true }: Statement,
    values: readonly unknown[],
    waiting: AbortSignal,
    running: AbortSignal | undefined,
  ): Promise<Row[]> {
    const client = await this.#pool.acquire(waiting).catch((error: unknown) => {
      throw new TryFailed(error, false);
    });
    let drop = false;
    const cut = (): void => {
      drop = true;
      client.connection.stream.destroy();
    };
    const { statementTimeoutMs } = this.#options;
    const silence = statementTimeoutMs === 0 ? undefined : setTimeout(cut, statementTimeoutMs + SILENCE_MS);
    running?.addEventListener("abort", cut, { once: true });
    try {
      const result = await client.query<Row & object>({ ...(prepare && { name }), text, values: values as unknown[] });
      return result.rows;
    } catch (error) {
      if (running?.aborted) throw new TryFailed(cancelled(running), true);
      const failure = explainDatabaseError(error);
      drop ||= failure.dropConnection;
      throw new TryFailed(error, true);
    } finally {
      clearTimeout(silence);
      running?.removeEventListener("abort", cut);
      client.release(drop);
    }
  }
}
