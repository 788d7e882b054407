import { dayOf, type PartialDate, toDate } from "@count/proto";
import { InvalidArgumentError } from "commander";
import { dayOfMs } from "../domain/day.ts";

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;

/** A date as a user writes it, which `today` (in days since 1970-01-01) makes a date: other time zones have another today. */
export type AskedDate = (today: number) => PartialDate;

/** Reads `2026-11-22`, `2026-11`, `2026`, `today` and `yesterday`. @throws InvalidArgumentError */
export function parsePeriod(text: string): AskedDate {
  if (text === "today") return fullDate;
  if (text === "yesterday") return (today) => fullDate(today - 1);
  const match = DATE.exec(text);
  if (match === null) {
    throw new InvalidArgumentError(
      "It must be a day, month or year like 2026-11-22, 2026-11 or 2026; or today, yesterday.",
    );
  }
  const [, year, month, day] = match;
  // A month or day of 00 would mean the whole year or month on the wire.
  if (month === "00") throw new InvalidArgumentError("month 0 is not 1 to 12.");
  if (day === "00") throw new InvalidArgumentError("day 0 is not a day of a month.");
  const date = { year: Number(year), month: Number(month ?? 0), day: Number(day ?? 0) };
  try {
    dayOf(date);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
  return () => date;
}

/** Reads days only. @throws InvalidArgumentError */
export function parseDay(text: string): AskedDate {
  const asked = parsePeriod(text);
  if (asked(0).day === 0) throw new InvalidArgumentError("It must be a day like 2026-11-22; or today, yesterday.");
  return asked;
}

/** A parser of periods of UTC. @throws InvalidArgumentError */
export function periodParser(now: () => number): (text: string) => PartialDate {
  return (text) => parsePeriod(text)(dayOfMs(now()));
}

/** The full date of a day, in days since 1970-01-01. */
export function fullDate(day: number): PartialDate {
  const { year, month, day: dayOfMonth } = toDate(day);
  return { year, month, day: dayOfMonth };
}

/** `2026-11-22`, `2026-11`, `2026`. */
export function formatPeriod({ year, month, day }: PartialDate): string {
  const parts = [String(year).padStart(4, "0")];
  if (month !== 0) parts.push(String(month).padStart(2, "0"));
  if (day !== 0) parts.push(String(day).padStart(2, "0"));
  return parts.join("-");
}
