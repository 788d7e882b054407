import { type PartialDate, periodOf } from "@count/proto";
import { END_SECOND, FIRST_SECOND } from "../domain/bucket.ts";

/** A day, a month, a year; or a moment in seconds since 1970-01-01T00:00:00Z. */
export type When = { readonly date: PartialDate } | { readonly seconds: number };

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:(?:00|15|30|45)(?::00(?:\.0+)?)?Z$/;

/** `2026`, `2026-11`, `2026-11-24`, `2026-11-24T13:15:00Z`; undefined for what is none of them, or does not exist. */
export function parseWhen(text: string): When | undefined {
  if (TIME.test(text)) return parseTime(text);
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [match[1], match[2], match[3]].map((part) => (part === undefined ? 0 : Number(part)));
  // Zero is how a partial date is told; "00" is no month.
  if ((match[2] !== undefined && month === 0) || (match[3] !== undefined && day === 0)) return undefined;
  const date = { year: year ?? 0, month: month ?? 0, day: day ?? 0 };
  try {
    periodOf(date);
    return { date };
  } catch {
    return undefined;
  }
}

function parseTime(text: string): When | undefined {
  const date = parseWhen(text.slice(0, 10));
  const seconds = Date.parse(text) / 1_000;
  // 24:00 is a time for Date.parse, and the 31st of June the 1st of July for some.
  if (date === undefined || Number.isNaN(seconds) || text.slice(11, 13) > "23") return undefined;
  return seconds >= FIRST_SECOND && seconds < END_SECOND ? { seconds } : undefined;
}
