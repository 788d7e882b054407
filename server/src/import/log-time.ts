import { END_SECOND, FIRST_SECOND } from "../domain/bucket.ts";

/** Length of `17/May/2015:10:05:03 +0000`, the time of Apache's `%t` and nginx's `$time_local` without its brackets. */
export const LOG_TIME_BYTES = 26;

const SLASH = 0x2f;
const COLON = 0x3a;
const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;

/** Both servers write English names whatever the locale. */
const MONTHS: ReadonlyMap<number, number> = new Map(
  ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].map((name, index) => [
    (name.charCodeAt(0) << 16) | (name.charCodeAt(1) << 8) | name.charCodeAt(2),
    index + 1,
  ]),
);
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Seconds since 1970-01-01T00:00:00Z of the time at `at`, or undefined when there is no such time. A leap second (`:60`)
 * counts as the second before it, which is of the same day.
 *
 * @param at where the {@link LOG_TIME_BYTES} bytes begin; all of them must be inside the buffer.
 */
export function parseLogTime(bytes: Buffer, at: number): number | undefined {
  if (bytes[at + 2] !== SLASH || bytes[at + 6] !== SLASH || bytes[at + 11] !== COLON) return undefined;
  if (bytes[at + 14] !== COLON || bytes[at + 17] !== COLON || bytes[at + 20] !== SPACE) return undefined;
  const sign = bytes[at + 21];
  if (sign !== PLUS && sign !== MINUS) return undefined;
  const month = MONTHS.get((bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!);
  if (month === undefined) return undefined;

  const day = twoDigits(bytes, at);
  const year = twoDigits(bytes, at + 7) * 100 + twoDigits(bytes, at + 9);
  const hour = twoDigits(bytes, at + 12);
  const minute = twoDigits(bytes, at + 15);
  const second = twoDigits(bytes, at + 18);
  const offsetHours = twoDigits(bytes, at + 22);
  const offsetMinutes = twoDigits(bytes, at + 24);
  // A NaN, of what is no digit, fails each comparison; so they say what is right and not what is wrong.
  const real = day >= 1 && day <= daysInMonth(year, month) && year >= 1 && hour <= 23 && minute <= 59 && second <= 60;
  // The greatest offset ever in use is below 16 hours.
  if (!(real && offsetHours <= 15 && offsetMinutes <= 59)) return undefined;

  const local = daysSinceEpoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + Math.min(second, 59);
  const offset = offsetHours * 3_600 + offsetMinutes * 60;
  const seconds = sign === PLUS ? local - offset : local + offset;
  return seconds >= FIRST_SECOND && seconds < END_SECOND ? seconds : undefined;
}

/** The number of two digits, or NaN. */
function twoDigits(bytes: Buffer, at: number): number {
  const tens = bytes[at]! - 0x30;
  const ones = bytes[at + 1]! - 0x30;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function daysInMonth(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return leap ? 29 : DAYS_IN_MONTH[month - 1]!;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar; Howard Hinnant's `days_from_civil` for years from 1. No Date is made. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  // Years begin in March, so that the leap day is the last of its year.
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
