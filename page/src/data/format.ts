import type { JsonCount } from "./answer.ts";

/** Numbers and times as the reader's browser writes them. */

const whole = new Intl.NumberFormat();
const compact = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const DECIMAL = { minimumFractionDigits: 1, maximumFractionDigits: 1 } as const;
const percent = new Intl.NumberFormat(undefined, { style: "percent", ...DECIMAL });
const signed = new Intl.NumberFormat(undefined, { style: "percent", ...DECIMAL, signDisplay: "exceptZero" });

/** All digits, also beyond 2^53. */
export function formatCount(count: JsonCount): string {
  return whole.format(typeof count === "number" ? count : BigInt(count));
}

export function formatCompact(count: number): string {
  return compact.format(count);
}

/** A part of a whole, 0 to 1. */
export function formatShare(part: number, all: number): string {
  if (all === 0) return "–";
  // What is there is not nothing.
  return part > 0 && part / all < 0.0005 ? `<${percent.format(0.001)}` : percent.format(part / all);
}

/** From one count to another. */
export function formatChange(before: number, now: number): string {
  if (before === now) return "±0%";
  if (before === 0) return "new";
  const change = now / before - 1;
  // +123,400 % says less than ×1,235.
  return change >= 9.995 ? `×${whole.format(Math.round(now / before))}` : signed.format(change).replace("-", "−");
}

export function formatDay(day: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" }).format(
    Date.parse(`${day}T00:00:00Z`),
  );
}

export function formatTime(ms: number): string {
  return new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }).format(ms);
}

const OPTIONS: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  quarter_hour: { weekday: "short", hour: "2-digit", minute: "2-digit" },
  hour: { weekday: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short" },
  week: { day: "numeric", month: "short" },
  month: { month: "short", year: "numeric" },
};

const LONG: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  quarter_hour: { dateStyle: "medium", timeStyle: "short" },
  hour: { dateStyle: "medium", timeStyle: "short" },
  day: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  week: { day: "numeric", month: "short", year: "numeric" },
  month: { month: "long", year: "numeric" },
};

/** The name of a period, short for an axis or in full. `start` is its first moment in UTC. */
export function formatPeriod(start: string, granularity: string, timeZone: string, how: "short" | "long"): string {
  const options = (how === "short" ? OPTIONS : LONG)[granularity] ?? LONG["day"];
  const text = new Intl.DateTimeFormat(undefined, { ...options, timeZone }).format(Date.parse(start));
  return granularity === "week" && how === "long" ? `Week of ${text}` : text;
}
