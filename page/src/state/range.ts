import type { Granularity, Preset, View } from "./view.ts";

const DAY_MS = 86_400_000;
const DAYS: Readonly<Record<Exclude<Preset, "12m">, number>> = { today: 1, "7d": 7, "30d": 30, "90d": 90 };

/** The first and the last day of a view, `2026-11-01`. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/** Today, in a time zone. */
export function today(timeZone: string, nowMs: number): string {
  try {
    // Sweden writes dates as ISO 8601 does.
    return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(nowMs);
  } catch {
    return new Date(nowMs).toISOString().slice(0, 10);
  }
}

export function daysOf(view: Pick<View, "range" | "from" | "to" | "timeZone">, nowMs: number): Days {
  if (view.range === "custom") return { from: view.from, to: view.to };
  const to = today(view.timeZone, nowMs);
  if (view.range === "12m") {
    const [year, month] = to.split("-").map(Number) as [number, number];
    return { from: new Date(Date.UTC(year, month - 12, 1)).toISOString().slice(0, 10), to };
  }
  return { from: addDays(to, 1 - DAYS[view.range]), to };
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days these are, both included. */
export function lengthOf({ from, to }: Days): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS) + 1;
}

/** The longest range in days that is cut so: more periods than these are no chart any more. */
export const MAX_DAYS: Readonly<Record<Granularity, number>> = {
  quarter_hour: 3,
  hour: 14,
  day: 400,
  week: 2_800,
  month: 36_600,
};

/** How a range is cut when nobody says how, or in a way that does not suit it. */
export function granularityOf(view: View, days: Days): Granularity {
  const length = lengthOf(days);
  if (view.granularity !== "auto" && length <= MAX_DAYS[view.granularity]) return view.granularity;
  if (length <= 2) return "hour";
  if (length <= 100) return "day";
  return length <= 300 ? "week" : "month";
}
