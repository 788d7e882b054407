import { LinkedSignal } from "../db/linked-signal.ts";
import { CountError } from "../domain/count-error.ts";

/** How long a check may take, and who may end it before. */
export interface Limit {
  /** In milliseconds, above 0. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs a check whose signal is aborted when its time is over. It does not wait for a check that does not listen.
 *
 * @throws CountError `timeout`, `cancelled`, or what the check throws
 */
export async function limited<Result>(
  { limitMs, signal }: Limit,
  check: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController();
  using link = new LinkedSignal(signal, late.signal);
  const timer = setTimeout(() => {
    late.abort(new CountError("timeout", `no answer within ${limitMs / 1_000} s`));
  }, limitMs);
  const over = new Promise<never>((_, reject) => {
    const end = () => {
      const reason: unknown = link.signal.reason;
      reject(reason instanceof CountError ? reason : new CountError("cancelled", "interrupted"));
    };
    if (link.signal.aborted) end();
    else link.signal.addEventListener("abort", end, { once: true });
  });
  try {
    return await Promise.race([check(link.signal), over]);
  } finally {
    clearTimeout(timer);
  }
}
