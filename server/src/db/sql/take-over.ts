import type { Statement } from "../database.ts";

/**
 * The statements that copy the original's counts. Its tables lie in the schema `count_original`, where nobody writes to them; the
 * row of `count_original.take_over` says how far they have been copied. A step moves that row on and copies in one
 * transaction, if the row is where the step began, so a step that is sent twice copies once.
 */

/** What the take-over keeps of itself, beside the original's tables; it goes when they are dropped. */
export const CREATE_TAKE_OVER: readonly Statement[] = [
  { name: "take-over-schema", text: "create schema if not exists count_original" },
  {
    name: "take-over-progress",
    text: `
create table if not exists count_original.take_over (
  id smallint not null,
  next_day date not null,
  next_bucket bigint not null,
  finished_at timestamptz,
  primary key (id)
)`,
  },
  {
    name: "take-over-methods",
    text: `
create table if not exists count_original.take_over_methods (
  original_id bigint not null,
  method_id bigint not null,
  primary key (original_id)
)`,
  },
  {
    // What was copied, so that it can be compared with what was there to copy.
    name: "take-over-counts",
    text: `
create table if not exists count_original.take_over_counts (
  id uuid not null default gen_random_uuid(),
  day date not null,
  method_id bigint not null,
  requests bigint not null,
  primary key (id)
)`,
  },
];

/** $1 first day, $2 first bucket. */
export const beginTakeOver: Statement = {
  name: "begin-take-over",
  text: `
insert into count_original.take_over (id, next_day, next_bucket, finished_at)
values (1, $1::date, $2::bigint, null) on conflict (id) do nothing`,
};

export interface TakeOverStateRow {
  /** As `2026-11-24`. */
  readonly next_day: string;
  readonly next_bucket: bigint;
  readonly finished: boolean;
}

export const selectTakeOver: Statement = {
  name: "select-take-over",
  text: "select next_day, next_bucket, finished_at is not null as finished from count_original.take_over where id = 1",
};

export const finishTakeOver: Statement = {
  name: "finish-take-over",
  text: "update count_original.take_over set finished_at = now() where id = 1 and finished_at is null",
};

export interface NextMethodsRow {
  /** Null: all are copied. */
  readonly last: bigint | null;
  readonly methods: bigint;
}

/** The next of the original's methods, by their ids. $1 the id before, $2 how many at most. */
export const nextMethods: Statement = {
  name: "take-over-next-methods",
  text: `
select max(id) as last, count(*) as methods from (
  select id from count_original.methods where id > $1::bigint order by id limit $2::bigint
) as next`,
};

/** The original writes a method's name, or the number of one that it does not know. $1 names, $2 numbers of ours. */
const NAMED = `
from count_original.methods as o
left join unnest($1::text[], $2::smallint[]) as k(name, number) on k.name = o.method`;

/** Makes our methods for the original's. $3 the id before, $4 the last id. */
export const copyMethods: Statement = {
  name: "take-over-copy-methods",
  text: `
insert into count.methods (service, method, path)
select distinct ''::text, coalesce(k.number, 0)::smallint as number, o.path ${NAMED}
where o.id > $3::bigint and o.id <= $4::bigint
order by o.path, number
on conflict (service, path, method) do nothing`,
};

/** Notes which of our methods each of the original's has become. In a statement of its own, as with `insertMethods`. */
export const mapMethods: Statement = {
  name: "take-over-map-methods",
  text: `
insert into count_original.take_over_methods (original_id, method_id)
select o.id, m.id ${NAMED}
join count.methods as m on m.service = '' and m.path = o.path and m.method = coalesce(k.number, 0)
where o.id > $3::bigint and o.id <= $4::bigint
on conflict (original_id) do nothing`,
};

export const lastMapped: Statement = {
  name: "take-over-last-mapped",
  text: "select max(original_id) as last, count(*) as methods from count_original.take_over_methods",
};

export interface NextDayRow {
  /** As `2026-11-24`; null: all are copied. */
  readonly day: string | null;
  readonly next: string | null;
}

/** The next day that has totals, and the day after. $1 the first day that may. */
export const nextDay: Statement = {
  name: "take-over-next-day",
  text: `
select min(day) as day, min(day) + 1 as next from count_original.daily_method_totals where day >= $1::date`,
};

export interface CopiedRow {
  readonly requests: bigint;
}

