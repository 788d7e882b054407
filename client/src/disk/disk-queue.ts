import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SealedBatch } from "../batch/sealed-batch.ts";
import { CountClientError } from "../count-client-error.ts";
import type { BatchSource } from "../delivery/batch-source.ts";
import type { Logger } from "../logger.ts";
import { type FsyncPolicy, Life, type LifeContext, type QueueHooks } from "./life.ts";
import { OwnerLock } from "./owner-lock.ts";
import { firstSequenceOf } from "./segment.ts";

/** A queue on disk, which outlives the process. */
export interface DiskQueueOptions {
  /** Belongs to one process at a time; made when it is missing. */
  readonly directory: string;
  /**
   * Bytes that its files may have together. Default 256 MiB. When it is full, what comes next waits in memory, where it merges
   * and is dropped as `queue_full` or `expired` like without a disk.
   */
  readonly maxBytes?: number;
  /**
   * Every batch, sealed once a second, is given to the operating system before it is sent, so a killed process loses at most what
   * it had not sealed. What a power loss may take: with `batch`, what was not yet written out of the last batch or two;
   * with `interval` (default), about the last second more; with `never`, what the operating system has not written by itself.
   */
  readonly fsync?: FsyncPolicy;
}

/** What an earlier process had left. */
export interface RecoveryReport {
  readonly batches: number;
  readonly requests: number;
  /** Bytes of torn or damaged files that could not be read; the requests in them are lost uncounted. */
  readonly cutBytes: number;
}

const LIFE = /^life-(\d{9})$/;
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

/** The lives of a directory: those that earlier processes left, oldest first, and the one of this process. */
export class DiskQueue {
  readonly maxBytes: number;
  readonly recovery: RecoveryReport;
  readonly #lock: OwnerLock;
  /** Of earlier processes, not finished. */
  readonly #former: Life[] = [];
  readonly #current: Life;

  /** @throws CountClientError `invalid`, or `in-use` when another process owns the directory. */
  constructor(
    options: DiskQueueOptions,
    context: Omit<LifeContext, "fsync" | "segmentBytes" | "onSyncError" | "hooks">,
    logger: Logger,
    hooks?: QueueHooks,
  ) {
    const { directory, maxBytes = DEFAULT_MAX_BYTES, fsync = "interval" } = options;
    if (!(maxBytes >= 65_536)) throw new CountClientError("invalid", `diskQueue.maxBytes ${maxBytes} is below 65536`);
    if (!["batch", "interval", "never"].includes(fsync)) {
      throw new CountClientError("invalid", `diskQueue.fsync ${fsync} is not batch, interval or never`);
    }
    this.maxBytes = maxBytes;
    const lifeContext: LifeContext = {
      ...context,
      ...(hooks === undefined ? {} : { hooks }),
      fsync,
      segmentBytes: Math.min(8 * 1024 * 1024, Math.floor(maxBytes / 8)),
      onSyncError: (error) => logger.warn(`the queue in ${directory} cannot be synced: ${error.message}`),
    };
    try {
      mkdirSync(directory, { recursive: true });
    } catch (error) {
      throw new CountClientError("invalid", `diskQueue.directory ${directory}: ${(error as Error).message}`, error);
    }
    this.#lock = new OwnerLock(directory);
    try {
      const names = readdirSync(directory)
        .filter((name) => LIFE.test(name))
        .sort();
      this.recovery = this.#recover(directory, names, lifeContext, logger);
      const last = Number(LIFE.exec(names.at(-1) ?? "")?.[1] ?? 0);
      this.#current = Life.create(join(directory, `life-${String(last + 1).padStart(9, "0")}`), lifeContext);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** What is to be delivered now. */
  source(): BatchSource {
    for (let oldest = this.#former[0]; oldest !== undefined; oldest = this.#former[0]) {
      if (!oldest.isFinished) return oldest;
      this.#former.shift();
      oldest.close();
    }
    return this.#current;
  }

  get bytes(): number {
    return this.#lives().reduce((sum, life) => sum + life.bytes, 0);
  }

  get hasRoom(): boolean {
    // A batch has little more than 1 MiB at most, and most have a few kilobytes.
    return this.bytes < this.maxBytes;
  }

  /** Requests that are not answered for. */
  get pending(): number {
    return this.#lives().reduce((sum, life) => sum + life.pending, 0);
  }

  /** Batches that are not answered for. */
  get batches(): number {
    return this.#lives().reduce((sum, life) => sum + life.batches, 0);
  }

  get hasWork(): boolean {
    return this.#lives().some((life) => life.hasWork);
  }

  /**
   * @param note What hooks want back with the batch at recovery.
   * @throws What the file system throws; nothing is appended then.
   */
  append(batch: SealedBatch, note?: Uint8Array): void {
    this.#current.append(batch, note);
  }

  /**
   * Makes what was appended survive a power loss, and lets it be delivered. Only with hooks; without them batches are delivered
   * as they come.
   *
   * @throws What the file system throws. What was appended since the last commit may or may not survive then.
   */
  commit(): Promise<void> {
    return this.#current.commit();
  }

  close(): void {
    for (const life of this.#lives()) life.close();
    this.#former.length = 0;
    this.#lock.release();
  }

  #lives(): Life[] {
    return [...this.#former, this.#current];
  }

  #recover(directory: string, names: readonly string[], context: LifeContext, logger: Logger): RecoveryReport {
    const report = { batches: 0, requests: 0, cutBytes: 0 };
    for (const name of names) {
      const path = join(directory, name);
      const recovered = Life.recover(path, context);
      if (recovered === undefined) {
        // The identity is durable before the first batch: without batches this was a process killed at its start.
        if (readdirSync(path).some((file) => firstSequenceOf(file) !== undefined)) {
          logger.warn(`${path} has batches and no readable identity.json; it is left as it is, and not delivered`);
        } else rmSync(path, { recursive: true, force: true });
        continue;
      }
      const { life, recovery } = recovered;
      report.batches += recovery.batches;
      report.requests += recovery.requests;
      report.cutBytes += recovery.cutBytes;
      if (recovery.cutBytes > 0) {
        logger.warn(
          `${path}: ${recovery.cutBytes} bytes at the end were torn or damaged and are lost; ${recovery.batches} batches with ${recovery.requests} requests are delivered`,
        );
      }
      if (life.isFinished) life.close();
      else this.#former.push(life);
    }
    return report;
  }
}
