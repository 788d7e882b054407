import { CountError } from "../domain/count-error.ts";
import { backoffMs, sleep } from "./backoff.ts";
import type { ResolvedDatabaseOptions } from "./database-options.ts";
import { explainDatabaseError } from "./sqlstate.ts";

/** How one try failed, and whether the statement had been handed to a connection by then. */
export class TryFailed extends Error {
  readonly sent: boolean;

  constructor(cause: unknown, sent: boolean) {
    super("a try failed", { cause });
    this.sent = sent;
  }
}

export type RetryOptions = Pick<ResolvedDatabaseOptions, "retryLimitMs" | "onRetry">;

/**
 * Tries until it succeeds, fails for good, or `retryLimitMs` is over. `onUncertain` is called once, before the first try that
 * follows one whose connection was lost after the statement had been sent.
 *
 * @param once must throw only {@link TryFailed} for what may be tried again
 * @throws CountError
 */
export async function retry<T>(
  name: string,
  { retryLimitMs, onRetry }: RetryOptions,
  signal: AbortSignal | undefined,
  once: () => Promise<T>,
  onUncertain?: () => void,
): Promise<T> {
  const started = performance.now();
  let told = false;
  for (let tries = 1; ; tries++) {
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof TryFailed)) throw error;
      if (error.cause instanceof CountError) throw error.cause;
      const failure = explainDatabaseError(error.cause);
      if (failure.retry === "no") throw new CountError(failure.code, `${name}: ${failure.message}`, error.cause);
      const delayMs = backoffMs(tries);
      const elapsedMs = performance.now() - started;
      if (elapsedMs + delayMs > retryLimitMs) {
        const effort = `${tries} ${tries === 1 ? "try" : "tries"} in ${(elapsedMs / 1_000).toFixed(1)} s`;
        throw new CountError(failure.code, `${name}: ${failure.message} (${effort})`, error.cause);
      }
      onRetry?.({ statement: name, tries, message: failure.message, delayMs });
      await sleep(delayMs, signal);
      if (error.sent && failure.retry === "uncertain" && !told) {
        told = true;
        onUncertain?.();
      }
    }
  }
}
