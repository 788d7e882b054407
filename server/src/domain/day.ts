const DAY_MS = 86_400_000;

/** `2026-11-24` of a day that is counted in days since 1970-01-01 (years 1 to 9999). The inverse of {@link parseDay}. */
export function formatDay(day: number): string {
  // A year before 1000 has its leading zeros in ISO 8601 as well.
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Days since 1970-01-01 of `2026-11-24`, as PostgreSQL and CockroachDB print a DATE. */
export function parseDay(text: string): number {
  return Date.parse(`${text}T00:00:00Z`) / DAY_MS;
}

/** The UTC day of a clock reading in milliseconds since 1970-01-01T00:00:00Z. */
export function dayOfMs(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
