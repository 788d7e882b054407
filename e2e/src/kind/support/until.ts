import { setTimeout as delay } from "node:timers/promises";

export interface UntilOptions {
  /** In milliseconds. */
  readonly limitMs: number;
  /** Between two looks, in milliseconds. Default 500. */
  readonly pauseMs?: number;
}

/** What a look saw: it is over, with a value, or not yet, with what was seen instead. */
export type Look<Value> = { readonly value: Value } | { readonly not: string };

/**
 * Looks until it sees what it waits for.
 *
 * @param what ends the sentence "waited for …"
 * @throws Error that says what was seen last, when it takes too long; whatever a look throws
 */
export async function until<Value>(
  what: string,
  look: () => Promise<Look<Value>>,
  { limitMs, pauseMs = 500 }: UntilOptions,
): Promise<Value> {
  const started = performance.now();
  for (;;) {
    const seen = await look();
    if ("value" in seen) return seen.value;
    const waitedMs = performance.now() - started;
    if (waitedMs > limitMs)
      throw new Error(`waited ${(waitedMs / 1_000).toFixed(0)} s for ${what}; last seen: ${seen.not}`);
    await delay(pauseMs);
  }
}
