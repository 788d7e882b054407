import type pg from "pg";

/** 2025-01-01, in days since 1970-01-01, and the length of that year. */
export const FIRST_DAY = 20_089;
export const DAYS = 365;
/** Paths of a service. */
export const SERVICE_PATHS = 500;
/** The service whose days are asked for; it has the first paths, which are the busiest. */
export const SERVICE = "service-0";

/** $1 paths, all of GET, 500 of each service. Servers remember methods, so those that are there stay. */
const METHODS = `
insert into count.methods (service, method, path)
select 'service-' || n / ${SERVICE_PATHS}, 3, '/api/v1/resource-' || n % ${SERVICE_PATHS} || '/:id'
from generate_series(0, $1::int - 1) as n on conflict do nothing`;

/** $1 paths: the n-th has 1 / n of what the first has, as paths of an API do, and each day its own number. */
const TOTALS = `
insert into count.daily_method_totals (day, method_id, total, booked)
select date '${iso(FIRST_DAY)}' + d, id, n, n
from generate_series(0, ${DAYS - 1}) as d,
  lateral (
    select id, 1 + 1000000 / row_number() over (order by id) + d as n
    from count.methods where service like 'service-%' order by id limit $1
  ) as m`;

const MONTHS = `
insert into count.monthly_method_totals (month, method_id, total)
select date_trunc('month', day)::date, method_id, sum(total) from count.daily_method_totals group by 1, 2`;

/** Whole days of all paths, so that a table of so many rows, or a few less, is the year. */
export function pathsOf(rows: number): number {
  return Math.max(1, Math.floor(rows / DAYS));
}

/** Fills Count's tables with a year that is rolled up. @returns rows, and requests of the year and of {@link SERVICE} */
export async function fillYear(
  sql: pg.Client,
  rows: number,
): Promise<{ rows: number; requests: number; ofService: number }> {
  await sql.query(
    "truncate count.pending, count.daily_method_totals, count.monthly_method_totals, count.bucket_counts",
  );
  await sql.query(METHODS, [pathsOf(rows)]);
  await sql.query(TOTALS, [pathsOf(rows)]);
  await sql.query(MONTHS);
  for (const table of ["methods", "daily_method_totals", "monthly_method_totals"]) {
    await sql.query(`vacuum analyze count.${table}`);
  }
  const { rows: facts } = await sql.query<{ rows: string; requests: string; of_service: string }>(
    `select count(*) as rows, sum(total) as requests, sum(total) filter (where service = $1) as of_service
     from count.daily_method_totals join count.methods on id = method_id`,
    [SERVICE],
  );
  const { rows: stored, requests, of_service } = facts[0]!;
  return { rows: Number(stored), requests: Number(requests), ofService: Number(of_service) };
}

function iso(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
