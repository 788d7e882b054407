import { of, quantile, sumOfRates } from "../expressions.ts";
import type { RowPlan } from "../layout.ts";

export const TRAFFIC: RowPlan = {
  title: "Traffic",
  panels: [
    {
      title: "Ready",
      about: "Servers that are ready. GET /readyz of one that is not gives the reason.",
      type: "stat",
      unit: "short",
      bad: 1,
      badBelow: true,
      lines: [[`sum(${of("count_ready")})`, "ready"]],
    },
    {
      title: "Requests counted",
      about: "Requests that became durable, by the call that brought them.",
      unit: "reqps",
      lines: [[sumOfRates(of("count_requests_counted_total"), "call"), "{{call}}"]],
    },
    {
      title: "Versions",
      about: "What runs: two versions are an update that is under way, or was left.",
      unit: "short",
      lines: [[`count by (version) (${of("count_build_info")})`, "{{version}}"]],
    },
    {
      title: "Calls",
      about: "gRPC calls that ended, by method and status.",
      unit: "cps",
      lines: [[sumOfRates(of("count_grpc_calls_total"), "method, code"), "{{method}} {{code}}"]],
    },
    {
      title: "Open calls",
      about: "gRPC calls under way; Record streams live as long as their clients.",
      unit: "short",
      lines: [[`sum by (method) (${of("count_grpc_open_calls")})`, "{{method}}"]],
    },
    {
      title: "Time of calls, 99th percentile",
      about: "From the headers to the status; streams as long as they live.",
      unit: "s",
      lines: [[quantile(0.99, of("count_grpc_call_seconds_bucket"), "method"), "{{method}}"]],
    },
  ],
};
