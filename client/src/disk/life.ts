import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { emptyBatch, type SealedBatch } from "../batch/sealed-batch.ts";
import type { Drops } from "../counting/drops.ts";
import { type BatchSource, GIVE_UP_MS, type Greeting } from "../delivery/batch-source.ts";
import { randomClientId } from "../delivery/client-id.ts";
import type { Ledger, RefusedByReason } from "../delivery/ledger.ts";
import { readJson, syncDirectory, writeJson } from "./atomic-file.ts";
import { decodeBody, encodeRecord, type RecordPlace, scanSegment } from "./record-file.ts";
import { firstSequenceOf, Segment } from "./segment.ts";

/** When what was appended is made to survive a power loss. */
export type FsyncPolicy = "batch" | "interval" | "never";

/**
 * For an owner that answers others for what it appends: it gets back what it noted, and decides when batches may be delivered.
 */
export interface QueueHooks {
  /** Called at recovery with the note of each batch that is still on disk, delivered or not, in the order of appending. */
  readonly onNote: (note: Uint8Array, sealedAtMs: number) => void;
  /**
   * Called before files with delivered batches go: what was noted in them is known to nobody else afterwards. False keeps them
   * for now. Must not throw.
   */
  readonly beforeRemoval: () => boolean;
}

export interface LifeContext {
  readonly drops: Drops;
  readonly ledger: Ledger;
  readonly fsync: FsyncPolicy;
  readonly segmentBytes: number;
  /** Wall clock, for what another process will read. */
  readonly now: () => number;
  /** A clock that never jumps, for age. */
  readonly monotonicNow: () => number;
  readonly onSyncError: (error: Error) => void;
  /** With them nothing is delivered that was not committed. */
  readonly hooks?: QueueHooks;
}

/** What a life left by an earlier process turned out to hold. */
export interface LifeRecovery {
  readonly batches: number;
  readonly requests: number;
  /** Bytes that could not be read: a torn tail, or damage. */
  readonly cutBytes: number;
}

interface Entry {
  readonly segment: Segment;
  readonly place: RecordPlace;
  /** When it was sealed, on the monotonic clock. */
  readonly sinceMs: number;
}

interface Identity {
  readonly clientId: string;
  /** The number of a batch is its sequence number less this. */
  readonly base: number;
}

const SYNC_EVERY_MS = 1_000;
const PROGRESS_EVERY_MS = 1_000;

/**
 * What one process put into the queue: a folder of segments, under a client id of its own.
 *
 * A process never adds to what another has left, it starts a life of its own. So a number is never used twice, not even
 * when a power loss took batches from the end of a file that had been sent already: nothing new gets their numbers. The rest is
 * sent under the client id and the numbers that it had, and what the server has of it is not counted again.
 *
 * Batches have sequence numbers on disk; when the server has forgotten the client id, the life takes another, and `base` moves the
 * numbers, which is on disk (fsync) before the first of them is sent.
 */
export class Life implements BatchSource {
  readonly refusedBefore: RefusedByReason;
  readonly #directory: string;
  readonly #context: LifeContext;
  readonly #isCurrent: boolean;
  #identity: Identity;
  #clientId: Uint8Array;
  #droppedBefore = 0;
  readonly #segments: Segment[];
  /** Not answered for: sequence numbers #first and up. Undefined: lost to damage, or given up. */
  readonly #entries: (Entry | undefined)[];
  #first: number;
  /** The last sequence number that may be delivered. */
  #deliverable: number;
  #syncTimer: NodeJS.Timeout | undefined;
  #progressAtMs = 0;

  private constructor(
    directory: string,
    context: LifeContext,
    state: {
      readonly isCurrent: boolean;
      readonly identity: Identity;
      readonly first: number;
      readonly segments: Segment[];
      readonly entries: (Entry | undefined)[];
      readonly refusedBefore: RefusedByReason;
    },
  ) {
    this.#directory = directory;
    this.#context = context;
    this.#isCurrent = state.isCurrent;
    this.#identity = state.identity;
    this.#clientId = Buffer.from(state.identity.clientId, "hex");
    this.#first = state.first;
    this.#segments = state.segments;
    this.#entries = state.entries;
    this.refusedBefore = state.refusedBefore;
    this.#deliverable = state.isCurrent && context.hooks !== undefined ? 0 : Number.POSITIVE_INFINITY;
  }

  /** A new life. @throws What the file system throws. */
  static create(directory: string, context: LifeContext): Life {
    mkdirSync(directory);
    const identity = { clientId: Buffer.from(randomClientId()).toString("hex"), base: 0 };
    writeJson(join(directory, "identity.json"), identity, true);
    return new Life(directory, context, {
      isCurrent: true,
      identity,
      first: 1,
      segments: [],
      entries: [],
      refusedBefore: {},
    });
  }

