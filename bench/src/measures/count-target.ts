import type pg from "pg";
import type { RunningServer } from "../process/count-server.ts";
import type { Target } from "./target.ts";

const STORED = `
select (select coalesce(sum(n), 0) from count.pending, unnest(counts) as n)
  + (select coalesce(sum(total), 0) from count.daily_method_totals) as requests`;

/** Count itself. @param sql on its database */
export function countTarget({ address, pid }: RunningServer, sql: pg.Client): Target {
  return {
    name: "count",
    address,
    pid,
    async stored() {
      const { rows } = await sql.query<{ requests: string }>(STORED);
      return Number(rows[0]!.requests);
    },
    async clear() {
      await sql.query(
        "truncate count.pending, count.daily_method_totals, count.monthly_method_totals, count.bucket_counts",
      );
    },
  };
}
