/**
 * `@count/client/parts`: what a counter is made of, for `count agent`, which puts it together in another way. Not for
 * applications: unlike the package's main entry it may change with any version.
 */

export { normalizeIds } from "./adapters/core/normalize-ids.ts";
export { type CountRow, encodeCounts } from "./batch/encode-counts.ts";
export { emptyBatch, type SealedBatch } from "./batch/sealed-batch.ts";
export { DROP_REASONS, type DropReason, Drops } from "./counting/drops.ts";
export { MAX_TEXT_BYTES } from "./counting/path.ts";
export { Tally } from "./counting/tally.ts";
export { type DeliverQueueOptions, deliverQueue, type QueueDelivery } from "./deliver-queue.ts";
export { type BatchSource, GIVE_UP_MS, type Greeting } from "./delivery/batch-source.ts";
export { randomClientId } from "./delivery/client-id.ts";
export type { DeliveryOptions } from "./delivery/delivery-options.ts";
export { Ledger } from "./delivery/ledger.ts";
export { readJson, writeJson } from "./disk/atomic-file.ts";
export { DiskQueue } from "./disk/disk-queue.ts";
export type { QueueHooks } from "./disk/life.ts";
export { CLIENT_METRICS, type ClientMetric } from "./statistics.ts";
