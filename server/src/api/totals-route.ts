import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { CountService, QueryTotalsRequestSchema, type QueryTotalsResponse } from "@count/proto";
import type { CallUnary } from "./calls.ts";
import { matchesTag, prefersCsv } from "./negotiate.ts";
import { refusal } from "./read-parameters.ts";
import type { ApiAnswer, ApiRequest, ApiRoute } from "./route.ts";
import { answerRows, type TotalsAnswer, totalsAnswer } from "./totals-answer.ts";
import { csvHeader, csvRows } from "./totals-csv.ts";
import { type TotalsQuery, totalsQuery } from "./totals-request.ts";

/** Rows of a page of an export: the most that the server gives at once. */
const EXPORT_PAGE = 10_000;

/** A cache may keep an answer, but has to ask whether it still holds: counts grow all the time. */
const CACHE_CONTROL = "private, no-cache";

/** `GET /api/v1/totals`: QueryTotals by query parameters, as JSON or CSV. */
export function totalsRoute(call: CallUnary, now: () => number = Date.now): ApiRoute {
  return async (request) => {
    const query = totalsQuery(request.search, now());
    if ((query.format ?? (prefersCsv(header(request, "accept")) ? "csv" : "json")) === "csv") {
      return exportCsv(call, query, request);
    }
    const response = await call(CountService.method.queryTotals, query.request, request);
    return json(totalsAnswer(query, response), request);
  };
}

function json(answer: TotalsAnswer, request: ApiRequest): ApiAnswer {
  // The time of the snapshot is another one each time; the counts say whether anything is new.
  const { snapshot_time, ...content } = answer;
  const tag = `W/"${createHash("sha256").update(JSON.stringify(content)).digest("base64url").slice(0, 22)}"`;
  const headers = {
    ETag: tag,
    "Cache-Control": CACHE_CONTROL,
    Vary: "Accept, Accept-Encoding",
    "Count-Snapshot-Time": snapshot_time,
  };
  if (matchesTag(header(request, "if-none-match"), tag)) return { status: 304, headers, body: "" };
  return {
    status: 200,
    headers: { ...headers, "Content-Type": "application/json; charset=utf-8" },
    body: `${JSON.stringify(answer)}\n`,
  };
}

/** All pages, one after the other: what is sent is bounded by what the client takes, and memory by a page. */
async function exportCsv(call: CallUnary, query: TotalsQuery, request: ApiRequest): Promise<ApiAnswer> {
  const { pageSize, pageToken } = query.request;
  if (pageSize > 0 || pageToken !== "") {
    const [parameter, value] = pageSize > 0 ? ["page_size", String(pageSize)] : ["page_token", pageToken];
    throw refusal([{ parameter, value, accepts: "left out for CSV, which has all pages" }]);
  }
  const page = (token: string) => {
    const size = query.request.top > 0 ? 0 : EXPORT_PAGE;
    const asked = create(QueryTotalsRequestSchema, { ...query.request, pageSize: size, pageToken: token });
    return call(CountService.method.queryTotals, asked, request);
  };
  // What is wrong with the query has to be known before the first byte.
  const first = await page("");
  return {
    status: 200,
    headers: {
      "Content-Type": "text/csv; charset=utf-8; header=present",
      "Content-Disposition": `attachment; filename="${fileName(query, first)}"`,
      "Cache-Control": "no-store",
      Vary: "Accept, Accept-Encoding",
    },
    body: lines(query, first, page),
  };
}

async function* lines(
  query: TotalsQuery,
  first: QueryTotalsResponse,
  page: (token: string) => Promise<QueryTotalsResponse>,
): AsyncGenerator<string> {
  yield csvHeader(query);
  for (let response = first; ; response = await page(response.nextPageToken)) {
    yield csvRows(query, answerRows(query, response));
    if (response.nextPageToken === "") return;
  }
}

/** `count-2026-11-01-2026-11-25.csv`: the first and the last day of the range. */
function fileName(query: TotalsQuery, response: QueryTotalsResponse): string {
  const { periods } = totalsAnswer(query, response);
  const [first, last] = [periods[0], periods.at(-1)];
  if (first === undefined || last === undefined) return "count.csv";
  const lastDay = new Date(Date.parse(last.end) - 1).toISOString().slice(0, 10);
  return `count-${first.name.slice(0, 10)}-${lastDay}.csv`;
}

function header({ headers }: ApiRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
