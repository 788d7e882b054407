import type { SealedBatch } from "./batch/sealed-batch.ts";
import type { Drops } from "./counting/drops.ts";
import type { Tally } from "./counting/tally.ts";
import type { BatchSource } from "./delivery/batch-source.ts";
import type { Ledger } from "./delivery/ledger.ts";
import { MemorySource } from "./delivery/memory-source.ts";
import { DiskQueue, type DiskQueueOptions } from "./disk/disk-queue.ts";
import type { Logger } from "./logger.ts";

/** What lies between the tally and the sender. */
export interface Queue {
  readonly source: () => BatchSource;
  /** It is time to seal: all of the tally, or (the queue in memory) as soon as a stream takes it. */
  seal(): void;
  /** Requests that left the tally and are not answered for. */
  readonly pending: number;
  /** Of pending: what survives the process. */
  readonly pendingOnDisk: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly recovered: number;
  close(): void;
}

export interface QueueContext {
  readonly tally: Tally;
  readonly drops: Drops;
  readonly ledger: Ledger;
  readonly logger: Logger;
  readonly now: () => number;
  readonly monotonicNow: () => number;
}

/** The queue in memory: sealing is put off until a stream has room, so that what waits merges. */
export function memoryQueue({ tally, drops, ledger, monotonicNow }: QueueContext): Queue {
  let isDue = false;
  const source = new MemorySource({
    seal: () => {
      if (!isDue) return undefined;
      const batch = tally.seal(monotonicNow());
      if (tally.entries === 0) isDue = false;
      return batch;
    },
    hasCounts: () => tally.entries > 0,
    drops,
    ledger,
    monotonicNow,
  });
  return {
    source: () => source,
    seal: () => {
      isDue = tally.entries > 0;
    },
    get pending() {
      return source.pending;
    },
    pendingOnDisk: 0,
    bytes: 0,
    maxBytes: 0,
    recovered: 0,
    close: () => undefined,
  };
}

/** The queue on disk: what is due is written, unless the disk is full or fails; then it waits in the tally, and merges. */
export function diskQueue(options: DiskQueueOptions, context: QueueContext): Queue {
  const { tally, logger, monotonicNow } = context;
  const disk = new DiskQueue(options, context, logger);
  /** Sealed, and could not be written. */
  let unwritten: SealedBatch | undefined;
  const seal = (): void => {
    while (disk.hasRoom) {
      unwritten ??= tally.seal(monotonicNow());
      if (unwritten === undefined) return;
      try {
        disk.append(unwritten);
      } catch (error) {
        logger.warn(`the queue in ${options.directory} cannot be written: ${(error as Error).message}`);
        return;
      }
      unwritten = undefined;
    }
    if (tally.entries > 0) {
      logger.warn(
        `the queue in ${options.directory} is full (${disk.maxBytes} bytes); what is recorded waits in memory`,
      );
    }
  };
  return {
    source: () => disk.source(),
    seal,
    get pending() {
      return disk.pending + (unwritten?.requests ?? 0);
    },
    get pendingOnDisk() {
      return disk.pending;
    },
    get bytes() {
      return disk.bytes;
    },
    maxBytes: disk.maxBytes,
    recovered: disk.recovery.requests,
    close: () => disk.close(),
  };
}
