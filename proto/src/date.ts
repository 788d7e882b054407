import { create } from "@bufbuild/protobuf";
import { type Date as DateMessage, DateSchema } from "./gen/google/type/date_pb.ts";

const DAY_MS = 86_400_000;

/** The fields of a `google.type.Date`. */
export interface PartialDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * Days since 1970-01-01 of a date; a partial date (day 0, or month and day 0) means its first day.
 *
 * @throws RangeError when the date does not exist in the proleptic Gregorian calendar of the years 1 to 9999, saying
 *   which field is wrong.
 */
export function dayOf(date: PartialDate): number {
  const { year, month, day } = date;
  if (!(Number.isInteger(year) && year >= 1 && year <= 9999)) throw new RangeError(`year ${year} is not 1 to 9999`);
  if (!(Number.isInteger(month) && month >= 0 && month <= 12)) throw new RangeError(`month ${month} is not 1 to 12`);
  if (month === 0 && day !== 0) throw new RangeError(`day ${day} needs a month`);
  const days = month === 0 ? 0 : daysInMonth(year, month);
  if (!(Number.isInteger(day) && day >= 0 && day <= days)) {
    throw new RangeError(`day ${day} is not 1 to ${days} in ${year}-${String(month).padStart(2, "0")}`);
  }
  return utcDay(year, month || 1, day || 1);
}

/**
 * The days that a date covers, as a half-open interval [first, end): one day, or its month or year when it is partial.
 *
 * @throws RangeError as {@link dayOf}.
 */
export function periodOf(date: PartialDate): { readonly first: number; readonly end: number } {
  const first = dayOf(date);
  const { year, month, day } = date;
  if (month === 0) return { first, end: utcDay(year + 1, 1, 1) };
  if (day === 0) return { first, end: first + daysInMonth(year, month) };
  return { first, end: first + 1 };
}

/** The full date of a day: the inverse of {@link dayOf}. `day` is in days since 1970-01-01. */
export function toDate(day: number): DateMessage {
  const date = new Date(day * DAY_MS);
  return create(DateSchema, { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() });
}

function utcDay(year: number, month: number, day: number): number {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999, setUTCFullYear does not.
  return new Date(0).setUTCFullYear(year, month - 1, day) / DAY_MS;
}

function daysInMonth(year: number, month: number): number {
  return utcDay(month === 12 ? year + 1 : year, (month % 12) + 1, 1) - utcDay(year, month, 1);
}
