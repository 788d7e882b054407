import { inspect } from "node:util";
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
  /** Of all entries: the quarter of the day, 0 to 95. Default 0. */
  readonly bucket?: number;
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
  for (const { shard = 0, bucket = 0, day, entries } of rows) {
    await db.query("insert into count.pending values ($1, $2, gen_random_uuid(), $3, $4, $5)", [
      shard,
      day,
      entries.map(([method]) => method),
      entries.map(() => bucket),
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

/** What is rolled up, by day and method. Fails unless months and quarters have the same. */
export async function storedTotals(db: Queries): Promise<Total[]> {
  await checkBooks(db);
  return totals(db, "count.daily_method_totals");
}

/** Fails unless every month is what is booked of its days, and the quarters of every day that has them are its total. */
export async function checkBooks(db: Queries): Promise<void> {
  const months = await db.query(
    `select b.month::text, b.method_id, b.booked, m.total from (
       select day - (extract(day from day)::int - 1) as month, method_id, sum(booked)::bigint as booked
       from count.daily_method_totals group by 1, 2
     ) as b full join count.monthly_method_totals as m on m.month = b.month and m.method_id = b.method_id
     where coalesce(b.booked, 0) <> coalesce(m.total, 0)`,
  );
  const quarters = await db.query(
    `select d.day::text, d.method_id, d.total, q.requests from (
       select day, method_id, sum(n)::bigint as requests
       from (select day, method_id, unnest(counts) as n from count.bucket_counts) as e group by day, method_id
     ) as q full join (
       select t.day, t.method_id, t.total from count.daily_method_totals as t where t.total = t.booked
     ) as d on d.day = q.day and d.method_id = q.method_id
     where coalesce(d.day, q.day) >= (select buckets_from from count.state) and coalesce(d.total, 0) <> coalesce(q.requests, 0)
       and not exists (select 1 from count.daily_method_totals as u where u.day = q.day and u.method_id = q.method_id and u.total <> u.booked)`,
  );
  if (months.length + quarters.length > 0) throw new Error(`the books differ: ${inspect({ months, quarters })}`);
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