/** Adds a day's totals to ours. $1 where the row of the take-over is, $2 the day, $3 the day after. */
export const copyTotals: Statement = {
  name: "take-over-copy-totals",
  text: `
with step as (
  update count_original.take_over set next_day = $3::date where id = 1 and next_day = $1::date returning id
), sums as (
  select t.day, m.method_id, sum(coalesce(t.total, 0))::bigint as requests
  from count_original.daily_method_totals as t join count_original.take_over_methods as m on m.original_id = t.method_id
  where t.day = $2::date and exists (select 1 from step)
  group by t.day, m.method_id
), noted as (
  insert into count_original.take_over_counts (day, method_id, requests)
  select day, method_id, requests from sums
  returning requests
), written as (
  insert into count.daily_method_totals (day, method_id, total)
  select day, method_id, requests from sums order by day, method_id
  on conflict (day, method_id) do update set total = daily_method_totals.total + excluded.total
  returning total
)
select coalesce((select sum(requests) from noted), 0)::bigint as requests, (select count(*) from written) as totals`,
};

export interface NextBucketRow {
  /** In 15 minutes since 1970-01-01T00:00:00Z; null: all are copied. */
  readonly bucket: bigint | null;
}

/** The next bucket that has requests. $1 the time from which on there may be some. */
export const nextBucket: Statement = {
  name: "take-over-next-bucket",
  text: `
select floor(extract(epoch from date_trunc('second', min(request_timestamp))) / 900)::bigint as bucket
from count_original.requests where request_timestamp >= $1::timestamptz`,
};

/**
 * Stores requests as pending: one row for each day. Whole seconds, because CockroachDB's epoch is a double, in which the last
 * microsecond of a day may be the next day's first. $1 where the row of the take-over is, $2 where it then is, $3 and $4 the times
 * of both ends, $5 the shard.
 */
export const copyRequests: Statement = {
  name: "take-over-copy-requests",
  text: `
with step as (
  update count_original.take_over set next_bucket = $2::bigint where id = 1 and next_bucket = $1::bigint returning id
), entries as (
  select (r.request_timestamp at time zone 'UTC')::date as day,
    (floor(extract(epoch from date_trunc('second', r.request_timestamp)) / 900)::bigint
      - 96 * floor(extract(epoch from date_trunc('second', r.request_timestamp)) / 86400)::bigint)::smallint as bucket,
    m.method_id, count(*)::bigint as requests
  from count_original.requests as r join count_original.take_over_methods as m on m.original_id = r.method_id
  where r.request_timestamp >= $3::timestamptz and r.request_timestamp < $4::timestamptz and exists (select 1 from step)
  group by 1, 2, 3
), noted as (
  insert into count_original.take_over_counts (day, method_id, requests)
  select day, method_id, sum(requests)::bigint from entries group by day, method_id
  returning requests
), stored as (
  insert into count.pending (shard, day, id, method_ids, buckets, counts)
  select $5::smallint, day, gen_random_uuid(), array_agg(method_id order by bucket, method_id),
    array_agg(bucket order by bucket, method_id), array_agg(requests order by bucket, method_id)
  from entries group by day
  returning id
)
select coalesce((select sum(requests) from noted), 0)::bigint as requests, (select count(*) from stored) as rows`,
};

export interface VerifyTakeOverRow {
  /** Days and methods whose copied requests are not those of the original's tables. */
  readonly different: bigint;
  /** Days and methods of which our tables hold less. */
  readonly missing: bigint;
  readonly requests: bigint;
  readonly days: bigint;
}

/**
 * Compares, by day and method and in one snapshot: what the original's tables hold, added up anew; what was noted as copied; and
 * what our tables hold, which is more where servers have counted meanwhile.
 */
export const verifyTakeOver: Statement = {
  name: "verify-take-over",
  text: `
with originals as (
  select day, method_id, coalesce(total, 0) as requests from count_original.daily_method_totals
  union all
  select (request_timestamp at time zone 'UTC')::date, method_id, count(*)::bigint from count_original.requests group by 1, 2
), expected as (
  select o.day, m.method_id, sum(o.requests)::bigint as requests
  from originals as o left join count_original.take_over_methods as m on m.original_id = o.method_id
  group by o.day, m.method_id
), copied as (
  select day, method_id, sum(requests)::bigint as requests from count_original.take_over_counts group by day, method_id
), ours as (
  select day, method_id, total as requests from count.daily_method_totals
  union all
  select day, unnest(method_ids), unnest(counts) from count.pending
), stored as (
  select day, method_id, sum(requests)::bigint as requests from ours group by day, method_id
)
select count(case when e.requests is distinct from c.requests then 1 end) as different,
  count(case when coalesce(s.requests, 0) < e.requests then 1 end) as missing,
  coalesce(sum(e.requests), 0)::bigint as requests,
  count(distinct e.day) as days
from expected as e
full join copied as c on c.day = e.day and c.method_id = e.method_id
left join stored as s on s.day = e.day and s.method_id = e.method_id`,
};
