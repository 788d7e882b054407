import type { Counter } from "../../counter.ts";
import { guarded, type Logger, processWarnings } from "../../logger.ts";
import { noCounter } from "./no-counter.ts";
import { type CounterInUse, type CountOptions, counterInUse, type OwnCounter } from "./options.ts";
import { Rules } from "./rules.ts";

/** The path of a request that matched no route. */
export const UNMATCHED = "(unmatched)";

/** A request that has arrived and is not counted yet. */
export interface Observation {
  readonly method: string;
  /** In milliseconds since 1970-01-01T00:00:00Z. */
  readonly arrivedAtMs: number;
  /** The route template as far as it is known by now; undefined: no route matched. Asked once, at the end. */
  template: () => string | undefined;
}

/** Marks what has been observed, across all adapters and copies of this package, so that a request counts once. */
const OBSERVED = Symbol.for("@count/client.observed");

type Marked = { [OBSERVED]?: Observation };

/**
 * What all adapters share: requests begin, end, and are counted, each once. Nothing here throws: what fails is counted, and
 * told to the logger once.
 */
export class Observer {
  readonly adapter: string;
  readonly #inUse: CounterInUse;
  readonly #logger: Logger;
  readonly #rules: Rules;
  readonly #now: () => number;
  readonly #open = new Set<Observation>();
  #observed = 0;
  #ignored = 0;
  #failures = 0;

  /**
   * @param adapter Its name, for messages and metrics.
   * @param defaultService The service where the options name none; undefined: the environment's.
   */
  constructor(adapter: string, options: CountOptions | undefined, defaultService?: string) {
    this.adapter = adapter;
    // The host may be JavaScript, and null.
    const given: CountOptions = options ?? {};
    const { logger, now } = given as OwnCounter;
    this.#logger = guarded(logger ?? processWarnings());
    this.#now = now ?? Date.now;
    const onFailure = (error: unknown): void => this.failed(error);
    let rules = new Rules({}, onFailure);
    let inUse: CounterInUse;
    try {
      rules = new Rules(given, onFailure);
      inUse = counterInUse(given, defaultService);
    } catch (error) {
      inUse = { counter: noCounter(), service: undefined, isOwn: true };
      this.#logger.warn(`nothing is counted by the adapter for ${adapter}: ${messageOf(error)}`);
    }
    this.#rules = rules;
    this.#inUse = inUse;
  }

  get counter(): Counter {
    return this.#inUse.counter;
  }

  get ownsCounter(): boolean {
    return this.#inUse.isOwn;
  }

  get counts(): { observed: number; ignored: number; open: number; failures: number } {
    return { observed: this.#observed, ignored: this.#ignored, open: this.#open.size, failures: this.#failures };
  }

  /**
   * A request has arrived; {@link end} counts it.
   *
   * @param key The object that stands for it in every adapter: node:http's request, or the stream of HTTP/2.
   * @returns undefined when it is observed already.
   */
  begin(key: object, method: string, template: Observation["template"]): Observation | undefined {
    try {
      const marked: Marked = key;
      if (marked[OBSERVED] !== undefined) return undefined;
      const observation: Observation = { method, arrivedAtMs: this.#clock(), template };
      marked[OBSERVED] = observation;
      this.#open.add(observation);
      this.#observed++;
      return observation;
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  /** Counts what has begun; the second time, nothing. */
  end(observation: Observation): void {
    if (!this.#open.delete(observation)) return;
    let path: string | undefined;
    try {
      path = observation.template();
    } catch (error) {
      this.failed(error);
    }
    this.#count(observation.method, path, observation.arrivedAtMs);
  }

  /** Counts a request whose template is known from the start. */
  count(method: string, path: string | undefined): void {
    this.#observed++;
    this.#count(method, path, this.#clock());
  }

  /** As {@link count}, unless `key` was observed. */
  countOnce(key: object, method: string, path: Observation["template"]): void {
    const observation = this.begin(key, method, path);
    if (observation !== undefined) this.end(observation);
  }

  /** Counts every request that is under way, with what is known of it. */
  settle(): void {
    for (const observation of [...this.#open]) this.end(observation);
  }

  /** Something of an adapter has failed. The first time it is told. */
  failed(error: unknown): void {
    if (this.#failures++ > 0) return;
    this.#logger.warn(
      `the adapter for ${this.adapter} failed: ${messageOf(error)}; requests are served as without it, and its statistics say how often it failed`,
    );
  }

  #clock(): number {
    try {
      return this.#now();
    } catch (error) {
      this.failed(error);
      return Date.now();
    }
  }

  #count(method: string, template: string | undefined, arrivedAtMs: number): void {
    try {
      const request = { method, path: template === undefined ? UNMATCHED : escaped(template) };
      if (this.#rules.ignores(request)) this.#ignored++;
      else this.#inUse.counter.record(method, this.#rules.rename(request), this.#inUse.service, arrivedAtMs);
    } catch (error) {
      this.failed(error);
    }
  }
}

/** What was observed under a key, by whichever adapter. */
export function observationOf(key: object): Observation | undefined {
  return (key as Marked)[OBSERVED];
}

/** `?` and `#` of a template (`/:id?`, a RegExp) begin no query and no fragment, which would be cut off a path. */
function escaped(template: string): string {
  if (!template.includes("?") && !template.includes("#")) return template;
  return template.replaceAll("?", "%3F").replaceAll("#", "%23");
}

/** Of anything that was thrown, even of what has no text. */
function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return "an error without a text";
  }
}
