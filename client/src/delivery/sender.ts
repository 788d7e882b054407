import type { RecordResponse, RefusalReason } from "@count/proto";
import { status } from "@grpc/grpc-js";
import { batchRequest, helloRequest } from "../batch/request-frame.ts";
import type { Logger } from "../logger.ts";
import type { CallStatus, RecordCall, Transport } from "../transport/transport.ts";
import { AddFallback } from "./add-fallback.ts";
import { backoffMs } from "./backoff.ts";
import type { BatchSource } from "./batch-source.ts";
import type { DeliveryOptions } from "./delivery-options.ts";
import { InFlight } from "./in-flight.ts";
import { type Ledger, reasonName } from "./ledger.ts";

/**
 * - `idle`: no stream, and nothing to send.
 * - `connecting`: waiting for a connection.
 * - `greeting`: hello sent, waiting for the server's last number.
 * - `streaming`: batches go out, acknowledgements come in.
 * - `ending`: half-closed; the server answers for what is in flight.
 * - `waiting`: for the next attempt, after a failure.
 * - `adding`: no stream; batches go by Add, to a server that has no Record.
 * - `closed`: for good.
 */
export type SenderState = "idle" | "connecting" | "greeting" | "streaming" | "ending" | "waiting" | "adding" | "closed";

export interface SenderOptions {
  readonly transport: Transport;
  /** What to deliver: asked at every hello, and constant until {@link BatchSource.isFinished}. */
  readonly source: () => BatchSource;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly delivery: DeliveryOptions;
  readonly monotonicNow: () => number;
  readonly random: () => number;
  /** Whether Add may be used. Without it a server that has no Record is a failure like others. */
  readonly mayAdd: boolean;
  /** Something was acknowledged, or the source has changed. */
  readonly onProgress: () => void;
  /** The source cannot be delivered. */
  readonly onStop: (because: string) => void;
  /** A stream or an attempt has failed; the sender goes on unless it is closed here. */
  readonly onFailure: (failure: CallStatus) => void;
}

export interface SenderCounts {
  streams: number;
  failures: number;
  batchesSent: number;
  /** Of batchesSent: those that had been sent before. */
  batchesResent: number;
}

/**
 * Delivers the batches of a source over Record, whatever breaks.
 *
 * idle → connecting → greeting → streaming → ending → idle or connecting is the way when nothing fails: `wake` leaves idle
 * when there is work, the stream's age or the source's end leave streaming. Any failure leads to waiting, and from there to
 * connecting (idle, if there is no work). A source that takes a new client id leads from greeting to connecting at once. A
 * server without Record leads from greeting to adding, which lasts `addForMs`. `close` leads from anywhere to closed.
 */
export class Sender {
  readonly counts: SenderCounts = { streams: 0, failures: 0, batchesSent: 0, batchesResent: 0 };

