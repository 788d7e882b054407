import type { Database } from "../db/database.ts";
import { type DoctorClockRow, doctorClock } from "../db/sql/doctor-clock.ts";
import { type Finding, ok, warning, wrong } from "./finding.ts";

/** A clock that is kept by NTP is off by milliseconds; a second says that nobody keeps it. */
const WARN_MS = 1_000;
/** Requests further ahead than this are refused by default, and yesterday begins at another time. */
const WRONG_MS = 60_000;
const NEXT =
  "Have NTP or chrony keep both clocks; `timedatectl` says whether it does. A clock that is behind makes a server refuse " +
  "timestamps of right clocks (timestamp_ahead).";

/**
 * This machine's clock against the database's. The answer was written somewhere between sending and receiving, so the
 * difference is known give or take half of that.
 */
export async function checkClock(
  database: Pick<Database, "run">,
  now: () => number,
  signal: AbortSignal,
): Promise<Finding[]> {
  // The first time makes the connection.
  await database.run<DoctorClockRow>(doctorClock, [], { signal });
  const sentAt = performance.now();
  const sent = now();
  const [row] = await database.run<DoctorClockRow>(doctorClock, [], { signal });
  const roundTripMs = performance.now() - sentAt;
  if (row === undefined) return [];
  return [judge(sent + roundTripMs / 2 - Number(row.now_ms), Math.ceil(roundTripMs / 2))];
}

function judge(offsetMs: number, errorMs: number): Finding {
  const size = Math.max(0, Math.abs(offsetMs) - errorMs);
  const off = `this machine's clock is ${seconds(Math.abs(offsetMs))} ${offsetMs > 0 ? "ahead of" : "behind"} the database's`;
  if (size >= WRONG_MS) return wrong("clock.offset", off, NEXT);
  if (size >= WARN_MS) return warning("clock.offset", off, NEXT);
  return ok("clock.offset", `this machine's clock and the database's differ by less than ${seconds(WARN_MS)}`);
}

function seconds(ms: number): string {
  return ms === WARN_MS ? "1 s" : `${(ms / 1_000).toFixed(1)} s`;
}