  /** The life that another process left; undefined when its identity cannot be read, and so nothing of it can be sent. */
  static recover(directory: string, context: LifeContext): { life: Life; recovery: LifeRecovery } | undefined {
    const identity = parseIdentity(readJson(join(directory, "identity.json")));
    if (identity === undefined) return undefined;
    const { acknowledged, refused } = parseProgress(readJson(join(directory, "progress.json")), identity.clientId);
    const { now, monotonicNow } = context;
    const firsts = readdirSync(directory)
      .flatMap((name) => firstSequenceOf(name) ?? [])
      .sort((a, b) => a - b);
    // Segments go only when all of them is answered for, so nothing is missing before the first that is there.
    const first = Math.max(acknowledged + 1, firsts[0] ?? 1);
    const segments: Segment[] = [];
    const entries: (Entry | undefined)[] = [];
    let cutBytes = 0;
    for (const firstSequence of firsts) {
      const segment = new Segment(directory, firstSequence);
      // What a killed process had written is read from memory: the owner must not answer for it before it is on disk.
      if (context.hooks !== undefined) segment.syncNow();
      const scan = scanSegment(segment.path, context.hooks?.onNote ?? (() => undefined));
      cutBytes += scan.cutBytes;
      for (const [sequence, place] of scan.places) {
        segment.lastSequence = Math.max(segment.lastSequence, sequence);
        if (sequence < first) continue;
        while (entries.length <= sequence - first) entries.push(undefined);
        const sinceMs = monotonicNow() - Math.max(0, now() - place.sealedAtMs);
        entries[sequence - first] = { segment, place, sinceMs };
      }
      segments.push(segment);
    }
    const life = new Life(directory, context, {
      isCurrent: false,
      identity,
      first,
      segments,
      entries,
      refusedBefore: refused,
    });
    return { life, recovery: { batches: entries.filter(Boolean).length, requests: life.pending, cutBytes } };
  }

  get clientId(): Uint8Array {
    return this.#clientId;
  }

  get acknowledgedNumber(): number {
    return this.#first - 1 - this.#identity.base;
  }

  get droppedBefore(): number {
    return this.#droppedBefore;
  }

  get hasWork(): boolean {
    return this.#entries.length > 0;
  }

  get isFinished(): boolean {
    return !this.#isCurrent && this.#entries.length === 0;
  }

  /** Requests that are not answered for. */
  get pending(): number {
    return this.#entries.reduce((sum, entry) => sum + (entry?.place.requests ?? 0), 0);
  }

