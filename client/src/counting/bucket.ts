/** Length of a bucket in milliseconds: 15 minutes, as the protocol counts time. */
export const BUCKET_MS = 900_000;

/** 0001-01-01T00:00:00Z and 10000-01-01T00:00:00Z in milliseconds: what a server takes for a time. */
const FIRST_MS = -62_135_596_800_000;
const END_MS = 253_402_300_800_000;

/** The bucket of a clock reading in milliseconds since 1970-01-01T00:00:00Z: whole 15-minute intervals, rounded down. */
export function bucketOfMs(ms: number): number {
  return Math.floor(ms / BUCKET_MS);
}

/** Whether a value is a time that a server could store. */
export function isStorableTime(ms: unknown): ms is number {
  return typeof ms === "number" && ms >= FIRST_MS && ms < END_MS;
}
