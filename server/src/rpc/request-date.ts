import { dayOf, type PartialDate, periodOf } from "@count/proto";
import { CountError } from "../domain/count-error.ts";
import { formatDay } from "../domain/day.ts";
import type { Period } from "../totals/totals.ts";

/**
 * The days that a date of a request covers.
 *
 * @param field - the date's name in the request.
 * @throws CountError `invalid` when the date is missing or does not exist.
 */
export function requestedPeriod(field: string, date: PartialDate | undefined): Period {
  return convert(field, date, periodOf);
}

/**
 * The days from one date to another, both included; a partial date means its first day.
 *
 * @throws CountError `invalid` when a date is missing or does not exist, or the start is after the end.
 */
export function requestedRange(startDate: PartialDate | undefined, endDate: PartialDate | undefined): Period {
  const start = convert("start_date", startDate, dayOf);
  const end = convert("end_date", endDate, dayOf);
  if (start > end) {
    throw new CountError("invalid", `start_date ${formatDay(start)} is after end_date ${formatDay(end)}`);
  }
  return { first: start, end: end + 1 };
}

function convert<Result>(
  field: string,
  date: PartialDate | undefined,
  conversion: (date: PartialDate) => Result,
): Result {
  if (date === undefined) throw new CountError("invalid", `${field}: required`);
  try {
    return conversion(date);
  } catch (error) {
    if (error instanceof RangeError) throw new CountError("invalid", `${field}: ${error.message}`, error);
    throw error;
  }
}
