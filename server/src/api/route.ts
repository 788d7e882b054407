import type { CallContext } from "./calls.ts";

/** What a route needs to know of a request. */
export interface ApiRequest extends CallContext {
  readonly method: "GET" | "HEAD";
  readonly search: URLSearchParams;
  /** Header fields by their names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Pieces are sent as they come; an error between them cuts the connection off, so that nobody takes a part for the whole. */
  readonly body: string | Uint8Array | AsyncIterable<string>;
}

/** Answers GET and HEAD. @throws what {@link callProblem} makes a problem of */
export type ApiRoute = (request: ApiRequest) => ApiAnswer | Promise<ApiAnswer>;
