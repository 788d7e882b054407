import { of, sumOfRates } from "../expressions.ts";
import type { RowPlan } from "../layout.ts";

export const EXACTNESS: RowPlan = {
  title: "Exactness: what is not counted as it came",
  panels: [
    {
      title: "Refused",
      about: "Requests that are not counted; their senders were told why.",
      unit: "reqps",
      lines: [[sumOfRates(of("count_requests_refused_total"), "reason"), "{{reason}}"]],
    },
    {
      title: "Dropped by senders",
      about: "Requests that were lost before they reached a server, as agents and clients say.",
      unit: "reqps",
      lines: [[sumOfRates(of("count_requests_dropped_by_senders_total")), "dropped"]],
    },
    {
      title: "Counted under (overflow)",
      about: "There are more paths or services than the limit.",
      unit: "reqps",
      lines: [[sumOfRates(of("count_requests_overflowed_total"), "limit"), "{{limit}}"]],
    },
    {
      title: "In flushes that failed",
      about: "Requests whose senders were told to send them again.",
      unit: "reqps",
      lines: [[sumOfRates(of("count_flush_failed_requests_total")), "requests"]],
    },
    {
      title: "Batches that came again",
      about: "Batches that were taken already and were not counted twice: connections broke.",
      unit: "cps",
      lines: [[sumOfRates(of("count_record_batches_resent_total")), "batches"]],
    },
    {
      title: "Cursor conflicts",
      about: "Flushes that another server was ahead of, or whose COMMIT had no answer.",
      unit: "cps",
      lines: [[sumOfRates(of("count_flush_cursor_conflicts_total")), "conflicts"]],
    },
  ],
};
