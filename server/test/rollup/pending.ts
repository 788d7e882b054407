import { formatDay, parseDay } from "../../src/domain/day.ts";
import type { Period, TotalsById } from "../../src/totals/totals.ts";
import type { TestDatabaseUrl } from "../support/database.ts";

type Queries = Pick<TestDatabaseUrl, "query">;

/** A row of `count.pending`: (method id, count) pairs, all in one bucket. */
export interface PendingRow {
  readonly day: string;
  readonly entries: readonly (readonly [method: number, count: number | bigint])[];
  /** Default 0. */
  readonly shard?: number;
}

export interface ManyPending {
  readonly day: string;
  readonly rows: number;
  /** Of each row: 1 request each of the methods 1 to this number. Default 1. */
  readonly entries?: number;
  /** Each of so many days gets a share of the rows, `day` being the last. Default 1. */
  readonly days?: number;
}

/** One row of `count.daily_method_totals`, or of pending summed: `[day, method id, total]`. */
export type Total = readonly [day: string, method: number, total: bigint];

export async function addPending(db: Queries, ...rows: PendingRow[]): Promise<void> {
  for (const { shard = 0, day, entries } of rows) {
    await db.query("insert into count.pending values ($1, $2, gen_random_uuid(), $3, $4, $5)", [
      shard,
      day,
      entries.map(([method]) => method),
      entries.map(() => 0),
      entries.map(([, count]) => String(count)),
    ]);
  }
}

/** Rows over all shards, in one statement. */
export async function addManyPending(db: Queries, { day, rows, entries = 1, days = 1 }: ManyPending): Promise<void> {
  const ones = (value: string) => Array.from({ length: entries }, () => value);
  await db.query(
    `insert into count.pending
     select (g % 16)::smallint, $1::date - (g % $2::bigint)::int, gen_random_uuid(), $3::bigint[], $4::smallint[], $5::bigint[]
     from generate_series(1, $6::bigint) as t(g)`,
    [day, days, ones("").map((_, at) => at + 1), ones("0"), ones("1"), rows],
  );
}

/** What is rolled up, by day and method. */
export function storedTotals(db: Queries): Promise<Total[]> {
  return totals(db, "count.daily_method_totals");
}

/** What is pending, by day and method. */
export function pendingTotals(db: Queries): Promise<Total[]> {
  return totals(
    db,
    "(select day, unnest(method_ids) as method_id, unnest(counts) as total from count.pending) as pending",
  );
}

/** All requests, pending or rolled up, in one snapshot. */
export async function requests(db: Queries): Promise<{ rolledUp: bigint; pending: bigint }> {
  const [row] = await db.query<{ rolled_up: bigint; pending: bigint }>(
    `select
       (select coalesce(sum(total), 0)::bigint from count.daily_method_totals) as rolled_up,
       (select coalesce(sum(c), 0)::bigint from (select unnest(counts) as c from count.pending) as p) as pending`,
  );
  return { rolledUp: row!.rolled_up, pending: row!.pending };
}

/** From one day to another, both included. */
export function days(first: string, last = first): Period {
  return { first: parseDay(first), end: parseDay(last) + 1 };
}

/** A day and its totals by the number of the method: their order is not promised. */
export function sorted({ day, ids, counts }: TotalsById): [number | undefined, [string, bigint][]] {
  const totals = ids.map((id, at): [string, bigint] => [id, counts[at]!]);
  return [day, totals.sort(([a], [b]) => Number(a) - Number(b))];
}

async function totals(db: Queries, from: string): Promise<Total[]> {
  const rows = await db.query<{ day: bigint; method_id: bigint; total: bigint }>(
    `select (day - date '1970-01-01')::bigint as day, method_id, sum(total)::bigint as total
     from ${from} group by day, method_id order by day, method_id`,
  );
  return rows.map(({ day, method_id, total }) => [formatDay(Number(day)), Number(method_id), total]);
}
