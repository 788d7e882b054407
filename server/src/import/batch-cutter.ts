import type { CountRow } from "@count/client";
import { bucketOf } from "../domain/bucket.ts";
import type { SourcedRequest } from "./sink.ts";

/** What a server takes in one batch. */
const MAX_ROWS = 1_000;
/** Bounds how much of a log waits for one answer, however few different paths it has. */
const MAX_REQUESTS = 5_000;
/** Of the paths of a batch, in bytes; well below the 4 MiB of a gRPC message, whatever the longest path that is allowed. */
const MAX_PATH_BYTES = 524_288;

/** The requests of a batch, and the rows that count them. */
export interface CutBatch {
  readonly requests: readonly SourcedRequest[];
  readonly rows: readonly CountRow[];
}

/**
 * Version of the rule by which {@link BatchCutter} cuts and the parser reads. Whoever changes what becomes of a log changes
 * this: a log that an older version has imported half of would otherwise go on with batches that overlap or leave gaps.
 */
export const CUTTING_VERSION = 1;

/**
 * Cuts the requests of one log into batches, by nothing but the requests and their order: the same log gives the same batches
 * in every run. Rows are in the order in which the log first has them.
 */
export class BatchCutter {
  readonly #service: string;
  #requests: SourcedRequest[] = [];
  #rows = new Map<string, { -readonly [Name in keyof CountRow]: CountRow[Name] }>();
  #pathBytes = 0;

  constructor(service: string) {
    this.#service = service;
  }

  /** How many requests were added and not taken. */
  get length(): number {
    return this.#requests.length;
  }

  /** Adds a request. Returns the batch that is complete without it, if there is one. */
  add(request: SourcedRequest): CutBatch | undefined {
    const bucket = bucketOf(request.seconds);
    const key = `${bucket} ${request.method} ${request.path}`;
    const row = this.#rows.get(key);
    if (row !== undefined && this.#requests.length < MAX_REQUESTS) {
      row.count += 1;
      this.#requests.push(request);
      return undefined;
    }
    const bytes = Buffer.byteLength(request.path);
    const full =
      this.#requests.length >= MAX_REQUESTS ||
      this.#rows.size >= MAX_ROWS ||
      (this.#rows.size > 0 && this.#pathBytes + bytes > MAX_PATH_BYTES);
    const complete = full ? this.take() : undefined;
    this.#rows.set(key, { service: this.#service, method: request.method, path: request.path, bucket, count: 1 });
    this.#pathBytes += bytes;
    this.#requests.push(request);
    return complete;
  }

  /** Takes what was added since the last batch; undefined when that is nothing. */
  take(): CutBatch | undefined {
    if (this.#requests.length === 0) return undefined;
    const batch = { requests: this.#requests, rows: [...this.#rows.values()] };
    this.#requests = [];
    this.#rows = new Map();
    this.#pathBytes = 0;
    return batch;
  }
}
