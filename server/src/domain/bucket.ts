/**
 * Time is counted in buckets of 15 minutes: `floor(seconds since 1970-01-01T00:00:00Z / 900)`. 96 of them make a UTC day,
 * so a day never depends on the time zone of a process, a session or a database, and every zone in use is a whole number
 * of buckets away from UTC.
 */
export const BUCKET_SECONDS = 900;

/** Buckets in a UTC day. */
export const BUCKETS_PER_DAY = 96;

/** 0001-01-01T00:00:00Z and 10000-01-01T00:00:00Z: what a protobuf Timestamp may hold, and what a DATE column can. */
export const FIRST_SECOND = -62_135_596_800;
export const END_SECOND = 253_402_300_800;

/** The bucket of a time. `seconds` is since 1970-01-01T00:00:00Z, whole; fractions of a second never cross a bucket. */
export function bucketOf(seconds: number): number {
  return Math.floor(seconds / BUCKET_SECONDS);
}

/** Days since 1970-01-01 of a bucket. */
export function dayOfBucket(bucket: number): number {
  return Math.floor(bucket / BUCKETS_PER_DAY);
}

/** Which bucket of its day a bucket is: 0 to 95. */
export function bucketInDay(bucket: number): number {
  return bucket - dayOfBucket(bucket) * BUCKETS_PER_DAY;
}
