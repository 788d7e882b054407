import type { Counter } from "@count/client";
import type { Random } from "../support/random.ts";
import type { LoadReport } from "./messages.ts";

const DAY_MS = 86_400_000;
const PATHS = 40;
/** Fit for a client and too long for the servers of the soak. */
const REFUSED_PATH = `/${"r".repeat(199)}`;
const MAX_VIOLATIONS = 10;

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** Records at random, and keeps its own books of what was recorded, to be held against what the counters say. */
export class Books {
  readonly #counters: readonly Counter[];
  readonly #random: Random;
  readonly #expected = new Map<string, number>();
  readonly #violations: string[] = [];
  #recorded = 0;
  #refused = 0;
  #dropped = 0;

  constructor(counters: readonly Counter[], random: Random) {
    this.#counters = counters;
    this.#random = random;
  }

  /** One go of one counter: some requests, most of them now, some of them days ago. */
  record(counter: Counter, requests: number): void {
    const random = this.#random;
    for (let left = requests; left > 0; left--) {
      const kind = random.next();
      this.#recorded++;
      if (kind < 0.01) {
        this.#refused++;
        counter.record("GET", REFUSED_PATH);
      } else if (kind < 0.015) {
        this.#dropped++;
        counter.record("GET", "");
      } else {
        const path = `/${random.int(1, PATHS)}`;
        this.#expected.set(path, (this.#expected.get(path) ?? 0) + 1);
        if (kind < 0.05) counter.record("POST", path, "soak", Date.now() - random.int(0, 3) * DAY_MS);
        else counter.record("GET", path, "soak");
      }
    }
  }

  /** Holds every counter against `recorded = acknowledged + dropped + pending`. */
  check(): void {
    for (const counter of this.#counters) {
      const { recorded, acknowledged, dropped, pending, refused } = counter.statistics();
      if (recorded !== acknowledged + sum(dropped) + pending || acknowledged < sum(refused)) {
        if (this.#violations.length >= MAX_VIOLATIONS) return;
        this.#violations.push(`a counter says ${JSON.stringify(counter.statistics())}`);
      }
    }
  }

  report(): LoadReport {
    const all = this.#counters.map((counter) => counter.statistics());
    const total = (of: (one: (typeof all)[number]) => number): number => all.reduce((sum, one) => sum + of(one), 0);
    const recorded = total((one) => one.recorded);
    const violations = [...this.#violations];
    if (recorded !== this.#recorded)
      violations.push(`record() was called ${this.#recorded} times, told are ${recorded}`);
    return {
      recorded,
      acknowledged: total((one) => one.acknowledged),
      refused: total((one) => sum(one.refused)),
      dropped: total((one) => sum(one.dropped)),
      pending: total((one) => one.pending),
      batchesResent: total((one) => one.batchesResent),
      failures: total((one) => one.failures),
      expected: this.#expected,
      expectedRefused: this.#refused,
      expectedDropped: this.#dropped,
      violations,
    };
  }
}
