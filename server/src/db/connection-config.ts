import type pg from "pg";
import { valueParsers } from "./value-parsers.ts";

/** How long a connection is silent before the kernel asks whether the other side is still there, in milliseconds. */
const KEEP_ALIVE_DELAY_MS = 10_000;

export interface ConnectionSettings {
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly applicationName: string;
  /** In ms; 0 is no limit. */
  readonly statementTimeoutMs: number;
  /** More parameters of the session. */
  readonly session?: Readonly<Record<string, string>>;
}

/**
 * What every connection of ours has in common. The time zone is a parameter of the connection's start: that wins over
 * what `alter database` and `alter role` set, and cannot be undone by a rollback (cockroach#69396).
 */
export function connectionConfig(settings: ConnectionSettings): pg.ClientConfig {
  const session = { TimeZone: "UTC", ...settings.session };
  const ours = Object.entries(session).map(([name, value]) => `-c ${name}=${value}`);
  const url = new URL(settings.url);
  // What the URL or the environment asks for stays, such as --cluster of CockroachDB's cloud; ours comes later and wins.
  const theirs = url.searchParams.get("options") ?? process.env["PGOPTIONS"] ?? "";
  url.searchParams.set("options", [theirs, ...ours].join(" ").trim());
  return {
    connectionString: url.href,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    application_name: settings.applicationName,
    statement_timeout: settings.statementTimeoutMs === 0 ? false : settings.statementTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
    types: valueParsers,
  };
}
