import { type PartialDate, toDate } from "@count/proto";

/**
 * The fewest periods that together are every day from 1 January of a year to yesterday: whole years, then the months of
 * this year, then the days of this month. No day is in two of them, and today is in none.
 *
 * This is what one has to call CountDailyTotals for to close every closed day: `count.v1` has no call that says which days
 * hold something pending, and rolling up a period that holds nothing costs a few probes of an index.
 *
 * @param today - in days since 1970-01-01, UTC.
 * @param sinceYear - 1 to 9999. After this year: no periods.
 * @throws RangeError when `sinceYear` is not a year.
 */
export function closedPeriods(today: number, sinceYear: number): PartialDate[] {
  if (!(Number.isInteger(sinceYear) && sinceYear >= 1 && sinceYear <= 9999)) {
    throw new RangeError(`since year ${sinceYear} is not 1 to 9999`);
  }
  const { year, month, day } = toDate(today);
  if (sinceYear > year) return [];
  return [
    ...range(sinceYear, year).map((closed) => ({ year: closed, month: 0, day: 0 })),
    ...range(1, month).map((closed) => ({ year, month: closed, day: 0 })),
    ...range(1, day).map((closed) => ({ year, month, day: closed })),
  ];
}

/** The whole numbers of [first, end). */
function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, at) => first + at);
}
