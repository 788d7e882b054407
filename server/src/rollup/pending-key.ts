/** The primary key of a row of `count.pending`, and how much the row holds. */
export interface PendingKey {
  readonly shard: number;
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly id: string;
  /** Length of each of its arrays. */
  readonly entries: number;
}

/**
 * Cuts keys into runs that hold at most `maxEntries` entries each. A row that alone holds more is a run of its own: a row
 * is the least that can be folded.
 */
export function cutByEntries(keys: readonly PendingKey[], maxEntries: number): PendingKey[][] {
  const runs: PendingKey[][] = [];
  let room = 0;
  for (const key of keys) {
    const run = runs.at(-1);
    if (run === undefined || key.entries > room) {
      runs.push([key]);
      room = maxEntries - key.entries;
    } else {
      run.push(key);
      room -= key.entries;
    }
  }
  return runs;
}
