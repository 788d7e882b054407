/**
 * `shard` of a row of `count.pending` is 0 to 15 (see `migrations/0002_pending.sql`). Who looks for pending rows names every
 * shard, so that the primary key leads to them.
 */
export const PENDING_SHARDS: readonly number[] = Array.from({ length: 16 }, (_, shard) => shard);
