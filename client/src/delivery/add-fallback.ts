import type { Logger } from "../logger.ts";
import type { CallStatus, Transport } from "../transport/transport.ts";
import { AddDelivery } from "./add-delivery.ts";
import type { BatchSource } from "./batch-source.ts";
import type { Ledger } from "./ledger.ts";

/** Streams in a row that may be refused as unimplemented, once Record has worked, before Add is used: servers may be mixed. */
const UNIMPLEMENTED_LIMIT = 5;

export interface AddFallbackOptions {
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly logger: Logger;
  /** How long Add is used before looking for Record again, in milliseconds. */
  readonly addForMs: number;
  readonly monotonicNow: () => number;
}

/** Whether a sender uses Add in place of Record, and for how long; and its batches on that way. */
export class AddFallback {
  readonly #options: AddFallbackOptions;
  readonly #delivery: AddDelivery;
  #hasRecordWorked = false;
  #unimplemented = 0;
  #untilMs = Number.NEGATIVE_INFINITY;
  #abort: AbortController | undefined;

  constructor(options: AddFallbackOptions) {
    this.#options = options;
    this.#delivery = new AddDelivery(options.transport, options.ledger);
  }

  /** Whether it is the time of Add. */
  get isDue(): boolean {
    return this.#options.monotonicNow() < this.#untilMs;
  }

  /** Whether a batch is under way. */
  get isBusy(): boolean {
    return this.#abort !== undefined;
  }

  /** A server has answered a hello. */
  recordWorked(): void {
    this.#hasRecordWorked = true;
    this.#unimplemented = 0;
  }

  /** A server has no Record. @returns whether the time of Add begins, which is said in the log */
  recordIsMissing(): boolean {
    this.#unimplemented++;
    if (this.#hasRecordWorked && this.#unimplemented < UNIMPLEMENTED_LIMIT) return false;
    const { logger, monotonicNow, addForMs } = this.#options;
    logger.warn(
      "the server has no Record; requests are sent to it one by one, with Add: times are those of the 15-minute interval, " +
        "PATCH and other methods are METHOD_UNSPECIFIED, the service is ignored by such a server, and a call that breaks " +
        "may count up to 1,000 requests twice",
    );
    this.#untilMs = monotonicNow() + addForMs;
    return true;
  }

  /** Ends the time of Add: a server that has neither may be about to be replaced. */
  stop(): void {
    this.#untilMs = Number.NEGATIVE_INFINITY;
  }

  /** Delivers the next batch of a source, if there is one, and tells how that ended. Not while one is under way. */
  deliverNext(source: BatchSource, onEnd: (result: CallStatus, number: number) => void): void {
    const number = source.acknowledgedNumber + 1;
    const batch = source.batch(number);
    if (batch === undefined) return;
    const abort = new AbortController();
    this.#abort = abort;
    const name = `${Buffer.from(source.clientId).toString("hex")}/${number}`;
    void this.#delivery.deliver(name, batch, abort.signal).then((result) => {
      this.#abort = undefined;
      onEnd(result, number);
    });
  }

  /** Ends the call that is under way. */
  cancel(): void {
    this.#abort?.abort();
  }
}
