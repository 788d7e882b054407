import { methodName } from "@count/proto";
import type pg from "pg";
import { baselineSchema } from "../baseline/schema.ts";
import { PAIRS } from "../load/pairs.ts";
import { Forked } from "../process/forked.ts";
import type { Releases } from "../run/releases.ts";
import type { Target } from "./target.ts";

/**
 * The baseline's tables, with the methods in them: two streams that meet a new one at the same moment make the original's
 * statement lose a count, which is not what is measured here.
 */
export async function makeBaselineTables(sql: pg.Client): Promise<void> {
  await sql.query(baselineSchema);
  await sql.query("insert into baseline.methods (method, path) select * from unnest($1::text[], $2::text[])", [
    PAIRS.map(({ method }) => methodName(method)),
    PAIRS.map(({ path }) => path),
  ]);
}

/** The server that stores as the original does. @param sql on its database, which has the tables */
export async function startBaseline(dbUrl: string, sql: pg.Client, releases: Releases): Promise<Target> {
  const server = new Forked("baseline", "baseline/baseline-main.js", releases);
  const address = await server.call<string>("start", dbUrl);
  return {
    name: "baseline",
    address,
    pid: server.pid,
    async stored() {
      const { rows } = await sql.query<{ requests: string }>("select count(*) as requests from baseline.requests");
      return Number(rows[0]!.requests);
    },
    async clear() {
      await sql.query("truncate baseline.requests");
    },
  };
}
