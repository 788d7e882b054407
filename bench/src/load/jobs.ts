import type { Work } from "../run/metered.ts";

/** A number of streams, each ended after so many messages and followed by the next when it has been answered. */
export interface StreamsJob {
  readonly address: string;
  readonly streams: number;
  readonly messages: number;
  /** No stream is opened after that. */
  readonly seconds: number;
}

/** One stream. */
export interface FloodJob {
  readonly address: string;
  readonly messages: number;
}

/** One unary call after another. */
export interface CallJob {
  readonly address: string;
  /** `/count.v1.CountService/ListDailyTotals` */
  readonly path: string;
  readonly request: Uint8Array;
  readonly times: number;
}

export interface CallResult {
  /** Of all calls. */
  readonly seconds: number;
  /** The last one, encoded. */
  readonly response: Uint8Array;
}

/** More than a server can take. */
export interface OverloadJob {
  readonly address: string;
  readonly connections: number;
  readonly streams: number;
  /** Messages a second that become due, over all streams. */
  readonly rate: number;
  readonly seconds: number;
}

export interface Overload extends Work {
  /** Messages that became due; `events` is what was sent and answered for. */
  readonly due: number;
  /** From the end of the load until all is answered, and a single request is answered fast. */
  readonly recoverySeconds: number;
  /** The longest that a single request took under the load. */
  readonly probeMs: number;
}

/** What the client's process does, by name. */
export interface Jobs {
  streams(job: StreamsJob): Promise<Work>;
  flood(job: FloodJob): Promise<Work>;
  overload(job: OverloadJob): Promise<Overload>;
  call(job: CallJob): Promise<CallResult>;
}