  /** Batches that are not answered for. */
  get batches(): number {
    return this.#entries.length;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Appends a batch. @throws What the file system throws; nothing is appended then. */
  append(batch: SealedBatch, note?: Uint8Array): void {
    const { now, monotonicNow, segmentBytes, fsync, hooks } = this.#context;
    const sequence = this.#first + this.#entries.length;
    let segment = this.#segments.at(-1);
    if (segment === undefined || segment.bytes >= segmentBytes) {
      if (hooks === undefined) segment?.sync(this.#context.onSyncError);
      segment = new Segment(this.#directory, sequence);
      this.#segments.push(segment);
      if (fsync !== "never") syncDirectory(this.#directory);
    }
    const sealedAtMs = now();
    const record = encodeRecord(sequence, batch, sealedAtMs, note);
    const offset = segment.append(sequence, record);
    const { requests, dropped } = batch;
    const place = { offset, length: record.length, requests, dropped, sealedAtMs };
    this.#entries.push({ segment, place, sinceMs: monotonicNow() });
    if (hooks !== undefined) return;
    if (fsync === "batch") segment.sync(this.#context.onSyncError);
    else if (fsync === "interval") this.#syncSoon();
  }

  /** Makes what was appended survive a power loss, then lets it be delivered. @throws What the file system throws. */
  async commit(): Promise<void> {
    const last = this.#first + this.#entries.length - 1;
    await Promise.all(this.#segments.map((segment) => segment.synced()));
    this.#deliverable = Math.max(this.#deliverable, last);
  }

  batch(number: number): SealedBatch | undefined {
    const at = number - this.acknowledgedNumber - 1;
    if (at >= this.#entries.length || this.#first + at > this.#deliverable) return undefined;
    const entry = this.#entries[at];
    if (entry === undefined) return emptyBatch(0, 0);
    const { segment, place } = entry;
    const body = decodeBody(segment.read(place.offset, place.length));
    if (body === undefined) {
      this.#giveUp(at, "disk_damaged");
      return emptyBatch(0, 0);
    }
    return { body, requests: place.requests, dropped: place.dropped, sealedAtMs: place.sealedAtMs };
  }

  greet(lastNumber: number): Greeting {
    const known = this.acknowledgedNumber + this.#entries.length;
    if (lastNumber < this.acknowledgedNumber) {
      return this.#renew(`it had acknowledged batch ${this.acknowledgedNumber}, and now knows ${lastNumber}`);
    }
    if (lastNumber > known && this.#isCurrent) {
      return this.#renew(`it knows batch ${lastNumber}, and only ${known} were sealed`);
    }
    this.acknowledge(lastNumber);
    this.#giveUpOld();
    return { next: "stream" };
  }

  acknowledge(lastNumber: number): void {
    const count = lastNumber - this.acknowledgedNumber;
    for (const entry of this.#entries.splice(0, count)) {
      this.#context.ledger.acknowledged += entry?.place.requests ?? 0;
    }
    this.#first += count;
    for (let segment = this.#segments[0]; segment !== undefined; segment = this.#segments[0]) {
      const isActive = this.#isCurrent && this.#segments.length === 1 && segment.bytes < this.#context.segmentBytes / 2;
      if (segment.lastSequence >= this.#first || isActive) break;
      if (this.#context.hooks?.beforeRemoval() === false) break;
      this.#segments.shift();
      segment.remove();
    }
    if (count > 0) this.#noteProgress(false);
  }

  /** Closes the files. What is not answered for stays; a life that has nothing left is removed. */
  close(): void {
    clearTimeout(this.#syncTimer);
    const isEmpty = this.#entries.length === 0;
    for (const segment of this.#segments) segment.close({ sync: this.#context.fsync !== "never" && !isEmpty });
    if (isEmpty && this.#context.hooks?.beforeRemoval() !== false) {
      rmSync(this.#directory, { recursive: true, force: true });
    } else this.#noteProgress(true);
  }

  #renew(because: string): Greeting {
    this.#giveUpOld();
    const clientId = randomClientId();
    const base = this.#first - 1;
    const identity = { clientId: Buffer.from(clientId).toString("hex"), base };
    writeJson(join(this.#directory, "identity.json"), identity, true);
    this.#identity = identity;
    this.#clientId = clientId;
    this.#droppedBefore = this.#entries[0]?.place.dropped ?? this.#context.drops.total;
    return { next: "hello", because };
  }

  #giveUpOld(): void {
    const beforeMs = this.#context.monotonicNow() - GIVE_UP_MS;
    for (let at = 0; at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      if (entry !== undefined && entry.sinceMs < beforeMs) this.#giveUp(at, "expired");
    }
  }

  #giveUp(at: number, reason: "expired" | "disk_damaged"): void {
    this.#context.drops.add(reason, this.#entries[at]?.place.requests ?? 0);
    this.#entries[at] = undefined;
  }

  #syncSoon(): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      this.#segments.at(-1)?.sync(this.#context.onSyncError);
    }, SYNC_EVERY_MS).unref();
  }

  /** Spares the next process from asking for what is answered for. Losing it is harmless. */
  #noteProgress(isLast: boolean): void {
    const now = this.#context.monotonicNow();
    if (!isLast && now - this.#progressAtMs < PROGRESS_EVERY_MS) return;
    this.#progressAtMs = now;
    const { clientId } = this.#identity;
    const progress = { clientId, acknowledged: this.#first - 1, refused: this.#context.ledger.currentTotals() };
    try {
      writeJson(join(this.#directory, "progress.json"), progress, false);
    } catch {
      // Harmless, see above; the queue's own writes tell of a disk that fails.
    }
  }
}

function parseIdentity(value: unknown): Identity | undefined {
  const { clientId, base } = (value ?? {}) as Partial<Identity>;
  if (typeof clientId !== "string" || !/^[0-9a-f]{32}$/.test(clientId)) return undefined;
  return Number.isSafeInteger(base) ? { clientId, base: base! } : undefined;
}

function parseProgress(value: unknown, clientId: string): { acknowledged: number; refused: RefusedByReason } {
  const progress = (value ?? {}) as { clientId?: unknown; acknowledged?: unknown; refused?: unknown };
  const acknowledged = Number.isSafeInteger(progress.acknowledged) ? (progress.acknowledged as number) : 0;
  const isSame = progress.clientId === clientId && typeof progress.refused === "object" && progress.refused !== null;
  return { acknowledged, refused: isSame ? (progress.refused as RefusedByReason) : {} };
}
