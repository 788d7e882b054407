import { of, quantile, sumOfRates } from "../expressions.ts";
import type { RowPlan } from "../layout.ts";

const mean = (sum: string, count: string) => `${sumOfRates(sum)} / ${sumOfRates(count)}`;

export const INGEST: RowPlan = {
  title: "Ingest",
  panels: [
    {
      title: "Time of a flush",
      about: "From its first statement to its commit: what the database takes.",
      unit: "s",
      lines: [
        [quantile(0.5, of("count_flush_seconds_bucket")), "half"],
        [quantile(0.99, of("count_flush_seconds_bucket")), "99 %"],
      ],
    },
    {
      title: "In a flush",
      about: "Requests, and different counts. When both are alike, nothing adds up: paths are not templates.",
      unit: "short",
      lines: [
        [mean(of("count_flush_requests_sum"), of("count_flush_requests_count")), "requests"],
        [mean(of("count_flush_keys_sum"), of("count_flush_keys_count")), "different"],
      ],
    },
    {
      title: "Flushes",
      about: "Those that were committed, and those that were given up.",
      unit: "cps",
      lines: [
        [sumOfRates(of("count_flush_seconds_count")), "committed"],
        [sumOfRates(of("count_flush_failures_total")), "given up"],
      ],
    },
    {
      title: "Waiting for the next flush",
      about: "Of what may wait. At the top streams are not read, and HTTP/2 stops the senders.",
      unit: "percentunit",
      bad: 1,
      lines: [[`${of("count_ingest_waiting_counts")} / ${of("count_ingest_waiting_counts_max")}`, "{{instance}}"]],
    },
    {
      title: "Full",
      about: "Servers that do not read because they are full.",
      unit: "short",
      bad: 1,
      lines: [[`sum(${of("count_full")})`, "full"]],
    },
    {
      title: "Since the last flush",
      about: "A server without traffic has none.",
      unit: "s",
      lines: [[`time() - ${of("count_flush_last_success_timestamp_seconds")}`, "{{instance}}"]],
    },
  ],
};
