const MONTHS = 12;
const DAY_MS = 86_400_000;

/** UTC months by number: twelve times the year and 0 to 11. @param day days since 1970-01-01 */
export function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return date.getUTCFullYear() * MONTHS + date.getUTCMonth();
}

/** The first day of a month, in days since 1970-01-01. */
export function firstDayOfMonth(month: number): number {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999, setUTCFullYear does not.
  return new Date(0).setUTCFullYear(Math.floor(month / MONTHS), month % MONTHS, 1) / DAY_MS;
}
