import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Method, methodName, type QueryTotalsRequest, QueryTotalsRequestSchema } from "@count/proto";
import type { Database } from "../../../src/db/database.ts";
import { BUCKET_SECONDS } from "../../../src/domain/bucket.ts";
import type { TotalsAnswer } from "../../../src/totals/query/answer.ts";
import { type QueryTotalsOptions, queryTotals } from "../../../src/totals/query/query-totals.ts";
import type { TestDatabaseUrl } from "../../support/database.ts";

/** A QueryTotalsRequest by its fields. */
export type Asked = Extract<MessageInitShape<typeof QueryTotalsRequestSchema>, { readonly $typeName?: never }>;

export const NOW_MS = Date.parse("2026-11-24T12:00:00Z");

export function query(
  database: Pick<Database, "run">,
  asked: Asked,
  options: QueryTotalsOptions = {},
): Promise<TotalsAnswer> {
  return queryTotals(database, request(asked), { now: () => NOW_MS, ...options });
}

export function request(asked: Asked): QueryTotalsRequest {
  return create(QueryTotalsRequestSchema, asked);
}

/** `2026-11-22` as google.type.Date. */
export function date(text: string): { year: number; month: number; day: number } {
  const [year, month = 0, day = 0] = text.split("-").map(Number);
  return { year: year!, month, day };
}

/** Methods 1, 2, 3 … as `GET svc /a`. */
export async function addMethods(db: Pick<TestDatabaseUrl, "query">, ...names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const [method, service, path] = name.split(" ");
    await db.query("insert into count.methods (id, service, method, path) values ($1, $2, $3, $4)", [
      index + 1,
      service === "-" ? "" : service,
      Method[method as keyof typeof Method],
      path,
    ]);
  }
}

/** Rows as lines: `period service method path count` and, when something is compared, `(previous)`. */
export function lines({ rows, previous }: TotalsAnswer): string[] {
  return rows.map(({ period, service, method, path, count, previousCount, remainder }) => {
    const group = remainder ? "others" : [service || "-", methodName(method), path || "-"].join(" ");
    return `${period} ${group} ${count}${previous === undefined ? "" : ` (${previousCount})`}`;
  });
}

/** `2026-11-22T00:00Z` of each boundary. */
export function starts(boundaries: readonly number[] | undefined): string[] | undefined {
  return boundaries?.map((at) => new Date(at * BUCKET_SECONDS * 1_000).toISOString().replace(":00.000Z", "Z"));
}

/** All pages, with the requests that asked for them. */
export async function allPages(database: Pick<Database, "run">, asked: Asked): Promise<TotalsAnswer[]> {
  const pages: TotalsAnswer[] = [];
  for (let pageToken = ""; ; ) {
    const page = await query(database, { ...asked, pageToken });
    pages.push(page);
    pageToken = page.nextPageToken;
    if (pageToken === "") return pages;
  }
}
