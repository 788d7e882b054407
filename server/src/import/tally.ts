import type { Method } from "@count/proto";
import type { Refusal } from "./refusal.ts";
import type { SinkObserver, SourcedRequest } from "./sink.ts";

/** How many places of each refusal are kept. */
const EXAMPLES = 5;
/** How many different paths are told apart; ten times what a server admits of one service. */
export const MAX_PATHS_TOLD_APART = 100_000;
const DAY_SECONDS = 86_400;

export interface Place {
  readonly source: number;
  /** From 1. */
  readonly line: number;
}

export interface RefusedTally {
  count: number;
  /** The first few. */
  readonly examples: (Place & { readonly detail: string })[];
}

/** Lines of one source, from the first to the last. */
export interface LineRange {
  readonly source: number;
  first: number;
  last: number;
}

/**
 * What became of every line of an import, in bounded memory. After the sink has finished or stopped,
 * `lines = counted + refused + blank + uncertain + unsent`.
 */
export class Tally implements SinkObserver {
  lines = 0;
  blank = 0;
  countedRequests = 0;
  uncertainRequests = 0;
  unsentRequests = 0;
  /** Counted, by day (in days since 1970-01-01) and by method. */
  readonly days = new Map<number, number>();
  readonly methods = new Map<Method, number>();
  readonly refusals = new Map<Refusal, RefusedTally>();
  readonly uncertainRanges: LineRange[] = [];
  readonly #paths = new Set<string>();

  /** Different paths that were counted, up to {@link MAX_PATHS_TOLD_APART}. */
  get paths(): number {
    return this.#paths.size;
  }

  get refusedLines(): number {
    return [...this.refusals.values()].reduce((sum, { count }) => sum + count, 0);
  }

  counted({ seconds, method, path }: SourcedRequest): void {
    this.countedRequests += 1;
    const day = Math.floor(seconds / DAY_SECONDS);
    this.days.set(day, (this.days.get(day) ?? 0) + 1);
    this.methods.set(method, (this.methods.get(method) ?? 0) + 1);
    if (this.#paths.size < MAX_PATHS_TOLD_APART) this.#paths.add(path);
  }

  refused({ source, line }: Place, reason: Refusal, detail = ""): void {
    let tally = this.refusals.get(reason);
    if (tally === undefined) {
      tally = { count: 0, examples: [] };
      this.refusals.set(reason, tally);
    }
    tally.count += 1;
    if (tally.examples.length < EXAMPLES) tally.examples.push({ source, line, detail });
  }

  uncertain({ source, line }: Place): void {
    this.uncertainRequests += 1;
    const range = this.uncertainRanges.find((known) => known.source === source);
    if (range === undefined) {
      this.uncertainRanges.push({ source, first: line, last: line });
    } else {
      range.first = Math.min(range.first, line);
      range.last = Math.max(range.last, line);
    }
  }

  unsent(): void {
    this.unsentRequests += 1;
  }
}
