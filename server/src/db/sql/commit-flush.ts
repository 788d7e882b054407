import type { Statement } from "../database.ts";

/**
 * Advances the cursors of all senders of a flush and stores its counts, and what they say they lost: all or nothing, in one transaction.
 *
 * The senders are columns of one length. Where one cursor is not where it should be, the flush fails with
 * `division_by_zero` (22012) and nothing of it happened: a flush that is sent again after its first commit's answer was lost
 * fails that way, and never counts twice. One statement, because CockroachDB retries a one-statement transaction by itself.
 *
 * @param rows number of pending rows, each with six parameters after the five of the senders: at most 10,000.
 * @param hasLost whether requests are stored that clients have lost, with four parameters more: day, bucket, id, requests
 */
export function commitFlush(rows: number, hasLost: boolean): Statement {
  const text = `${SENDERS}${rows === 0 ? "" : pendingRows(rows)}${hasLost ? lostRow(rows) : ""}${CHECK}`;
  return { name: `commit-flush-${rows}${hasLost ? "-lost" : ""}`, text };
}

/** $1 client ids, $2 cursors before, $3 cursors after, $4 refused so far (array literals), $5 dropped so far. */
export const COMMIT_FLUSH_SENDER_VALUES = 5;
/** shard, day, id, method ids, buckets, counts. */
export const COMMIT_FLUSH_ROW_VALUES = 6;
/** PostgreSQL takes 65,535 parameters. */
export const MAX_COMMIT_FLUSH_ROWS = 10_000;

const SENDERS = `
with senders as (
  select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[])
    as s(client_id, previous_number, last_number, refused, dropped)
), advanced as (
  update count.clients as c
  set last_number = s.last_number, refused = s.refused::bigint[], dropped = s.dropped, seen_at = now()
  from senders as s
  where c.client_id = s.client_id and c.last_number = s.previous_number
  returning c.client_id
)`;

const TYPES = ["smallint", "date", "uuid", "bigint[]", "smallint[]", "bigint[]"];

function pendingRows(rows: number): string {
  const tuples = Array.from({ length: rows }, (_, row) => {
    const first = COMMIT_FLUSH_SENDER_VALUES + row * COMMIT_FLUSH_ROW_VALUES + 1;
    return `(${TYPES.map((type, i) => `$${first + i}::${type}`).join(", ")})`;
  });
  return `, stored as (
  insert into count.pending (shard, day, id, method_ids, buckets, counts)
  values ${tuples.join(", ")}
  returning id
)`;
}

function lostRow(rows: number): string {
  const first = COMMIT_FLUSH_SENDER_VALUES + rows * COMMIT_FLUSH_ROW_VALUES + 1;
  return `, lost as (
  insert into count.lost_requests (day, bucket, id, requests)
  values ($${first}::date, $${first + 1}::smallint, $${first + 2}::uuid, $${first + 3}::bigint)
  returning id
)`;
}

const CHECK = `
select 1 / case when (select count(*) from advanced) = (select count(*) from senders) then 1 else 0 end as committed`;
