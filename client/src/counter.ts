import type { Method } from "@count/proto";
import { atExit } from "./at-exit.ts";
import { Drops } from "./counting/drops.ts";
import { Tally } from "./counting/tally.ts";
import { GIVE_UP_MS } from "./delivery/batch-source.ts";
import { Ledger } from "./delivery/ledger.ts";
import { Outage } from "./delivery/outage.ts";
import { Sender } from "./delivery/sender.ts";
import { type CounterOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { diskQueue, memoryQueue, type Queue } from "./queue.ts";
import { type CloseReport, prometheusText, type Statistics } from "./statistics.ts";
import { GrpcTransport } from "./transport/grpc-transport.ts";

/** Once closed, how long the stream may take to end in good order, in milliseconds. */
const END_LIMIT_MS = 500;

/**
 * Counts requests and delivers the counts to a server, exactly once.
 *
 * It does not keep the process alive: its timers and connections are unref'd. When the process ends by itself, it is
 * flushed within `flushAtExitMs`; on a signal, call {@link close}.
 */
export interface Counter extends AsyncDisposable {
  /**
   * Counts one request. Synchronous; never throws and never blocks; allocates nothing for a (service, method, path) that it
   * has met. What cannot be counted shows in {@link Statistics.dropped}.
   *
   * @param method The method's name as HTTP has it (`GET`; `GRPC` for any gRPC call; what the protocol does not define counts
   *   as OTHER), or its number.
   * @param path The route template (`/users/:id`), or a gRPC method's full name. Query string and fragment are cut. At most
   *   1,024 bytes of UTF-8.
   * @param service Which workload was called. Default: the counter's.
   * @param timestampMs When, in milliseconds since 1970-01-01T00:00:00Z. Default: now, as of the last turn of the event loop.
   */
  record(method: Method | string, path: string, service?: string, timestampMs?: number): void;
  /** What became of the requests so far. */
  statistics(): Statistics;
  /** The statistics in Prometheus' text format. */
  prometheus(): string;
  /**
   * Seals, sends and waits for answers, at most `limitMs` milliseconds (default 5,000), then ends delivery and reports.
   * Later calls get the same report. What is recorded from now on is dropped as `closed`.
   */
  close(options?: { readonly limitMs?: number }): Promise<CloseReport>;
}

/** @throws CountClientError `invalid` (an option), `in-use` (the directory of the queue belongs to another process). */
export function createCounter(options: CounterOptions): Counter {
  return new DeliveringCounter(resolveOptions(options));
}

class DeliveringCounter implements Counter {
  readonly #options: ResolvedOptions;
  readonly #service: string;
  readonly #drops: Drops;
  readonly #ledger = new Ledger();
  readonly #tally: Tally;
  readonly #queue: Queue;
  readonly #sender: Sender;
  readonly #undoAtExit: () => void;
  /** Once it has been needed there is always one, refreshed where the interval is the same: it is needed for each batch. */
  #timer: NodeJS.Timeout | undefined;
  #timerMs = 0;
  #isTicking = false;
  #isFullSoon = false;
  #isClosed = false;
  #closing: Promise<CloseReport> | undefined;
  #onProgress: () => void = () => undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#service = options.service;
    const { logger, now, monotonicNow, delivery, token } = options;
    const warned = new Set<string>();
    this.#drops = new Drops((reason) => {
      if (warned.has(reason) || reason === "closed") return;
      warned.add(reason);
      logger.warn(`requests are dropped (${reason}); see the counter's statistics for how many`);
    });
    this.#tally = new Tally({
      maxKeys: options.maxKeys,
      maxPooled: options.maxWaiting,
      now,
      monotonicNow,
      drops: this.#drops,
      onFirst: () => this.#tickSoon(),
      onFull: () => this.#sealSoon(),
    });
    const transport = new GrpcTransport({
      target: options.target,
      tls: options.tls,
      ...(token === undefined ? {} : { token }),
      connectTimeoutMs: delivery.connectTimeoutMs,
    });
    const context = { tally: this.#tally, drops: this.#drops, ledger: this.#ledger, logger, now, monotonicNow };
    this.#queue = options.diskQueue === undefined ? memoryQueue(context) : diskQueue(options.diskQueue, context);
    const outage = new Outage(logger, monotonicNow);
    this.#sender = new Sender({
      transport,
      source: this.#queue.source,
      ledger: this.#ledger,
      logger,
      delivery,
      monotonicNow,
      random: options.random,
      mayAdd: true,
      onProgress: () => {
        outage.over();
        this.#onProgress();
      },
      onStop: (because) => logger.warn(`nothing is delivered any more: ${because}`),
      onFailure: (failure) => outage.failed(failure),
    });
    this.#undoAtExit =
      options.flushAtExitMs === 0 ? () => undefined : atExit(() => void this.close({ limitMs: options.flushAtExitMs }));
    // What an earlier process has left is delivered at once.
    this.#sender.wake();
  }

  record(method: Method | string, path: string, service = this.#service, timestampMs?: number): void {
    if (this.#isClosed) {
      this.#tally.recorded++;
      this.#drops.add("closed", 1);
      return;
    }
    try {
      this.#tally.record(method, path, service, timestampMs);
    } catch {
      // Out of memory, perhaps. Whoever is being served must not suffer from being counted.
      this.#drops.add("internal", 1);
    }
  }

  statistics(): Statistics {
    const queue = this.#queue;
    const tally = this.#tally;
    return {
      recorded: tally.recorded + queue.recovered,
      acknowledged: this.#ledger.acknowledged,
      refused: this.#ledger.refused(),
      dropped: this.#drops.byReason(),
      pending: tally.requests() + queue.pending,
      pendingOnDisk: queue.pendingOnDisk,
      recovered: queue.recovered,
      openKeys: tally.entries,
      diskBytes: queue.bytes,
      maxDiskBytes: queue.maxBytes,
      state: this.#sender.state,
      ...this.#sender.counts,
    };
  }

  prometheus(): string {
    return prometheusText(this.statistics());
  }

  close({ limitMs = 5_000 }: { readonly limitMs?: number } = {}): Promise<CloseReport> {
    this.#closing ??= this.#close(limitMs);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(limitMs: number): Promise<CloseReport> {
    this.#isClosed = true;
    this.#undoAtExit();
    clearTimeout(this.#timer);
    const endMs = this.#options.monotonicNow() + limitMs;
    await this.#flush(limitMs);
    await this.#sender.close(Math.max(0, Math.min(END_LIMIT_MS, endMs - this.#options.monotonicNow())));
    const { recorded, acknowledged, refused, dropped, pending, pendingOnDisk } = this.statistics();
    this.#queue.close();
    return { recorded, acknowledged, refused, dropped, pending, pendingOnDisk };
  }

  /** Waits until everything is answered for, at most `limitMs`. The timer here is what keeps the process alive. */
  #flush(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(finish, limitMs);
      const look = (): void => {
        this.#queue.seal();
        if (this.#tally.entries === 0 && this.#queue.pending === 0) finish();
      };
      function finish(): void {
        clearTimeout(timer);
        resolve();
      }
      this.#onProgress = look;
      look();
      this.#sender.wake();
    });
  }

  /** Once a second, and when the bucket ends, for as long as anything is open. */
  #tickSoon(): void {
    if (this.#isTicking) return;
    this.#isTicking = true;
    const { sealAfterMs, now } = this.#options;
    const ms = Math.min(sealAfterMs, Math.max(1, this.#tally.bucketEndMs - now()));
    if (this.#timer !== undefined && this.#timerMs === ms) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#timerMs = ms;
    this.#timer = setTimeout(() => this.#tick(), ms).unref();
  }

  #tick(): void {
    this.#isTicking = false;
    this.#tally.checkClock();
    this.#tally.expire(this.#options.monotonicNow() - GIVE_UP_MS);
    this.#seal();
    if (this.#tally.entries > 0) this.#tickSoon();
  }

  /** Not at once: whoever records is in the middle of a request. */
  #sealSoon(): void {
    if (this.#isFullSoon) return;
    this.#isFullSoon = true;
    setImmediate(() => {
      this.#isFullSoon = false;
      if (!this.#isClosed) this.#seal();
    }).unref();
  }

  #seal(): void {
    this.#queue.seal();
    this.#sender.wake();
  }
}
