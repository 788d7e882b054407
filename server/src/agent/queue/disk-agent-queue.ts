import { DiskQueue, type Drops, type Ledger } from "@count/client/parts";
import { CountError } from "../../domain/count-error.ts";
import type { Logger } from "../../observability/logger.ts";
import { type AgentQueue, MAX_BATCHES } from "./agent-queue.ts";
import type { Origins } from "./origins.ts";

export interface DiskAgentQueueOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly drops: Drops;
  readonly ledger: Ledger;
  readonly logger: Logger;
  /** The cursors of the local senders, which are recovered with the queue. */
  readonly origins: Origins;
}

/**
 * The queue on disk. What is committed was written out by fdatasync, and survives a killed process and a power loss.
 *
 * @throws CountClientError `invalid`, or `in-use` when another process owns the directory.
 */
export function openDiskQueue(options: DiskAgentQueueOptions): AgentQueue {
  const { directory, maxBytes, drops, ledger, logger, origins } = options;
  const queue = new DiskQueue(
    { directory, maxBytes, fsync: "batch" },
    { drops, ledger, now: Date.now, monotonicNow: () => performance.now() },
    { warn: (message) => logger.warn({}, message), debug: (message) => logger.debug({}, message) },
    {
      onNote: (note, sealedAtMs) => origins.recover(note, sealedAtMs),
      beforeRemoval: () => {
        try {
          origins.save();
          return true;
        } catch (error) {
          logger.warn(
            { reason: CountError.from(error).message },
            "the cursors cannot be written; delivered files stay",
          );
          return false;
        }
      },
    },
  );
  return {
    source: () => queue.source(),
    get hasRoom() {
      return queue.hasRoom && queue.batches < MAX_BATCHES;
    },
    get bytes() {
      return queue.bytes;
    },
    maxBytes,
    get batches() {
      return queue.batches;
    },
    get requests() {
      return queue.pending;
    },
    recovered: queue.recovery,
    append: (batch, note) => queue.append(batch, note),
    commit: () => queue.commit(),
    close: () => queue.close(),
  };
}
