import type { Statement } from "../database.ts";

export interface DoctorRetentionRow {
  /** The first day that has quarters, in days since 1970-01-01. Null: none has. */
  readonly first_buckets: bigint | null;
  /** The first day that has totals. Null: none has. */
  readonly first_total: bigint | null;
}

/** The oldest that is there: two probes of primary keys. */
export const doctorRetention: Statement = {
  name: "doctor-retention",
  text: `
select (select min(day) - date '1970-01-01' from count.bucket_counts)::bigint as first_buckets,
  (select min(day) - date '1970-01-01' from count.daily_method_totals)::bigint as first_total`,
};
