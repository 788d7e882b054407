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

/** What the client's process does, by name. */
export interface Jobs {
  streams(job: StreamsJob): Promise<Work>;
  flood(job: FloodJob): Promise<Work>;
  call(job: CallJob): Promise<CallResult>;
}
