/** Times as a time zone has them. */

const formats = new Map<string, Intl.DateTimeFormat>();
/** Zones that are remembered: there are some 600 names. */
const MAX_FORMATS = 1_000;

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    if (formats.size >= MAX_FORMATS) formats.clear();
    format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
    formats.set(timeZone, format);
  }
  return format;
}

/** Whether it is a name of the IANA database: offsets such as `+01:00` are none, whatever Intl takes. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][\w+\-/]{0,63}$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** `2026-11-24` in a time zone. `ms` is since 1970-01-01T00:00:00Z, of the years 1 to 9999. */
export function civilDate(ms: number, timeZone: string): string {
  return civilTime(ms, timeZone).slice(0, 10);
}

/** `2026-11-24T13:15:00+01:00` in a time zone, with the offset that it has then; `Z` for UTC. */
export function civilTime(ms: number, timeZone: string): string {
  if (timeZone === "UTC") return `${iso(ms)}Z`;
  const name = formatOf(timeZone)
    .formatToParts(ms)
    .find(({ type }) => type === "timeZoneName");
  // GMT, GMT+01:00, GMT-03:30; before there was standard time also with seconds, which ISO 8601 does not know.
  const [, sign = "+", hours = "00", minutes = "00", seconds = "00"] =
    /([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name?.value ?? "") ?? [];
  const offset = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  // Intl writes old dates by the Julian calendar, Date by the Gregorian one, as count.v1 does.
  return `${iso(ms + (sign === "-" ? -offset : offset) * 1_000)}${sign}${hours}:${minutes}`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}
