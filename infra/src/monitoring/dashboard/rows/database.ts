import { of, quantile, sumOfRates } from "../expressions.ts";
import type { RowPlan } from "../layout.ts";

export const DATABASE: RowPlan = {
  title: "Database",
  panels: [
    {
      title: "Answers",
      about: "Servers whose database answers.",
      type: "stat",
      unit: "short",
      bad: 1,
      badBelow: true,
      lines: [[`sum(${of("count_db_up")})`, "up"]],
    },
    {
      title: "Time of statements, 99th percentile",
      about: "From the wait for a connection to the end, tries included.",
      unit: "s",
      lines: [[quantile(0.99, of("count_db_statement_seconds_bucket"), "statement"), "{{statement}}"]],
    },
    {
      title: "Statements that failed",
      about: "For good, and tries that were followed by another.",
      unit: "cps",
      lines: [
        [sumOfRates(of("count_db_statement_failures_total"), "statement, code"), "{{statement}} {{code}}"],
        [sumOfRates(of("count_db_retries_total"), "statement"), "{{statement}} again"],
      ],
    },
    {
      title: "Connections",
      about: "What they do, and how many statements may take at most.",
      unit: "short",
      lines: [
        [`sum by (state) (${of("count_db_connections")})`, "{{state}}"],
        [`sum(${of("count_db_connections_max")})`, "at most"],
      ],
    },
    {
      title: "Waiting statements",
      about: "All connections are busy while there are any.",
      unit: "short",
      bad: 1,
      lines: [[of("count_db_waiting_statements"), "{{instance}}"]],
    },
    {
      title: "Clock of the database",
      about: "How far it is from the server's. Beyond a second one of the two is not kept by NTP.",
      unit: "s",
      bad: 1,
      lines: [[`abs(${of("count_db_clock_offset_seconds")})`, "{{instance}}"]],
    },
    {
      title: "Missing migrations",
      about: "Above 0 servers wait for count migrate.",
      type: "stat",
      unit: "short",
      bad: 1,
      lines: [[`max(${of("count_db_missing_migrations")})`, "missing"]],
    },
    {
      title: "Disk of the embedded PostgreSQL",
      about: "Free, of all. Without an embedded one there is nothing here.",
      unit: "percentunit",
      bad: 0.1,
      badBelow: true,
      lines: [[`${of("count_embedded_disk_free_bytes")} / ${of("count_embedded_disk_size_bytes")}`, "{{instance}}"]],
    },
  ],
};
