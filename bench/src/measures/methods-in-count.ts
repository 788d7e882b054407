import type pg from "pg";
import { PAIRS } from "../load/pairs.ts";

const INSERT = `
insert into count.methods (service, method, path)
select '', m, p from unnest($1::smallint[], $2::text[]) as t(m, p) on conflict do nothing`;

/** Puts the pairs into Count's methods, where they are not there yet. */
export async function insertMethods(sql: pg.Client): Promise<void> {
  await sql.query(INSERT, [PAIRS.map(({ method }) => method), PAIRS.map(({ path }) => path)]);
}
