/** One SQL statement that PostgreSQL 15+ and CockroachDB 24+ both take. */
export interface Statement {
  /** Unique among all statements; at most 63 bytes. */
  readonly name: string;
  /** Lowercase SQL that can be pasted into psql. */
  readonly text: string;
  /**
   * Whether it is prepared under its name on each connection. Default true. Without, it is planned each time, for its values: for
   * statements whose text or best plan depends on what is asked for.
   */
  readonly prepare?: boolean;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Called once before the statement is sent again after its connection was lost: the first try may have committed. */
  readonly onUncertain?: () => void;
}

/**
 * What the rest of the server needs of a database: one statement at a time, each in a transaction of its own.
 *
 * A statement is sent again on 40001 and 40P01 (it did not happen), and when its connection is lost or cannot be had (it
 * may have happened). So every statement must be safe to run twice: by a cursor in `count.clients`, by `on conflict do
 * nothing`, by moving rows from one table to another, or by only reading. Trying again ends with `unavailable` after the
 * configured limit.
 *
 * `bigint` comes back as a JavaScript bigint, `date` as text.
 */
export interface Database {
  readonly dialect: "postgres" | "cockroachdb";
  /** @throws CountError */
  run<Row>(statement: Statement, values: readonly unknown[], options?: RunOptions): Promise<Row[]>;
  /** Idempotent. Waits for running statements, for at most the configured limit. */
  close(): Promise<void>;
}
