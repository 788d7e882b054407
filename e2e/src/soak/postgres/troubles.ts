import { query } from "./query.ts";

/** Of PostgreSQL; the schema must be there. */
async function trigger(url: string, name: string, events: string, body: string): Promise<void> {
  const statements = [
    `create or replace function count.${name}() returns trigger language plpgsql as $$ begin ${body} return null; end $$`,
    `create or replace trigger ${name} after ${events} on count.pending for each statement execute function count.${name}()`,
  ];
  for (const statement of statements) await query(url, statement);
}

/** One in three statements that store or roll up fails with 40001, after it has done its work. */
export async function injectConflicts(url: string): Promise<void> {
  const body = "if random() < 1.0 / 3 then raise exception 'injected' using errcode = '40001'; end if;";
  await trigger(url, "soak_conflict", "insert or delete", body);
}

/** CockroachDB's own way of the same. @returns the URL of a database whose sessions have it */
export function withInjectedConflicts(url: string): string {
  const injecting = new URL(url);
  injecting.searchParams.set("options", "-c inject_retry_errors_enabled=true");
  return injecting.href;
}

/** Storing takes up to so many milliseconds longer, so that what kills a process is likely to meet it half done. */
export async function slowDown(url: string, maxMs: number): Promise<void> {
  await trigger(url, "soak_slow", "insert", `perform pg_sleep(random() * ${maxMs / 1_000});`);
}

export async function endTroubles(url: string): Promise<void> {
  for (const name of ["soak_conflict", "soak_slow"]) {
    await query(url, `drop trigger if exists ${name} on count.pending`);
  }
}
