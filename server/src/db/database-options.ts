import { CountError } from "../domain/count-error.ts";
import type { Statement } from "./database.ts";
import { normalizeDatabaseUrl } from "./database-url.ts";

export interface DatabaseOptions {
  /** Of PostgreSQL 15+ or CockroachDB 24+; `normalizeDatabaseUrl` says which schemes are accepted. */
  readonly url: string;
  /** Statements that run at once, each on a connection of its own. Default 4. One more connection serves `ping`. */
  readonly maxConnections?: number;
  /** Statements that may wait for a connection. Default 1,000. One more fails with `exhausted`. */
  readonly maxWaiting?: number;
  /** The server ends a statement that takes longer, and it fails with `timeout`. In ms, default 30,000; 0 is no limit. */
  readonly statementTimeoutMs?: number;
  /** How long opening a connection may take, in ms. Default 5,000. */
  readonly connectTimeoutMs?: number;
  /**
   * For how long a statement is tried again, in ms. Default 30,000. No try begins after it; the last one may run on for
   * {@link statementTimeoutMs}. 0 is a single try.
   */
  readonly retryLimitMs?: number;
  /**
   * After how long a connection is replaced, in seconds, give or take a fifth so that not all go at once. Default 300: so a
   * cluster that gained a node, or a load balancer that moved, is used evenly again. 0 is never.
   */
  readonly maxLifetimeSeconds?: number;
  /** How long `close` waits for running statements, in ms. Default 10,000. Then their connections are cut. */
  readonly closeLimitMs?: number;
  /** What the server shows in its list of sessions. Default `count`. */
  readonly applicationName?: string;
  /** Ends the wait for the first connection. */
  readonly signal?: AbortSignal;
  /** Told of each try that failed and is followed by another. Must not throw. */
  readonly onRetry?: (event: RetryEvent) => void;
  /**
   * Runs every statement but `ping`, all its tries together, so that somebody can time and trace them: it calls `run` once
   * and passes on what comes of it. Default: `run` itself.
   */
  readonly around?: <Result>(statement: Statement, run: () => Promise<Result>) => Promise<Result>;
  /** Told of a connection that broke while nobody used it. It is replaced when needed. Must not throw. */
  readonly onIdleError?: (error: CountError) => void;
}

export interface RetryEvent {
  /** Of the statement; `connect` for the first connection. */
  readonly statement: string;
  /** How many tries failed so far. */
  readonly tries: number;
  /** Of the last failure. */
  readonly message: string;
  /** Until the next try, in ms. */
  readonly delayMs: number;
}

type Callbacks = "signal" | "onRetry" | "around" | "onIdleError";

/** Complete, and valid. */
export type ResolvedDatabaseOptions = Readonly<
  Required<Omit<DatabaseOptions, Callbacks>> & Pick<DatabaseOptions, Callbacks>
>;

const DEFAULTS = {
  maxConnections: 4,
  maxWaiting: 1_000,
  statementTimeoutMs: 30_000,
  connectTimeoutMs: 5_000,
  retryLimitMs: 30_000,
  maxLifetimeSeconds: 300,
  closeLimitMs: 10_000,
  applicationName: "count",
};

/** The smallest value of each number. */
const LEAST = {
  maxConnections: 1,
  maxWaiting: 0,
  statementTimeoutMs: 0,
  connectTimeoutMs: 1,
  retryLimitMs: 0,
  maxLifetimeSeconds: 0,
  closeLimitMs: 0,
} as const;

/** What timers of node and timeouts of PostgreSQL can hold. */
const MOST = 2_147_483_647;

/** @throws CountError `invalid`, naming the option, its value and what is accepted */
export function resolveDatabaseOptions(options: DatabaseOptions): ResolvedDatabaseOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const resolved = { ...DEFAULTS, ...given, url: normalizeDatabaseUrl(options.url) } as ResolvedDatabaseOptions;
  for (const [name, least] of Object.entries(LEAST) as [keyof typeof LEAST, number][]) {
    const value = resolved[name];
    if (!Number.isInteger(value) || value < least || value > MOST) {
      throw new CountError("invalid", `${name} is ${value}; accepted are whole numbers from ${least} to ${MOST}`);
    }
  }
  return Object.freeze(resolved);
}
