/** What is wrong with one parameter of a request. */
export interface ParameterFault {
  readonly parameter: string;
  /** As it was given. */
  readonly value: string;
  /** The end of "it must be …". */
  readonly accepts: string;
}

/** Why a request is answered with an error: RFC 9457, `application/problem+json`. */
export interface Problem {
  readonly status: number;
  /** Stable, for programs: `invalid_argument`, as Connect has it. */
  readonly code: string;
  /** For people. */
  readonly detail: string;
  readonly errors?: readonly ParameterFault[];
  readonly headers?: Readonly<Record<string, string>>;
}

export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  429: "Too Many Requests",
  499: "Client Closed Request",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** The body of a problem. */
export function problemBody({ status, code, detail, errors }: Problem): string {
  const title = TITLES[status] ?? "Error";
  return `${JSON.stringify({ type: "about:blank", title, status, code, detail, ...(errors ? { errors } : {}) })}\n`;
}

/** A problem that is thrown. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(problem.detail, cause === undefined ? undefined : { cause });
    this.name = "ProblemError";
    this.problem = problem;
  }
}
