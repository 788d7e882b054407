import type { Client } from "@grpc/grpc-js";
import type { CountError } from "../domain/count-error.ts";
import { type AddStream, addStream } from "./add-stream.ts";
import type { Sink, SinkObserver, SourcedRequest } from "./sink.ts";

export interface AddSinkOptions {
  readonly client: Client;
  /** Counted as the service of every request; may be empty. */
  readonly service: string;
  readonly observer: SinkObserver;
  /** How long one stream may take from its first message to its answer, in milliseconds. */
  readonly timeoutMs: number;
  /** What to tell the user of a stream that failed. */
  readonly explain: (error: Error) => CountError;
  /** Requests of one stream, at most. An answer covers all of them, so a failure leaves as many uncertain. Default 5,000. */
  readonly segmentRequests?: number;
  /** Streams at once. Default 4: one is written while the others wait for their answers. */
  readonly maxStreams?: number;
}

/** How much is sent on the stream after one that met a refused request; it doubles from there. */
const AFTER_REFUSAL = 16;

/**
 * Delivers requests by `Add`, in segments: when the answer to one has come, its requests are durable.
 *
 * A refused request ends its stream, after everything before it is durable. What comes after it goes out on the next
 * stream, which is short: were every request of a log refused, each refusal would otherwise resend a whole segment.
 * A stream that breaks otherwise is not resent, because part of it may have been counted, and the sink has failed.
 */
export class AddSink implements Sink {
  readonly #options: Required<AddSinkOptions>;
  readonly #open = new Set<AddStream>();
  readonly #senders = new Set<Promise<void>>();
  #segment: SourcedRequest[] = [];
  #failure: CountError | undefined;
  #stopped = false;

  constructor(options: AddSinkOptions) {
    this.#options = { segmentRequests: 5_000, maxStreams: 4, ...options };
  }

  add(request: SourcedRequest): void | Promise<void> {
    if (this.#failure !== undefined || this.#stopped) {
      this.#options.observer.unsent(request);
      if (this.#failure !== undefined) throw this.#failure;
      return;
    }
    this.#segment.push(request);
    if (this.#segment.length < this.#options.segmentRequests) return;
    this.#send();
    if (this.#senders.size >= this.#options.maxStreams) return this.#room();
  }

  async finish(): Promise<void> {
    if (this.#segment.length > 0 && this.#failure === undefined) this.#send();
    await Promise.all(this.#senders);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async stop(limitMs: number): Promise<void> {
    this.#stopped = true;
    for (const request of this.#segment.splice(0)) this.#options.observer.unsent(request);
    const timer = setTimeout(() => {
      for (const stream of this.#open) stream.cancel();
    }, limitMs);
    await Promise.all(this.#senders);
    clearTimeout(timer);
  }

  async #room(): Promise<void> {
    await Promise.race(this.#senders);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #send(): void {
    const segment = this.#segment;
    this.#segment = [];
    const sender = this.#deliver(segment).finally(() => this.#senders.delete(sender));
    this.#senders.add(sender);
  }

  async #deliver(segment: readonly SourcedRequest[]): Promise<void> {
    const { observer, explain } = this.#options;
    let from = 0;
    let size = segment.length;
    while (from < segment.length && this.#failure === undefined && !this.#stopped) {
      const part = segment.slice(from, from + size);
      const outcome = await this.#stream(part);
      from += part.length;
      size *= 2;
      if (outcome.kind === "durable") {
        for (const request of part) observer.counted(request);
      } else if (outcome.kind === "refused") {
        for (const request of part.slice(0, outcome.index)) observer.counted(request);
        observer.refused(part[outcome.index]!, "server", outcome.message);
        from += outcome.index + 1 - part.length;
        size = AFTER_REFUSAL;
      } else {
        for (const request of part) observer.uncertain(request);
        this.#failure ??= explain(outcome.error);
      }
    }
    for (const request of segment.slice(from)) observer.unsent(request);
  }

  async #stream(requests: readonly SourcedRequest[]) {
    const { client, service, timeoutMs } = this.#options;
    const stream = addStream(client, service, requests, timeoutMs);
    this.#open.add(stream);
    const outcome = await stream.outcome;
    this.#open.delete(stream);
    return outcome;
  }
}