  readonly #options: SenderOptions;
  readonly #inFlight: InFlight;
  readonly #adds: AddFallback;
  #state: SenderState = "idle";
  #source: BatchSource | undefined;
  #call: RecordCall | undefined;
  /** The number that is sent next on this stream. */
  #next = 1;
  /** The highest number that was ever sent of the source's present client id. */
  #highestSent = 0;
  #clientId: Uint8Array | undefined;
  #isBlocked = false;
  readonly #warnedReasons = new Set<RefusalReason>();
  /** Failures, and new client ids, since the last acknowledgement. */
  #attempt = 0;
  /** The one timer of a state: its deadline, the backoff. */
  #timer: NodeJS.Timeout | undefined;
  #ageTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #onEnded: () => void = () => undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#inFlight = new InFlight(options.delivery.maxInFlight, options.delivery.maxInFlightBytes);
    const { transport, ledger, logger, delivery, monotonicNow } = options;
    this.#adds = new AddFallback({ transport, ledger, logger, addForMs: delivery.addForMs, monotonicNow });
  }

  get state(): SenderState {
    return this.#state;
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#state === "idle" && this.#options.source().hasWork) this.#connect();
    else if (this.#state === "streaming") this.#pump();
    else if (this.#state === "adding") this.#add();
  }

  /**
   * Ends delivery. Waits at most `limitMs` milliseconds for the stream to end in good order, which costs the server less
   * than one that breaks. Idempotent.
   */
  close(limitMs: number): Promise<void> {
    this.#closing ??= this.#close(limitMs);
    return this.#closing;
  }

  async #close(limitMs: number): Promise<void> {
    if (this.#state === "streaming" && limitMs > 0) {
      const ended = new Promise<void>((resolve) => {
        this.#onEnded = resolve;
      });
      this.#end();
      const timer = setTimeout(this.#onEnded, limitMs);
      await ended;
      clearTimeout(timer);
    }
    this.#become("closed");
    this.#call?.cancel();
    this.#adds.cancel();
    this.#options.transport.close();
  }

  /** The one place where the state changes. What a state's timer was for is over with it. */
  #become(state: SenderState, timeoutMs?: number, onTimeout?: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#state = state;
    if (timeoutMs !== undefined && onTimeout !== undefined) this.#timer = setTimeout(onTimeout, timeoutMs).unref();
    if (state !== "streaming") clearTimeout(this.#ageTimer);
  }

  #connect(): void {
    const { transport, delivery } = this.#options;
    this.#become("connecting");
    this.#inFlight.clear();
    this.#isBlocked = false;
    this.counts.streams++;
    const call: RecordCall = transport.record({
      onOpen: () => {
        if (this.#call !== call || this.#state !== "connecting") return;
        this.#source = this.#options.source();
        const { clientId, refusedBefore } = this.#source;
        if (this.#clientId !== clientId) {
          this.#clientId = clientId;
          this.#highestSent = 0;
          this.#options.ledger.changeIdentity(refusedBefore);
        }
        this.#become("greeting", delivery.helloTimeoutMs, () => {
          this.#fail(`the hello was not answered within ${delivery.helloTimeoutMs} ms`);
        });
        call.write(helloRequest(clientId));
      },
      onResponse: (response) => {
        if (this.#call === call) this.#take(response);
      },
      onDrain: () => {
        this.#isBlocked = false;
        if (this.#call === call && this.#state === "streaming") this.#pump();
      },
      onEnd: (ended) => {
        if (this.#call === call) this.#ended(ended);
      },
    });
    this.#call = call;
  }

  #take(response: RecordResponse): void {
    const lastNumber = Number(response.lastNumber);
    const source = this.#source;
    if (source === undefined) return;
    this.#options.ledger.setRefused(response.refused);
    if (this.#state === "greeting") {
      this.#greet(source, lastNumber);
    } else if (this.#state === "streaming" || this.#state === "ending") {
      if (lastNumber >= this.#next) {
        this.#fail(`batch ${lastNumber} was acknowledged, and ${this.#next - 1} is the last that was sent`);
        return;
      }
      for (const { reason, example } of response.refused) {
        if (example === "" || this.#warnedReasons.has(reason)) continue;
        this.#warnedReasons.add(reason);
        this.#options.logger.warn(`the server refuses requests (${reasonName(reason)}), such as ${example}`);
      }
      if (lastNumber <= source.acknowledgedNumber) return;
      this.#attempt = 0;
      source.acknowledge(lastNumber);
      this.#inFlight.acknowledge(lastNumber);
      if (this.#state === "streaming") this.#armAckTimeout();
      this.#options.onProgress();
      this.wake();
    }
  }

  #greet(source: BatchSource, lastNumber: number): void {
    const { delivery, random, logger, onProgress, onStop } = this.#options;
    this.#adds.recordWorked();
    const greeting = source.greet(lastNumber);
    if (greeting.next === "stop") {
      this.#abandonCall();
      this.#become("idle");
      onStop(greeting.because);
      return;
    }
    if (greeting.next === "hello") {
      logger.warn(
        `the server has forgotten this client: ${greeting.because}; what was acknowledged is not sent again, the rest is, under a new client id`,
      );
      this.#abandonCall();
      // The first time at once; a server that never knows a client must not be asked in a loop.
      if (this.#attempt++ === 0) this.#connect();
      else this.#wait();
      return;
    }
    this.#next = lastNumber + 1;
    this.#become("streaming");
    const age = delivery.maxStreamAgeMs * (0.8 + 0.4 * random());
    this.#ageTimer = setTimeout(() => this.#end(), age).unref();
    onProgress();
    this.#pump();
  }

  /** Sends what there is, as far as the window and HTTP/2's flow control allow. */
  #pump(): void {
    const { source, call } = { source: this.#source, call: this.#call };
    if (source === undefined || call === undefined) return;
    const wasEmpty = this.#inFlight.isEmpty;
    while (!this.#isBlocked && this.#inFlight.hasRoom) {
      const batch = source.batch(this.#next);
      if (batch === undefined) break;
      const number = this.#next++;
      const request = batchRequest(number, batch, Math.max(0, batch.dropped - source.droppedBefore));
      this.counts.batchesSent++;
      if (number <= this.#highestSent) this.counts.batchesResent++;
      else this.#highestSent = number;
      this.#inFlight.add(number, request.length);
      if (!call.write(request)) this.#isBlocked = true;
    }
    if (wasEmpty) this.#armAckTimeout();
    if (source.isFinished) this.#end();
  }

  /** Begins the time limit anew. One timer serves the whole stream: making one for each batch shows in profiles. */
  #armAckTimeout(): void {
    if (this.#inFlight.isEmpty) return;
    if (this.#timer !== undefined) {
      this.#timer.refresh();
      return;
    }
    const { ackTimeoutMs } = this.#options.delivery;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // Everything was acknowledged meanwhile, and nothing has been sent since.
      if (!this.#inFlight.isEmpty) this.#fail(`no batch was acknowledged for ${ackTimeoutMs} ms`);
    }, ackTimeoutMs).unref();
  }

  /** Half-closes the stream. */
  #end(): void {
    if (this.#state !== "streaming") return;
    const { ackTimeoutMs } = this.#options.delivery;
    this.#become("ending", ackTimeoutMs, () => {
      this.#fail(`the stream did not end within ${ackTimeoutMs} ms`);
    });
    this.#call?.end();
  }

  /** The stream is over, whoever ended it. */
  #ended(ended: CallStatus): void {
    const before = this.#state;
    this.#call = undefined;
    this.#onEnded();
    if (before === "closed") return;
    if (before === "ending" && ended.code === status.OK) {
      this.#become("idle");
      this.#options.onProgress();
      this.wake();
      return;
    }
    const isMissing = ended.code === status.UNIMPLEMENTED && before === "greeting";
    if (isMissing && this.#options.mayAdd && this.#adds.recordIsMissing()) {
      this.#become("adding");
      this.#add();
      return;
    }
    this.#retry(ended);
  }

  /** This side finds the stream broken. */
  #fail(details: string): void {
    this.#abandonCall();
    this.#retry({ code: status.UNAVAILABLE, details });
  }

  #abandonCall(): void {
    const call = this.#call;
    this.#call = undefined;
    call?.cancel();
    this.#onEnded();
  }

  #retry(failure: CallStatus): void {
    this.counts.failures++;
    this.#attempt++;
    this.#options.logger.debug(`attempt ${this.#attempt}: ${failure.details}`);
    this.#wait();
    this.#options.onFailure(failure);
  }

  #wait(): void {
    const { delivery, random } = this.#options;
    const waitMs = backoffMs(this.#attempt - 1, delivery.minBackoffMs, delivery.maxBackoffMs, random);
    this.#become("waiting", waitMs, () => {
      if (this.#adds.isDue) {
        this.#become("adding");
        this.#add();
      } else {
        this.#become("idle");
        this.wake();
      }
    });
  }

  #add(): void {
    const adds = this.#adds;
    if (adds.isBusy) return;
    if (!adds.isDue) {
      this.#become("idle");
      this.wake();
      return;
    }
    const source = this.#options.source();
    adds.deliverNext(source, (result, number) => {
      if (this.#state !== "adding") return;
      if (result.code !== status.OK) {
        // Look for Record first.
        if (result.code === status.UNIMPLEMENTED) adds.stop();
        this.#retry(result);
        return;
      }
      this.#attempt = 0;
      source.acknowledge(number);
      this.counts.batchesSent++;
      this.#options.onProgress();
      this.#add();
    });
  }
}
