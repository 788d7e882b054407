import { of, sumOfRates } from "../expressions.ts";
import type { RowPlan } from "../layout.ts";

export const ROLLUP: RowPlan = {
  title: "Roll-up and retention",
  panels: [
    {
      title: "Overdue",
      about: "How long days that are over have waited for somebody to roll them up.",
      type: "stat",
      unit: "s",
      bad: 93_600,
      lines: [[`max(${of("count_rollup_overdue_seconds")})`, "overdue"]],
    },
    {
      title: "Lag",
      about: "Since the end of the oldest day with something pending; late arrivals and imports show here.",
      unit: "s",
      lines: [[`max(${of("count_rollup_lag_seconds")})`, "lag"]],
    },
    {
      title: "Since the last roll-up",
      about: "By the server that did it last.",
      type: "stat",
      unit: "s",
      lines: [[`time() - max(${of("count_rollup_last_success_timestamp_seconds")})`, "ago"]],
    },
    {
      title: "Rows and entries folded",
      about: "An entry is a (method, 15 minutes) of a pending row.",
      unit: "cps",
      lines: [
        [sumOfRates(of("count_rollup_rows_total")), "rows"],
        [sumOfRates(of("count_rollup_entries_total")), "entries"],
      ],
    },
    {
      title: "Steps and totals",
      about: "Transactions, and the daily totals that they wrote.",
      unit: "cps",
      lines: [
        [sumOfRates(of("count_rollup_steps_total")), "steps"],
        [sumOfRates(of("count_rollup_totals_total")), "totals"],
      ],
    },
    {
      title: "Rows removed",
      about: "What is older than it is kept: 15-minute counts, and daily totals where these are not kept for ever.",
      unit: "cps",
      lines: [[sumOfRates(of("count_retention_removed_rows_total"), "of"), "{{of}}"]],
    },
    {
      title: "Failures",
      about: "Roll-ups that failed in the last hour; the next one goes on where they were.",
      type: "stat",
      unit: "short",
      bad: 1,
      lines: [[`sum(increase(${of("count_rollup_failures_total")}[1h]))`, "failed"]],
    },
  ],
};
