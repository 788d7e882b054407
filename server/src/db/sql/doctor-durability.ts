import type { Statement } from "../database.ts";

export interface DoctorDurabilityRow {
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
  /** `on` where a session may only read, by a setting of the server, the database or the role. */
  readonly read_only: string;
  /** A replica, or a server that is being restored. */
  readonly in_recovery: boolean;
}

/** What PostgreSQL does with a commit. CockroachDB has no such settings: it always synchronises. */
export const doctorDurability: Statement = {
  name: "doctor-durability",
  text: `
select current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit, current_setting('transaction_read_only') as read_only,
  pg_is_in_recovery() as in_recovery`,
};
