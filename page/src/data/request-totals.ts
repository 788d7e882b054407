import type { Totals } from "./answer.ts";

/** Why there is no answer. */
export type Failure =
  /** Nobody answered: the server or the network is away. */
  | { readonly kind: "away"; readonly detail: string }
  /** Whoever asks has to sign in, or may not read. */
  | { readonly kind: "denied"; readonly detail: string; readonly status: 401 | 403 }
  /** The periods need 15-minute counts that are not kept any more. */
  | { readonly kind: "out-of-range"; readonly detail: string }
  | { readonly kind: "refused"; readonly detail: string };

export class RequestError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.detail);
    this.name = "RequestError";
    this.failure = failure;
  }
}

export interface Answered {
  /** Undefined: nothing has changed since the tag. */
  readonly totals: Totals | undefined;
  readonly tag: string | null;
  /** When the counts were true, in milliseconds since 1970. */
  readonly at: number;
}

/** Longer than the server's own limit. */
const LIMIT_MS = 40_000;

/** Asks `/api/v1/totals`. @throws RequestError, or the reason of the signal */
export async function requestTotals(query: string, tag: string | null, signal: AbortSignal): Promise<Answered> {
  const response = await ask(`/api/v1/totals?${query}`, tag, signal);
  const at = Date.parse(response.headers.get("Count-Snapshot-Time") ?? "") || Date.now();
  if (response.status === 304) return { totals: undefined, tag, at };
  if (response.ok) return { totals: (await response.json()) as Totals, tag: response.headers.get("ETag"), at };
  throw new RequestError(await failureOf(response));
}

async function ask(url: string, tag: string | null, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      headers: tag === null ? {} : { "If-None-Match": tag },
      // With a tag of our own the browser's cache would only be in the way.
      cache: "no-store",
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestError({ kind: "away", detail: "The server does not answer." });
  }
}

async function failureOf(response: Response): Promise<Failure> {
  const { code, detail } = await problemOf(response);
  const { status } = response;
  if (status === 401 || status === 403) return { kind: "denied", detail, status };
  if (code === "out_of_range") return { kind: "out-of-range", detail };
  if (status === 429 || status >= 500) return { kind: "away", detail };
  return { kind: "refused", detail };
}

async function problemOf(response: Response): Promise<{ code: string; detail: string }> {
  try {
    const { code, detail } = (await response.json()) as { code?: unknown; detail?: unknown };
    return { code: String(code), detail: String(detail) };
  } catch {
    return { code: "", detail: `The server answered with ${response.status}.` };
  }
}
