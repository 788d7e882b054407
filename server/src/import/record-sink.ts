import { type DeliverOptions, type DeliveryProgress, deliverBatches } from "@count/client";
import type { CountError } from "../domain/count-error.ts";
import { BatchChannel } from "./batch-channel.ts";
import { BatchCutter, type CutBatch } from "./batch-cutter.ts";
import type { Sink, SinkObserver, SourcedRequest } from "./sink.ts";

export interface RecordSinkOptions {
  /** How to reach the server, and how long it may make no progress. */
  readonly delivery: Omit<DeliverOptions, "clientId" | "batches" | "signal" | "onProgress">;
  /** Counted as the service of every request; may be empty. */
  readonly service: string;
  /** The client id of each source, by its index. */
  readonly clientIds: readonly Uint8Array[];
  readonly observer: SinkObserver;
  /** What to tell the user of a delivery that failed. */
  readonly explain: (error: unknown) => CountError;
}

/**
 * Delivers requests by `Record`, each source under a client id that is made of its content: whatever an earlier import of it
 * has delivered is passed over, so a source counts once, however often its import is interrupted or repeated.
 *
 * Sources are delivered one after the other; the first request of the next one ends the batches of the one before. An import
 * that is stopped or fails ends them nowhere: a batch that is cut short would be another one in the next run.
 */
export class RecordSink implements Sink {
  readonly #options: RecordSinkOptions;
  #source = -1;
  #delivery: Delivery | undefined;
  #failure: CountError | undefined;
  #stopped = false;
  /** The step to the next source: it holds a request. */
  #step: Promise<void> | undefined;

  constructor(options: RecordSinkOptions) {
    this.#options = options;
  }

  add(request: SourcedRequest): void | Promise<void> {
    this.#check(request);
    if (this.#stopped) return;
    if (request.source === this.#source) return this.#delivery!.add(request);
    this.#step = this.#next(request);
    return this.#step;
  }

  async finish(): Promise<void> {
    await this.#delivery?.finish();
    if (this.#failure !== undefined) throw this.#failure;
  }

  async stop(limitMs: number): Promise<void> {
    this.#stopped = true;
    await this.#delivery?.stop(this.#failure === undefined ? limitMs : 0);
    // Whoever waits for it is told why it failed, if it did.
    await this.#step?.catch(() => undefined);
  }

  async #next(request: SourcedRequest): Promise<void> {
    await this.#delivery?.finish();
    this.#check(request);
    if (this.#stopped) return;
    this.#source = request.source;
    const onFailure = (error: CountError): void => {
      this.#failure ??= error;
    };
    this.#delivery = new Delivery(this.#options, this.#options.clientIds[request.source]!, onFailure);
    await this.#delivery.add(request);
  }

  /** A request that cannot be taken any more is unsent. */
  #check(request: SourcedRequest): void {
    if (this.#failure !== undefined || this.#stopped) this.#options.observer.unsent(request);
    if (this.#failure !== undefined) throw this.#failure;
  }
}

/** The delivery of one source: open, then over, because it was finished, was stopped or has failed. */
class Delivery {
  readonly #options: RecordSinkOptions;
  readonly #cutter: BatchCutter;
  readonly #channel = new BatchChannel();
  readonly #abort = new AbortController();
  /** Resolves when it is over. Never rejects. */
  readonly #done: Promise<void>;
  #failure: CountError | undefined;
  #seen: DeliveryProgress | undefined;
  #refusedBefore: DeliveryProgress["refused"] = {};
  #onSettled = (): void => undefined;

  constructor(options: RecordSinkOptions, clientId: Uint8Array, onFailure: (error: CountError) => void) {
    this.#options = options;
    this.#cutter = new BatchCutter(options.service);
    this.#done = deliverBatches({
      ...options.delivery,
      clientId,
      batches: this.#channel,
      signal: this.#abort.signal,
      onProgress: (progress) => this.#settle(progress),
    })
      .then((progress) => this.#settle(progress))
      .catch((error: unknown) => {
        // The end of one that was stopped is no failure.
        if (this.#abort.signal.aborted) return;
        this.#failure = options.explain(error);
        onFailure(this.#failure);
      })
      .then(() => this.#end());
  }

  add(request: SourcedRequest): void | Promise<void> {
    const batch = this.#cutter.add(request);
    if (batch === undefined) return;
    this.#channel.push(batch);
    if (this.#channel.isFull) return this.#room();
  }

  async finish(): Promise<void> {
    const last = this.#cutter.take();
    if (last !== undefined) this.#channel.push(last);
    this.#channel.end();
    await this.#done;
  }

  /** Sends what is complete, for at most so long. */
  async stop(limitMs: number): Promise<void> {
    const timer = setTimeout(() => this.#abort.abort(), limitMs);
    this.#onSettled = () => {
      if (this.#channel.isEmpty) this.#abort.abort();
    };
    this.#onSettled();
    await this.#done;
    clearTimeout(timer);
  }

  async #room(): Promise<void> {
    await Promise.race([this.#channel.room(), this.#done]);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #settle(progress: DeliveryProgress): void {
    const { observer } = this.#options;
    const { batches = 0, batchesKnownBefore = 0 } = this.#seen ?? {};
    // What was known before comes first: the server knows a beginning of the batches.
    for (let i = batchesKnownBefore; i < progress.batchesKnownBefore; i++) {
      for (const request of this.#channel.settle()?.requests ?? []) observer.known(request);
    }
    for (let i = batches; i < progress.batches; i++) {
      for (const request of this.#channel.settle()?.requests ?? []) observer.counted(request);
    }
    this.#refusals(progress.refused);
    this.#seen = progress;
    this.#onSettled();
  }

  /** Totals of this source, of which the first that is told is that of earlier imports. */
  #refusals(totals: DeliveryProgress["refused"]): void {
    const before = this.#seen?.refused;
    if (before === undefined) {
      this.#refusedBefore = totals;
      return;
    }
    for (const [reason, total] of Object.entries(totals)) {
      const more = total - (before[reason] ?? 0);
      if (more > 0) this.#options.observer.refusedByServer(reason, more, "now");
    }
  }

  #end(): void {
    const { observer } = this.#options;
    for (const [reason, total] of Object.entries(this.#refusedBefore)) {
      observer.refusedByServer(reason, total, "before");
    }
    const { pulled, waiting } = this.#channel.drain();
    for (const batch of pulled) for (const request of batch.requests) observer.uncertain(request);
    const rest = this.#cutter.take();
    const unsent: readonly CutBatch[] = rest === undefined ? waiting : [...waiting, rest];
    for (const batch of unsent) for (const request of batch.requests) observer.unsent(request);
  }
}
