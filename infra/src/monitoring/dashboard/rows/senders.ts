import { ofAll, sumOfRates } from "../expressions.ts";
import type { RowPlan } from "../layout.ts";

export const SENDERS: RowPlan = {
  title: "Agents and clients",
  collapsed: true,
  panels: [
    {
      title: "Agents: queue",
      about: "Of what it may hold. When it is full, counts are turned away or dropped.",
      unit: "percentunit",
      bad: 0.8,
      lines: [[`${ofAll("count_agent_queue_bytes")} / ${ofAll("count_agent_queue_capacity_bytes")}`, "{{instance}}"]],
    },
    {
      title: "Agents: requests that wait",
      about: "In the queue, and on their way into it.",
      unit: "short",
      lines: [
        [`sum by (namespace) (${ofAll("count_agent_queue_requests")})`, "{{namespace}} queue"],
        [`sum by (namespace) (${ofAll("count_agent_waiting_requests")})`, "{{namespace}} before it"],
      ],
    },
    {
      title: "Agents: dropped, refused, turned away",
      about: "What does not arrive, and why.",
      unit: "reqps",
      lines: [
        [sumOfRates(ofAll("count_agent_requests_dropped_total"), "reason"), "dropped {{reason}}"],
        [sumOfRates(ofAll("count_agent_requests_refused_total"), "reason"), "refused {{reason}}"],
        [sumOfRates(ofAll("count_agent_requests_refused_upstream_total"), "reason"), "refused by Count {{reason}}"],
        [sumOfRates(ofAll("count_agent_requests_turned_away_total")), "turned away"],
      ],
    },
    {
      title: "Agents: taken and acknowledged",
      about: "Requests that came, and that a server has answered for.",
      unit: "reqps",
      lines: [
        [sumOfRates(ofAll("count_agent_requests_taken_total")), "taken"],
        [sumOfRates(ofAll("count_agent_proxy_requests_total")), "through the proxy"],
        [sumOfRates(ofAll("count_agent_requests_acknowledged_total")), "acknowledged"],
      ],
    },
    {
      title: "Agents: room on the disk",
      about: "Free, where the queue is.",
      unit: "bytes",
      lines: [[ofAll("count_agent_queue_disk_free_bytes"), "{{instance}}"]],
    },
    {
      title: "Clients: requests that wait",
      about: "Counted by an application, and not answered for by a server.",
      unit: "short",
      lines: [[`sum by (namespace, job) (${ofAll("count_client_pending_requests")})`, "{{namespace}} {{job}}"]],
    },
    {
      title: "Clients: dropped and refused",
      about: "What does not arrive, and why.",
      unit: "reqps",
      lines: [
        [sumOfRates(ofAll("count_client_dropped_total"), "job, reason"), "{{job}} dropped {{reason}}"],
        [sumOfRates(ofAll("count_client_refused_total"), "job, reason"), "{{job}} refused {{reason}}"],
      ],
    },
    {
      title: "Connected",
      about: "Agents and clients that a server takes batches of, and all there are.",
      unit: "short",
      lines: [
        [`sum(${ofAll("count_agent_streaming")})`, "agents"],
        [`count(${ofAll("count_agent_streaming")})`, "all agents"],
        [`sum(${ofAll("count_client_streaming")})`, "clients"],
        [`count(${ofAll("count_client_streaming")})`, "all clients"],
      ],
    },
    {
      title: "Streams that failed",
      about: "Connections to Count that broke or were refused.",
      unit: "cps",
      lines: [
        [sumOfRates(ofAll("count_agent_stream_failures_total"), "namespace"), "{{namespace}} agents"],
        [sumOfRates(ofAll("count_client_stream_failures_total"), "namespace"), "{{namespace}} clients"],
      ],
    },
  ],
};
