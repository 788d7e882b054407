import type { Alert } from "./alert.ts";

const QUEUES = "a-clients-queue-grows";

/** The same of agents and of Node.js clients, whose metrics come with those of the applications that they are in. */
export const SENDER_ALERTS: readonly Alert[] = [
  {
    name: "CountAgentNotDelivering",
    minutes: 5,
    expr: (of) =>
      `increase(${of("count_agent_requests_acknowledged_total")}[30m]) == 0 and ${of("count_agent_queue_requests")} > 0`,
    summary: "A Count agent has delivered nothing for half an hour",
    description: "The queue of {{ $labels.instance }} waits, and no server answers for it.",
    runbook: QUEUES,
  },
  {
    name: "CountAgentQueueFills",
    minutes: 5,
    expr: (of) => `${of("count_agent_queue_bytes")} / ${of("count_agent_queue_capacity_bytes")} > 0.8`,
    isUrgent: true,
    summary: "The queue of a Count agent is nearly full",
    description: "When it is, {{ $labels.instance }} turns away what comes, and drops what its proxy counts.",
    runbook: QUEUES,
  },
  {
    name: "CountAgentDiskFills",
    minutes: 15,
    expr: (of) =>
      `${of("count_agent_queue_disk_free_bytes")} < ${of("count_agent_queue_capacity_bytes")} - ${of("count_agent_queue_bytes")}`,
    summary: "The disk of a Count agent is smaller than its queue may become",
    description:
      "{{ $labels.instance }} has less free than its queue may still take. Grow the volume, or lower the limit.",
    runbook: QUEUES,
  },
  {
    name: "CountAgentDrops",
    minutes: 0,
    expr: (of) => `sum by (namespace, reason) (increase(${of("count_agent_requests_dropped_total")}[15m])) > 0`,
    isUrgent: true,
    summary: "A Count agent drops counts",
    description: "These are lost, for the reason {{ $labels.reason }}.",
    runbook: QUEUES,
  },
  {
    name: "CountAgentTurnsAway",
    minutes: 5,
    expr: (of) => `sum by (namespace) (increase(${of("count_agent_requests_turned_away_total")}[15m])) > 0`,
    summary: "A Count agent turns requests away",
    description: "Callers of Add are told RESOURCE_EXHAUSTED: the queue has no room, or cannot be written.",
    runbook: QUEUES,
  },
  {
    name: "CountClientNotDelivering",
    minutes: 5,
    expr: (of) =>
      `increase(${of("count_client_acknowledged_total")}[30m]) == 0 and ${of("count_client_pending_requests")} > 0`,
    summary: "A client of Count has delivered nothing for half an hour",
    description: "What {{ $labels.instance }} has counted waits, and no server answers for it.",
    runbook: QUEUES,
  },
  {
    name: "CountClientDrops",
    minutes: 0,
    expr: (of) => `sum by (namespace, job, reason) (increase(${of("count_client_dropped_total")}[15m])) > 0`,
    isUrgent: true,
    summary: "A client of Count drops counts",
    description: "These are lost: {{ $labels.job }}, for the reason {{ $labels.reason }}.",
    runbook: QUEUES,
  },
];
