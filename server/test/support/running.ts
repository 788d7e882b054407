import { randomUUID } from "node:crypto";
import type { Statement } from "../../src/db/database.ts";
import type { TestDatabaseUrl } from "./database.ts";

export interface SleepStatement extends Statement {
  /** In its text and in no other: the server's list of statements is everybody's. */
  readonly mark: string;
}

/** A statement that takes so many seconds. */
export function sleepStatement(seconds: number): SleepStatement {
  const mark = `sleep_${randomUUID().replaceAll("-", "_")}`;
  return { name: "sleep", text: `select 1::bigint as ${mark} from pg_sleep(${seconds})`, mark };
}

/** Resolves when exactly so many sessions run a statement that holds this text. */
export async function running(db: TestDatabaseUrl, mark: string, sessions: number): Promise<void> {
  // Not the statement that asks: CockroachDB lists it with its values.
  const statements =
    db.dialect === "cockroachdb"
      ? "select 1 from [show cluster statements] where phase = 'executing' and application_name <> 'count-test' and position($1 in query) > 0"
      : "select 1 from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and position($1 in query) > 0";
  while ((await db.query(statements, [mark])).length !== sessions);
}

/** Ends the sessions that run a statement which holds this text, as an operator does. */
export async function endSessions(db: TestDatabaseUrl, mark: string): Promise<void> {
  // CANCEL SESSIONS takes no parameters.
  await db.query(
    db.dialect === "cockroachdb"
      ? `cancel sessions if exists select session_id from [show cluster statements]
         where application_name <> 'count-test' and position('${mark}' in query) > 0`
      : `select pg_terminate_backend(pid) from pg_stat_activity
         where pid <> pg_backend_pid() and position('${mark}' in query) > 0`,
  );
}
