import { create } from "@bufbuild/protobuf";
import {
  countService,
  type QueryTotalsRequest,
  QueryTotalsRequestSchema,
  type QueryTotalsResponse,
  type TotalsRow,
} from "@count/proto";
import { status } from "@grpc/grpc-js";
import { CountError } from "../../domain/count-error.ts";
import type { Connection } from "../connection.ts";
import { formatCount } from "../table.ts";

/** The most that the server gives at once. */
const PAGE_SIZE = 10_000;

/** Rows that a command holds. */
const MAX_ROWS = 1_000_000;

/**
 * Asks for all pages, as one answer. What its rows add up to is its total, also when something is counted between two pages; what
 * else it says is the first page's.
 *
 * @param flags those that ask for QueryTotals, for the error of a server that does not know it
 * @throws CountError
 */
export async function askQuery(
  connection: Connection,
  request: QueryTotalsRequest,
  flags: readonly string[],
  signal: AbortSignal,
): Promise<QueryTotalsResponse> {
  const pageSize = request.top > 0 ? 0 : PAGE_SIZE;
  const ask = (pageToken: string) =>
    connection
      .call(countService.queryTotals, create(QueryTotalsRequestSchema, { ...request, pageSize, pageToken }), signal)
      .catch((error: unknown) => {
        throw isUnknownCall(error) ? withoutQueryTotals(connection.server, flags, error) : error;
      });
  const first = await ask("");
  const rows: TotalsRow[] = [...first.rows];
  for (let token = first.nextPageToken; token !== ""; ) {
    const page = await ask(token);
    rows.push(...page.rows);
    if (rows.length > MAX_ROWS) throw tooMany();
    token = page.nextPageToken;
  }
  const sum = (of: "count" | "previousCount") => rows.reduce((all, row) => all + row[of], 0n);
  return { ...first, rows, total: sum("count"), previousTotal: sum("previousCount"), nextPageToken: "" };
}

function isUnknownCall(error: unknown): error is CountError {
  if (!(error instanceof CountError)) return false;
  return (error.cause as { readonly code?: unknown } | undefined)?.code === status.UNIMPLEMENTED;
}

function withoutQueryTotals(server: string, flags: readonly string[], cause: CountError): CountError {
  const them = flags.length === 1 ? "it" : "them";
  return new CountError(
    "precondition",
    `the server at ${server} is an older one, without QueryTotals, and cannot answer ${flags.join(", ")}: leave ${them} out, or upgrade it`,
    cause,
  );
}

function tooMany(): CountError {
  return new CountError(
    "exhausted",
    `the answer has more than ${formatCount(MAX_ROWS)} rows; ask for fewer by --top, --by, a coarser --granularity or a shorter range`,
  );
}
