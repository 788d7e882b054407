import type { TestDatabaseUrl } from "../support/database.ts";

/** The tables of the original Count as its own migrations leave them. */
const TABLES = [
  "create schema count",
  "create table count.methods (id bigserial primary key, method varchar not null, path varchar not null, unique (method, path))",
  "create table count.requests (method_id bigint not null references count.methods (id), request_timestamp timestamptz not null)",
  "create table count.daily_method_totals (day date not null default current_date, method_id bigint not null " +
    "references count.methods (id), total bigint, primary key (day, method_id))",
  "create index requests_date_idx on count.requests (request_timestamp)",
];

export const METHODS = ["GET", "POST", "GRPC", "METHOD_UNSPECIFIED", "9", "10", "42"];
export const PATHS = ["/", "/p?q=1", "", `/long/${"x".repeat(1_400)}`, "/snow/☃"];

/** Fills the tables: every method and path, totals of five days, and requests of sixty hours up to the last microsecond of a day. */
export async function makeOriginal(db: TestDatabaseUrl): Promise<void> {
  for (const table of TABLES) await db.query(table);
  await db.query(
    "insert into count.methods (method, path) select m, p from unnest($1::text[]) as m, unnest($2::text[]) as p order by p, m",
    [METHODS, PATHS],
  );
  await db.query(`
    insert into count.daily_method_totals (day, method_id, total)
    select date '2026-03-09' + d, id, case when d = 3 then null else 1000000000000 + d * 100 + length(path) end
    from count.methods, generate_series(0, 4) as d`);
  await db.query(`
    insert into count.requests (method_id, request_timestamp)
    select id, timestamptz '2026-03-12 00:00:00+00' + (h * 37 + length(path)) % 60 * interval '1 hour'
      + h % 4 * interval '15 minutes' + interval '14 minutes 59.999999 seconds'
    from count.methods, generate_series(0, 20) as h`);
}

/** Requests by day, method and path, of the original's tables wherever they are: `2026-03-09 GET /`. */
export function originalCounts(db: TestDatabaseUrl, schema: "count" | "count_original"): Promise<Map<string, bigint>> {
  return byName(
    db,
    `select c.day, m.method, m.path, sum(c.requests)::bigint as requests from (
      select day, method_id, coalesce(total, 0) as requests from ${schema}.daily_method_totals
      union all
      select (request_timestamp at time zone 'UTC')::date, method_id, 1 from ${schema}.requests
    ) as c join ${schema}.methods as m on m.id = c.method_id group by 1, 2, 3`,
    // As the original itself reads them: a method that it does not know is METHOD_UNSPECIFIED. PATCH and OTHER we know.
    (method) => ({ "9": "PATCH", "10": "OTHER", "42": "METHOD_UNSPECIFIED" })[method] ?? method,
  );
}

/** The same of our tables. */
export function ourCounts(db: TestDatabaseUrl): Promise<Map<string, bigint>> {
  const names: Readonly<Record<string, string>> = {
    "0": "METHOD_UNSPECIFIED",
    "3": "GET",
    "6": "POST",
    "9": "PATCH",
    "10": "OTHER",
    "100": "GRPC",
  };
  return byName(
    db,
    `select c.day, m.method::text as method, m.path, sum(c.requests)::bigint as requests from (
      select day, method_id, total as requests from count.daily_method_totals
      union all
      select day, unnest(method_ids), unnest(counts) from count.pending
    ) as c join count.methods as m on m.id = c.method_id where m.service = '' group by 1, 2, 3`,
    (method) => names[method] ?? method,
  );
}

interface Row {
  readonly day: string;
  readonly method: string;
  readonly path: string;
  readonly requests: bigint;
}

async function byName(
  db: TestDatabaseUrl,
  text: string,
  nameOf: (method: string) => string,
): Promise<Map<string, bigint>> {
  const counts = new Map<string, bigint>();
  for (const { day, method, path, requests } of await db.query<Row>(text)) {
    const key = `${day} ${nameOf(method)} ${path}`;
    counts.set(key, (counts.get(key) ?? 0n) + requests);
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
