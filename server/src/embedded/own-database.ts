import pg from "pg";
import { CountError } from "../domain/count-error.ts";
import { HOST } from "./free-port.ts";
import { ROLE } from "./password.ts";

const LIMIT_MS = 30_000;

/**
 * Makes the database `count` if it is missing, which also proves that the server answers to our password.
 *
 * @returns PostgreSQL's version, such as `18.4`
 * @throws CountError `precondition`
 */
export async function ensureOwnDatabase(port: number, password: string, pgData: string): Promise<string> {
  const client = new pg.Client({
    host: HOST,
    port,
    user: ROLE,
    password,
    database: "postgres",
    ssl: false,
    connectionTimeoutMillis: LIMIT_MS,
    query_timeout: LIMIT_MS,
  });
  // A server that ends breaks the connection; what runs on it then fails, and says so.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; exists: boolean }>(
      "select current_setting('server_version') as version, exists(select from pg_database where datname = $1) as exists",
      [ROLE],
    );
    if (rows[0]?.exists !== true) await client.query(`create database ${ROLE}`);
    return rows[0]?.version ?? "";
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new CountError(
      "precondition",
      `the embedded PostgreSQL in ${pgData} started but cannot be used: ${said}`,
      error,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}
