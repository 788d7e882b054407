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
 * `lines = counted + known + refused + blank + uncertain + unsent`.
 */
export class Tally implements SinkObserver {
  lines = 0;
  blank = 0;
  countedRequests = 0;
  /** Counted by an earlier import. */
  knownRequests = 0;
  uncertainRequests = 0;
  unsentRequests = 0;
  /** Delivered and not known before, by day (in days since 1970-01-01) and by method; with {@link refusedUnplaced}. */
  readonly days = new Map<number, number>();
  readonly methods = new Map<Method, number>();
  readonly refusals = new Map<Refusal, RefusedTally>();
  /** What a server refused without saying which lines they are, by its name of the reason. Part of the refused lines. */
  readonly serverReasons = new Map<string, number>();
  /** Those of them that `days` and `methods` include. */
  refusedUnplaced = 0;
  readonly uncertainRanges: LineRange[] = [];
  readonly #paths = new Set<string>();

  /** Different paths that were counted, up to {@link MAX_PATHS_TOLD_APART}. */
  get paths(): number {
    return this.#paths.size;
  }

  get refusedLines(): number {
    const placed = [...this.refusals.values()].reduce((sum, { count }) => sum + count, 0);
    return placed + this.refusedByServers;
  }

  /** Refused without saying which lines they are. */
  get refusedByServers(): number {
    return [...this.serverReasons.values()].reduce((sum, count) => sum + count, 0);
  }

  counted({ seconds, method, path }: SourcedRequest): void {
    this.countedRequests += 1;
    const day = Math.floor(seconds / DAY_SECONDS);
    this.days.set(day, (this.days.get(day) ?? 0) + 1);
    this.methods.set(method, (this.methods.get(method) ?? 0) + 1);
    if (this.#paths.size < MAX_PATHS_TOLD_APART) this.#paths.add(path);
  }

  known(): void {
    this.knownRequests += 1;
  }

  refusedByServer(reason: string, requests: number, when: "now" | "before"): void {
    // An import that was interrupted has not read every line that was refused before.
    const moved = Math.min(requests, when === "now" ? this.countedRequests : this.knownRequests);
    if (moved === 0) return;
    if (when === "now") {
      this.countedRequests -= moved;
      this.refusedUnplaced += moved;
    } else {
      this.knownRequests -= moved;
    }
    this.serverReasons.set(reason, (this.serverReasons.get(reason) ?? 0) + moved);
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
