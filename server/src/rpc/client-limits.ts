import type { CallLimits, LimitName } from "../domain/call-limits.ts";
import { CountError } from "../domain/count-error.ts";
import { Rate } from "../domain/rate.ts";

/** Hears each time that something was refused or held up. Must not throw. */
export type OnLimited = (limit: LimitName) => void;

/**
 * When the next message of a stream may be taken in: after so many milliseconds; or why it is refused, because that would
 * take too long.
 */
export type Pace = () => number | CountError;

/** What a call was let in with. */
export interface Entry {
  /** Undefined: as fast as they come. */
  readonly batches: Pace | undefined;
  readonly messages: Pace | undefined;
  /** The call is over. Idempotent. */
  readonly leave: () => void;
}

interface Client {
  calls: number;
  readonly batches: Rate;
  readonly messages: Rate;
}

/**
 * How long a message may be held up. Senders of `Record` take a server for broken that acknowledges nothing for 30 seconds.
 */
const MAX_WAIT_MS = 10_000;
/** Clients without a call that are remembered because of their rates, before all are looked through. */
const SWEEP_AT = 1_000;

/**
 * Keeps clients within limits. A sender that is too fast is held up first, by not reading it, and so loses nothing; only when
 * its streams would wait for more than ten seconds one is ended, with RESOURCE_EXHAUSTED, and told to come back.
 *
 * A client is remembered while it has a call, and for the second or so in which its rate remembers.
 */
export class ClientLimits {
  readonly #limits: CallLimits;
  readonly #onLimited: OnLimited;
  readonly #now: () => number;
  readonly #batches: Rate;
  readonly #messages: Rate;
  readonly #clients = new Map<string, Client>();
  #calls = 0;
  #sweepAt = SWEEP_AT;

  /** @param now in milliseconds, of a clock that never goes back. */
  constructor(limits: CallLimits, onLimited: OnLimited, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#onLimited = onLimited;
    this.#now = now;
    this.#batches = new Rate(limits.maxBatchesPerSecond);
    this.#messages = new Rate(limits.maxMessagesPerSecond);
  }

  /** How many clients are remembered. */
  get clients(): number {
    return this.#clients.size;
  }

  /**
   * Lets a call in. @param client asked for when there is a limit for each
   *
   * @throws CountError `exhausted` when there are too many
   */
  enter(client: () => string): Entry {
    const { maxCalls, maxCallsPerClient } = this.#limits;
    if (this.#calls >= maxCalls) {
      throw this.#refuse("calls", `this server takes at most ${maxCalls} calls at a time`);
    }
    const name = this.#countsClients ? client() : "";
    const own = this.#countsClients ? this.#client(name) : undefined;
    if (own !== undefined && own.calls >= maxCallsPerClient) {
      throw this.#refuse("calls_per_client", `"${name}" may have at most ${maxCallsPerClient} calls at a time`);
    }
    this.#calls++;
    if (own !== undefined) own.calls++;
    let isOver = false;
    return {
      batches: this.#pace("batches", name, this.#batches, own?.batches),
      messages: this.#pace("messages", name, this.#messages, own?.messages),
      leave: () => {
        if (isOver) return;
        isOver = true;
        this.#calls--;
        if (own !== undefined) own.calls--;
      },
    };
  }

  get #countsClients(): boolean {
    const { maxCallsPerClient, maxBatchesPerSecondPerClient, maxMessagesPerSecondPerClient } = this.#limits;
    return Number.isFinite(Math.min(maxCallsPerClient, maxBatchesPerSecondPerClient, maxMessagesPerSecondPerClient));
  }

  #client(name: string): Client {
    let client = this.#clients.get(name);
    if (client === undefined) {
      if (this.#clients.size >= this.#sweepAt) this.#sweep();
      const { maxBatchesPerSecondPerClient, maxMessagesPerSecondPerClient } = this.#limits;
      client = {
        calls: 0,
        batches: new Rate(maxBatchesPerSecondPerClient),
        messages: new Rate(maxMessagesPerSecondPerClient),
      };
      this.#clients.set(name, client);
    }
    return client;
  }

  /** Forgets clients that are as good as new. */
  #sweep(): void {
    const now = this.#now();
    for (const [name, { calls, batches, messages }] of this.#clients) {
      if (calls === 0 && batches.isIdle(now) && messages.isIdle(now)) this.#clients.delete(name);
    }
    this.#sweepAt = Math.max(SWEEP_AT, 2 * this.#clients.size);
  }

  #pace(what: "batches" | "messages", name: string, all: Rate, own: Rate | undefined): Pace | undefined {
    if (!Number.isFinite(all.perSecond) && !Number.isFinite(own?.perSecond ?? Number.POSITIVE_INFINITY))
      return undefined;
    return () => {
      const now = this.#now();
      const allMs = all.waitMs(now);
      const ownMs = own?.waitMs(now) ?? 0;
      if (Math.max(allMs, ownMs) > MAX_WAIT_MS) {
        return ownMs >= allMs
          ? this.#refuse(
              `${what}_per_second_per_client`,
              `"${name}" may send at most ${own!.perSecond} ${what} a second`,
            )
          : this.#refuse(`${what}_per_second`, `this server takes at most ${all.perSecond} ${what} a second`);
      }
      all.take(now);
      own?.take(now);
      if (ownMs > 0 && ownMs >= allMs) this.#onLimited(`${what}_per_second_per_client`);
      else if (allMs > 0) this.#onLimited(`${what}_per_second`);
      return Math.max(allMs, ownMs);
    };
  }

  #refuse(limit: LimitName, message: string): CountError {
    this.#onLimited(limit);
    return new CountError("exhausted", `${message}; try again later`);
  }
}
