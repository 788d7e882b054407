import type { Counter } from "@count/client";
import { NAMED_PAIRS } from "../load/pairs.ts";

/** Which pair each call is about: the same for all ways, and no pattern that a processor could learn. */
const ORDER_LENGTH = 65_536;

function order(): Uint8Array {
  const picks = new Uint8Array(ORDER_LENGTH);
  // Numerical Recipes' linear congruential generator: the same in every run.
  let state = 1;
  for (let i = 0; i < ORDER_LENGTH; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    picks[i] = (state >>> 16) % NAMED_PAIRS.length;
  }
  return picks;
}

const PICKS = order();

/** `record()` of the client. */
export function record(counter: Counter, calls: number): void {
  for (let i = 0; i < calls; i += 1) {
    const { method, path } = NAMED_PAIRS[PICKS[i & (ORDER_LENGTH - 1)]!]!;
    counter.record(method, path);
  }
}

const counts = new Float64Array(NAMED_PAIRS.length);
const byMethod = new Map<string, Map<string, number>>();
const byKey = new Map<string, number>();
for (const [id, { method, path }] of NAMED_PAIRS.entries()) {
  const paths = byMethod.get(method) ?? new Map<string, number>();
  byMethod.set(method, paths.set(path, id));
  byKey.set(`${method} ${path}`, id);
}

/** The least that counting takes: a dictionary of dictionaries, and an increment. It knows nothing of services and time. */
export function dictionary(calls: number): void {
  for (let i = 0; i < calls; i += 1) {
    const { method, path } = NAMED_PAIRS[PICKS[i & (ORDER_LENGTH - 1)]!]!;
    const id = byMethod.get(method)?.get(path);
    if (id !== undefined) counts[id]! += 1;
  }
}

/** What one would write: one dictionary, with method and path joined as its key. */
export function joinedKey(calls: number): void {
  for (let i = 0; i < calls; i += 1) {
    const { method, path } = NAMED_PAIRS[PICKS[i & (ORDER_LENGTH - 1)]!]!;
    const id = byKey.get(`${method} ${path}`);
    if (id !== undefined) counts[id]! += 1;
  }
}
