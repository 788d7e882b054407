import type { Statement } from "../database.ts";

export interface DoctorClockRow {
  /** Milliseconds since 1970-01-01T00:00:00Z, by the database's clock. */
  readonly now_ms: bigint;
}

export const doctorClock: Statement = {
  name: "doctor-clock",
  text: "select (extract(epoch from clock_timestamp()) * 1000)::bigint as now_ms",
};
