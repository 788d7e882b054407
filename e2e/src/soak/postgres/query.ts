import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

/** Longer than PostgreSQL takes to recover from what the soak does to it. */
const AWAY_LIMIT_MS = 30_000;
const PAUSE_MS = 100;

/** One statement on a connection of its own, once. */
export async function queryOnce<Row extends object>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The same, tried again while the database is away: it may just have been killed. Only for what may be done twice. */
export async function query<Row extends object>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const started = performance.now();
  for (;;) {
    try {
      return await queryOnce<Row>(url, text, values);
    } catch (error) {
      if (!isAway(error) || performance.now() - started > AWAY_LIMIT_MS) throw error;
      await delay(PAUSE_MS);
    }
  }
}

/** Refused, cut, terminated by an administrator or a crash, recovering. */
function isAway(error: unknown): boolean {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  return /^(ECONN|EPIPE|08|57P0)/.test(code) || /^(Connection terminated|timeout expired)/.test(message);
}
