import { of, rate, sumOfRates } from "../expressions.ts";
import type { RowPlan } from "../layout.ts";

export const PROCESS: RowPlan = {
  title: "Process",
  collapsed: true,
  panels: [
    {
      title: "CPU",
      about: "Cores that are used.",
      unit: "short",
      lines: [[rate(of("process_cpu_seconds_total")), "{{instance}}"]],
    },
    {
      title: "Memory",
      about: "Resident.",
      unit: "bytes",
      lines: [[of("process_resident_memory_bytes"), "{{instance}}"]],
    },
    {
      title: "Event loop, 99th percentile of its lag",
      about: "Half a second says that there is no CPU left.",
      unit: "s",
      bad: 0.5,
      lines: [[of("nodejs_eventloop_lag_p99_seconds"), "{{instance}}"]],
    },
    {
      title: "Open files",
      about: "Connections are files; at the limit none is accepted any more.",
      unit: "percentunit",
      bad: 0.8,
      lines: [[`${of("process_open_fds")} / ${of("process_max_fds")}`, "{{instance}}"]],
    },
    {
      title: "Up for",
      about: "Since the process was started.",
      unit: "s",
      lines: [[`time() - ${of("process_start_time_seconds")}`, "{{instance}}"]],
    },
    {
      title: "Log",
      about: "Records of warnings and worse.",
      unit: "cps",
      lines: [[sumOfRates(of("count_log_records_total", { level: '=~"warn|error|fatal"' }), "level"), "{{level}}"]],
    },
    {
      title: "TLS certificates",
      about: "Until the first certificate of each file ends.",
      unit: "s",
      bad: 604_800,
      badBelow: true,
      lines: [[`min by (file) (${of("count_tls_certificate_expiry_timestamp_seconds")}) - time()`, "{{file}}"]],
    },
    {
      title: "TLS files that cannot be used",
      about: "Readings of them; the last good files stay in force.",
      unit: "cps",
      lines: [[sumOfRates(of("count_tls_reload_failures_total"), "instance"), "{{instance}}"]],
    },
  ],
};
