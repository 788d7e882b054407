const DAY_MS = 86_400_000;

/** The first moment of a UTC day that lies so many days before today. */
export function midnight(daysAgo: number): number {
  return Math.floor(Date.now() / DAY_MS) * DAY_MS - daysAgo * DAY_MS;
}

/** As `count` writes it. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
