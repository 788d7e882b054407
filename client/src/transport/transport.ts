import type { RecordResponse } from "@count/proto";
import type { status } from "@grpc/grpc-js";

/** How a call ended. */
export interface CallStatus {
  readonly code: status;
  readonly details: string;
}

/** What happens on a Record stream. Nothing is called after `onEnd`, nor after `cancel()`. */
export interface RecordEvents {
  /** There is a connection; messages can be written. */
  onOpen(): void;
  onResponse(response: RecordResponse): void;
  /** After `write` returned false: it may be called again. */
  onDrain(): void;
  onEnd(status: CallStatus): void;
}

/** A Record stream. */
export interface RecordCall {
  /** Writes an encoded `RecordRequest`. False asks to wait for `onDrain`; the message was taken all the same. */
  write(request: Buffer): boolean;
  /** Half-closes: the server answers for what it has, and ends. */
  end(): void;
  /** Ends it now; `onEnd` is not called. */
  cancel(): void;
}

/** The part of gRPC that delivery needs. Nothing of it keeps the process alive. */
export interface Transport {
  record(events: RecordEvents): RecordCall;
  /**
   * Calls Add with encoded `AddRequest`s. Resolves with how it ended, never rejects.
   *
   * @param signal Ends the call.
   */
  add(requests: Iterable<Buffer>, signal: AbortSignal): Promise<CallStatus>;
  close(): void;
}
