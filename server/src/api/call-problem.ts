import { status } from "@grpc/grpc-js";
import { type Problem, ProblemError } from "./problem.ts";

/** The HTTP status of each gRPC status, as Connect's protocol has them. */
const HTTP_STATUS: Readonly<Record<number, number>> = {
  [status.CANCELLED]: 499,
  [status.UNKNOWN]: 500,
  [status.INVALID_ARGUMENT]: 400,
  [status.DEADLINE_EXCEEDED]: 504,
  [status.NOT_FOUND]: 404,
  [status.ALREADY_EXISTS]: 409,
  [status.PERMISSION_DENIED]: 403,
  [status.RESOURCE_EXHAUSTED]: 429,
  [status.FAILED_PRECONDITION]: 400,
  [status.ABORTED]: 409,
  [status.OUT_OF_RANGE]: 400,
  [status.UNIMPLEMENTED]: 501,
  [status.INTERNAL]: 500,
  [status.UNAVAILABLE]: 503,
  [status.DATA_LOSS]: 500,
  [status.UNAUTHENTICATED]: 401,
};

const HEADERS: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  401: { "WWW-Authenticate": "Bearer" },
  503: { "Retry-After": "1" },
};

/** Names of fields in messages, as the plain API calls them. */
const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/\bstart_(?:date|time)\b/g, "from"],
  [/\bend_(?:date|time)\b/g, "to"],
  [/\bgroup_by\b/g, "by"],
  [/\bservices\b/g, "service"],
  [/\bmethods\b/g, "method"],
  [/\bpaths\b/g, "path"],
  [/\bcompare_previous\b/g, "compare"],
];

interface StatusError extends Error {
  readonly code: number;
  readonly details: string;
}

/** Whatever a call has thrown, as a problem. What is no gRPC status is internal, and says nothing of itself. */
export function callProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (!isStatus(error)) return { status: 500, code: "internal", detail: "internal error" };
  const http = HTTP_STATUS[error.code] ?? 500;
  const code = (status[error.code] ?? "UNKNOWN").toLowerCase();
  const detail = FIELDS.reduce((text, [field, name]) => text.replace(field, name), error.details);
  const headers = HEADERS[http];
  return { status: http, code, detail, ...(headers === undefined ? {} : { headers }) };
}

export function isStatus(error: unknown): error is StatusError {
  return error instanceof Error && typeof (error as Partial<StatusError>).code === "number" && "details" in error;
}
