import type { BatchSource, SealedBatch } from "@count/client/parts";

/** Batches that wait for a Count server. What is appended may be answered for once it is committed. */
export interface AgentQueue {
  /** What is to be delivered now. */
  source(): BatchSource;
  /** Whether more may be appended. The batches of one flush may go over the limit by what they are. */
  readonly hasRoom: boolean;
  readonly bytes: number;
  readonly maxBytes: number;
  /** Batches, and the requests in them, that no server has answered for. Requests take time in proportion to the batches. */
  readonly batches: number;
  readonly requests: number;
  /** What an earlier process had left. */
  readonly recovered: { readonly batches: number; readonly requests: number; readonly cutBytes: number };
  /**
   * @param note Comes back at the next start with the batch, in one piece: both are there, or neither.
   * @throws What the file system throws; nothing is appended then.
   */
  append(batch: SealedBatch, note?: Uint8Array): void;
  /** Resolves when what was appended will not be lost by what the queue protects against. */
  commit(): Promise<void>;
  close(): void;
}

/** Each batch has an entry in memory, on disk or not: some 200 bytes. */
export const MAX_BATCHES = 200_000;
