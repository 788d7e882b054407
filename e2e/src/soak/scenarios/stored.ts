import { query } from "../postgres/query.ts";

/** What a database has of the requests. */
export interface Stored {
  readonly total: number;
  /** Not rolled up yet. */
  readonly pending: number;
  /** By `service path`, over all methods, days and intervals. */
  readonly byPath: ReadonlyMap<string, number>;
  /** What the cursors say was refused. */
  readonly refused: number;
}

interface Row {
  readonly service: string;
  readonly path: string;
  readonly pending: string;
  readonly total: string;
}

/** One statement, so that a roll-up is seen done or not done. */
const STORED = `
select m.service, m.path, sum(e.pending)::bigint as pending, sum(e.pending + e.rolled_up)::bigint as total
from (
  select unnest(method_ids) as method_id, unnest(counts) as pending, 0 as rolled_up from count.pending
  union all
  select method_id, 0, total from count.daily_method_totals
) as e
left join count.methods as m on m.id = e.method_id
group by m.service, m.path`;

const REFUSED =
  "select coalesce(sum(n), 0)::bigint as refused from (select unnest(refused) as n from count.clients) as r";

/** @throws what the database says when it does not come back */
export async function readStored(url: string): Promise<Stored> {
  const rows = await query<Row>(url, STORED);
  const [cursors] = await query<{ refused: string }>(url, REFUSED);
  const sum = (of: (row: Row) => string): number => rows.reduce((total, row) => total + Number(of(row)), 0);
  return {
    total: sum((row) => row.total),
    pending: sum((row) => row.pending),
    byPath: new Map(rows.map((row) => [`${row.service} ${row.path}`, Number(row.total)])),
    refused: Number(cursors?.refused),
  };
}
