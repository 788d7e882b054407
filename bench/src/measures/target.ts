import type { Work } from "../run/metered.ts";

/** A server that takes Add, and how its counts are checked. */
export interface Target {
  readonly name: string;
  readonly address: string;
  readonly pid: number | undefined;
  /** Requests that it holds. */
  stored(): Promise<number>;
  /** Removes what a run stored, where that keeps the next run from being slower. */
  clear(): Promise<void>;
  readonly mayFail?: boolean;
}

/**
 * Does some work and checks that exactly its events were stored.
 *
 * @throws Error with both numbers when they differ
 */
export async function exactly(target: Target, work: () => Promise<Work>): Promise<Work> {
  const before = await target.stored();
  const done = await work();
  const stored = (await target.stored()) - before;
  if (stored !== done.events) {
    throw new Error(`${target.name} stored ${stored} of ${done.events} requests that it answered for`);
  }
  return done;
}
