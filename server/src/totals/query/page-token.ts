import { createHash } from "node:crypto";
import { toBinary } from "@bufbuild/protobuf";
import { type QueryTotalsRequest, QueryTotalsRequestSchema } from "@count/proto";
import { CountError } from "../../domain/count-error.ts";

/** What has come before a page. */
export interface PagePosition {
  /** Index of the period in which the page begins. */
  readonly period: number;
  /** The last group of that period that has come; undefined: none. What is not grouped by is empty, or 0. */
  readonly after: { readonly path: string; readonly method: number; readonly service: string } | undefined;
  /** In how many periods a page was found, as a guess for the next. 1 or more. */
  readonly window: number;
}

const VERSION = 1;

/** Tells a query from others, so that a token of another is not taken for one of its own. */
export function checksumOf(request: QueryTotalsRequest): string {
  // Unknown fields are those of a newer protocol, and have no effect here.
  const bytes = toBinary(QueryTotalsRequestSchema, { ...request, pageToken: "" }, { writeUnknownFields: false });
  return createHash("sha256").update(bytes).digest("base64url").slice(0, 16);
}

export function pageToken(checksum: string, { period, after, window }: PagePosition): string {
  const group = after === undefined ? [] : [after.path, after.method, after.service];
  return Buffer.from(JSON.stringify([VERSION, checksum, period, window, ...group])).toString("base64url");
}

/** @throws CountError `invalid` when it is no token, or one of another query */
export function readPageToken(token: string, checksum: string): PagePosition {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch {
    parts = undefined;
  }
  const [version, of, period, window, path, method, service] = Array.isArray(parts) ? (parts as unknown[]) : [];
  if (version !== VERSION || !isCount(period) || !isCount(window)) {
    throw new CountError("invalid", "page_token is not a next_page_token; accepted is one as it was answered");
  }
  if (of !== checksum) {
    throw new CountError("invalid", "page_token belongs to another query; everything else must be as it was");
  }
  const hasGroup = typeof path === "string" && isCount(method) && typeof service === "string";
  return { period, window: Math.max(1, window), after: hasGroup ? { path, method, service } : undefined };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
