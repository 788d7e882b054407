import { useEffect, useRef, useState } from "preact/hooks";
import type { Totals } from "./answer.ts";
import { type Failure, RequestError, requestTotals } from "./request-totals.ts";

export interface TotalsState {
  /** The last answer, also of another query while the next one is on its way, and while the server is away. */
  readonly totals: Totals | undefined;
  /** The query that `totals` answers. */
  readonly query: string;
  /** When `totals` was true, in milliseconds since 1970. */
  readonly at: number;
  readonly loading: boolean;
  /** Why the last request has failed. */
  readonly failure: Failure | undefined;
}

const NOTHING: TotalsState = { totals: undefined, query: "", at: 0, loading: true, failure: undefined };

/**
 * The totals of a query, asked for again with each tick. An answer that is no news changes nothing but its time; one that
 * comes after the query has changed is thrown away.
 *
 * @param query - undefined: nothing is asked.
 */
export function useTotals(query: string | undefined, tick: number): TotalsState {
  const [state, setState] = useState(NOTHING);
  const tag = useRef<{ query: string; tag: string | null }>({ query: "", tag: null });

  useEffect(() => {
    if (query === undefined) return undefined;
    const abort = new AbortController();
    setState((before) => (before.query === query ? before : { ...before, loading: true }));
    const known = tag.current.query === query ? tag.current.tag : null;
    requestTotals(query, known, abort.signal).then(
      (answer) => {
        if (abort.signal.aborted) return;
        tag.current = { query, tag: answer.tag };
        setState((before) => ({
          totals: answer.totals ?? before.totals,
          query,
          at: answer.at,
          loading: false,
          failure: undefined,
        }));
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const failure: Failure =
          error instanceof RequestError ? error.failure : { kind: "away", detail: "The answer could not be read." };
        setState((before) => ({ ...before, loading: false, failure }));
      },
    );
    return () => abort.abort();
  }, [query, tick]);
  return state;
}
