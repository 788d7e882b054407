import { CountError } from "../domain/count-error.ts";
import { formatDay } from "../domain/day.ts";
import type { Period } from "../totals/totals.ts";

/** The error of a read that found nothing, saying where to look next. */
export function noTotals(
  { first, end }: Period,
  includePending: boolean,
  services: ReadonlySet<string> | undefined,
): CountError {
  const days = end - first === 1 ? `on ${formatDay(first)}` : `between ${formatDay(first)} and ${formatDay(end - 1)}`;
  const hint = includePending
    ? "nothing was counted, pending requests included"
    : "only what was rolled up (CountDailyTotals) is listed, unless include_pending is set";
  const whose = services === undefined ? "" : " of the services that this caller may look at";
  return new CountError("not-found", `no totals ${days}${whose}: ${hint}`);
}
