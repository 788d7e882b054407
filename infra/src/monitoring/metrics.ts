/**
 * Every metric of a server, an agent and a client, with its labels and what it tells. Written by `npm run generate`: manifests are made without
 * anything that runs in them, and this is what they may know of it.
 */
// biome-ignore format: generated
export const METRICS = {
  count_agent_batches_resent_total: {
    type: "counter",
    labels: [],
    help: "Batches that were sent again.",
  },
  count_agent_batches_sent_total: {
    type: "counter",
    labels: [],
    help: "Batches that were sent.",
  },
  count_agent_envoy_entries_total: {
    type: "counter",
    labels: ["kind"],
    help: "Entries of Envoy's access logs; only http is counted.",
  },
  count_agent_flush_seconds: {
    type: "histogram",
    labels: [],
    help: "Time from a group's first batch to its commit to the queue.",
  },
  count_agent_full: {
    type: "gauge",
    labels: [],
    help: "1 while Record streams are not read because the queue is full.",
  },
  count_agent_last_acknowledged_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When a Count server last answered for something; no sample before the first time.",
  },
  count_agent_proxy_failures_total: {
    type: "counter",
    labels: ["status"],
    help: "Requests that the proxy answered by itself, because the application could not.",
  },
  count_agent_proxy_requests_total: {
    type: "counter",
    labels: ["protocol"],
    help: "Requests that came to the proxy.",
  },
  count_agent_queue_batches: {
    type: "gauge",
    labels: [],
    help: "Batches in the queue.",
  },
  count_agent_queue_bytes: {
    type: "gauge",
    labels: [],
    help: "Size of the queue.",
  },
  count_agent_queue_capacity_bytes: {
    type: "gauge",
    labels: [],
    help: "Size that the queue may have.",
  },
  count_agent_queue_disk_free_bytes: {
    type: "gauge",
    labels: [],
    help: "Bytes that are free on the disk that the queue's folder is on; no sample without one.",
  },
  count_agent_queue_disk_size_bytes: {
    type: "gauge",
    labels: [],
    help: "Size of the disk that the queue's folder is on; no sample without one.",
  },
  count_agent_queue_requests: {
    type: "gauge",
    labels: [],
    help: "Requests in the queue.",
  },
  count_agent_ready: {
    type: "gauge",
    labels: [],
    help: "1 while the agent is ready.",
  },
  count_agent_record_batches_resent_total: {
    type: "counter",
    labels: [],
    help: "Batches of local senders that had been taken already, and were not counted again.",
  },
  count_agent_requests_acknowledged_total: {
    type: "counter",
    labels: [],
    help: "Requests that a Count server has answered for, stored or refused.",
  },
  count_agent_requests_dropped_total: {
    type: "counter",
    labels: ["reason"],
    help: "Requests that the agent dropped, by reason: these are lost.",
  },
  count_agent_requests_refused_total: {
    type: "counter",
    labels: ["call", "reason"],
    help: "Requests that local callers were refused.",
  },
  count_agent_requests_refused_upstream_total: {
    type: "counter",
    labels: ["reason"],
    help: "Requests that a Count server refused, by reason.",
  },
  count_agent_requests_taken_total: {
    type: "counter",
    labels: ["call"],
    help: "Requests that local callers were answered for.",
  },
  count_agent_requests_turned_away_total: {
    type: "counter",
    labels: [],
    help: "Requests of Add that the queue had no room for, or could not take.",
  },
  count_agent_stream_failures_total: {
    type: "counter",
    labels: [],
    help: "Streams to a Count server that failed.",
  },
  count_agent_streaming: {
    type: "gauge",
    labels: [],
    help: "1 while a Count server takes batches.",
  },
  count_agent_waiting_requests: {
    type: "gauge",
    labels: [],
    help: "Requests that the agent counted by itself and that are not in the queue yet.",
  },
  count_auth_identities: {
    type: "gauge",
    labels: [],
    help: "Tokens and certificates that are known; 0 where nobody has to show one.",
  },
  count_auth_refused_total: {
    type: "counter",
    labels: ["reason"],
    help: "Calls that were refused because of what the caller showed, by reason.",
  },
  count_auth_reload_failures_total: {
    type: "counter",
    labels: [],
    help: "Readings of the file of tokens that could not be used; the last good ones stay in force.",
  },
  count_build_info: {
    type: "gauge",
    labels: ["version", "node"],
    help: "Always 1; the labels say what runs.",
  },
  count_client_acknowledged_total: {
    type: "counter",
    labels: [],
    help: "Requests that a server has answered for, stored or refused.",
  },
  count_client_batches_resent_total: {
    type: "counter",
    labels: [],
    help: "Batches that were sent again.",
  },
  count_client_batches_sent_total: {
    type: "counter",
    labels: [],
    help: "Batches that were sent.",
  },
  count_client_dropped_total: {
    type: "counter",
    labels: ["reason"],
    help: "Requests that this client dropped: these are lost.",
  },
  count_client_open_keys: {
    type: "gauge",
    labels: [],
    help: "Keys that wait to be sealed.",
  },
  count_client_pending_requests: {
    type: "gauge",
    labels: [],
    help: "Requests that wait for a server.",
  },
  count_client_queue_bytes: {
    type: "gauge",
    labels: [],
    help: "Bytes of the queue on disk.",
  },
  count_client_queue_capacity_bytes: {
    type: "gauge",
    labels: [],
    help: "Bytes that the queue on disk may have.",
  },
  count_client_recorded_total: {
    type: "counter",
    labels: [],
    help: "Requests that were recorded.",
  },
  count_client_refused_total: {
    type: "counter",
    labels: ["reason"],
    help: "Requests that a server refused.",
  },
  count_client_stream_failures_total: {
    type: "counter",
    labels: [],
    help: "Streams that failed.",
  },
  count_client_streaming: {
    type: "gauge",
    labels: [],
    help: "1 while a server takes batches.",
  },
  count_client_streams_total: {
    type: "counter",
    labels: [],
    help: "Attempts at a stream.",
  },
  count_db_clock_offset_seconds: {
    type: "gauge",
    labels: [],
    help: "Clock of the database minus clock of this server; no sample while it is unknown.",
  },
  count_db_connections: {
    type: "gauge",
    labels: ["state"],
    help: "Connections to the database, by what they do.",
  },
  count_db_connections_max: {
    type: "gauge",
    labels: [],
    help: "Connections that statements may take at once.",
  },
  count_db_missing_migrations: {
    type: "gauge",
    labels: [],
    help: "Migrations that the schema lacks; above 0 the server waits for `count migrate`.",
  },
  count_db_retries_total: {
    type: "counter",
    labels: ["statement"],
    help: "Tries of a statement that failed and were followed by another, by statement.",
  },
  count_db_statement_failures_total: {
    type: "counter",
    labels: ["statement", "code"],
    help: "Statements that failed for good, by what the caller was told.",
  },
  count_db_statement_seconds: {
    type: "histogram",
    labels: ["statement"],
    help: "Time of a statement, from the wait for a connection to its end, tries included.",
  },
  count_db_up: {
    type: "gauge",
    labels: [],
    help: "1 while the database answers.",
  },
  count_db_waiting_statements: {
    type: "gauge",
    labels: [],
    help: "Statements that wait for a connection.",
  },
  count_embedded_disk_free_bytes: {
    type: "gauge",
    labels: [],
    help: "Bytes that are free on the disk that the embedded PostgreSQL's folder is on; no sample without one.",
  },
  count_embedded_disk_size_bytes: {
    type: "gauge",
    labels: [],
    help: "Size of the disk that the embedded PostgreSQL's folder is on; no sample without one.",
  },
  count_flush_cursor_conflicts_total: {
    type: "counter",
    labels: [],
    help: "Tries of a flush that did not fit the cursors of its senders: another server was ahead, or a COMMIT's answer was lost.",
  },
  count_flush_failed_requests_total: {
    type: "counter",
    labels: [],
    help: "Requests in flushes that were given up.",
  },
  count_flush_failures_total: {
    type: "counter",
    labels: [],
    help: "Flushes that were given up; their senders were told so.",
  },
  count_flush_keys: {
    type: "histogram",
    labels: [],
    help: "Different (service, method, path, 15 minutes) in a flush.",
  },
  count_flush_last_success_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When the last flush was committed; no sample before the first.",
  },
  count_flush_requests: {
    type: "histogram",
    labels: [],
    help: "Requests in a flush.",
  },
  count_flush_seconds: {
    type: "histogram",
    labels: [],
    help: "Time of a flush from its first statement to its commit.",
  },
  count_full: {
    type: "gauge",
    labels: [],
    help: "1 while streams are not read because the server is full.",
  },
  count_grpc_call_seconds: {
    type: "histogram",
    labels: ["method"],
    help: "Duration of gRPC calls, from the headers to the status.",
  },
  count_grpc_calls_total: {
    type: "counter",
    labels: ["method", "code"],
    help: "gRPC calls that are over, by method and status code.",
  },
  count_grpc_open_calls: {
    type: "gauge",
    labels: ["method"],
    help: "gRPC calls that are under way.",
  },
  count_http_open_requests: {
    type: "gauge",
    labels: [],
    help: "Requests to the page and the HTTP API that are under way.",
  },
  count_http_request_seconds: {
    type: "histogram",
    labels: ["route"],
    help: "Duration of requests to the page and the HTTP API, by route.",
  },
  count_http_requests_total: {
    type: "counter",
    labels: ["route", "status"],
    help: "Requests to the page and the HTTP API that are over, by route and status; 499 where the client went away.",
  },
  count_ingest_waiting_counts: {
    type: "gauge",
    labels: [],
    help: "Different (key, 15 minutes) that wait for their flush.",
  },
  count_ingest_waiting_counts_max: {
    type: "gauge",
    labels: [],
    help: "How many may wait before streams are not read.",
  },
  count_limited_total: {
    type: "counter",
    labels: ["limit"],
    help: "Connections, calls and requests that a limit has refused, messages that were too large, and messages and batches that were held up or refused because of a rate.",
  },
  count_log_records_total: {
    type: "counter",
    labels: ["level"],
    help: "Records written to the log, by level.",
  },
  count_ready: {
    type: "gauge",
    labels: [],
    help: "1 while the server is ready.",
  },
  count_record_batches_resent_total: {
    type: "counter",
    labels: [],
    help: "Batches of Record that had been taken already, and were not counted again.",
  },
  count_requests_counted_total: {
    type: "counter",
    labels: ["call"],
    help: "Requests that were counted durably, by the call that brought them.",
  },
  count_requests_dropped_by_senders_total: {
    type: "counter",
    labels: [],
    help: "Requests that senders of Record say they dropped before they could send them: these are lost.",
  },
  count_requests_overflowed_total: {
    type: "counter",
    labels: ["limit"],
    help: "Requests that were counted under (overflow), because their service has too many paths, or there are too many services.",
  },
  count_requests_refused_total: {
    type: "counter",
    labels: ["call", "reason"],
    help: "Requests that were refused, by the call that brought them and the reason that their sender was told.",
  },
  count_retention_removed_rows_total: {
    type: "counter",
    labels: ["of"],
    help: "Rows older than they are kept that this server has removed, by what they hold: 15-minute counts or daily totals.",
  },
  count_rollup_entries_total: {
    type: "counter",
    labels: [],
    help: "Entries of the pending rows that roll-ups folded: one for each (method, 15 minutes).",
  },
  count_rollup_failures_total: {
    type: "counter",
    labels: [],
    help: "Roll-ups that failed, but for wrong requests and callers that left.",
  },
  count_rollup_lag_seconds: {
    type: "gauge",
    labels: [],
    help: "Time since the end of the oldest closed day with something pending, late arrivals included; 0 without one.",
  },
  count_rollup_last_success_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When this server last ended a roll-up well; no sample before it has.",
  },
  count_rollup_overdue_seconds: {
    type: "gauge",
    labels: [],
    help: "Time since the end of the oldest closed day with something pending that is later than every day with totals; 0 without one. Nobody has rolled up for so long.",
  },
  count_rollup_rows_total: {
    type: "counter",
    labels: [],
    help: "Pending rows that roll-ups folded.",
  },
  count_rollup_steps_total: {
    type: "counter",
    labels: [],
    help: "Transactions of roll-ups.",
  },
  count_rollup_totals_total: {
    type: "counter",
    labels: [],
    help: "Daily totals that roll-ups wrote.",
  },
  count_tls_certificate_expiry_timestamp_seconds: {
    type: "gauge",
    labels: ["file"],
    help: "When the first certificate of a file ends: the server's chain, or the authorities of clients. No sample without TLS.",
  },
  count_tls_reload_failures_total: {
    type: "counter",
    labels: [],
    help: "Readings of TLS files that could not be used; the last good ones stay in force.",
  },
  count_today_requests: {
    type: "gauge",
    labels: ["service", "method"],
    help: "Requests of the current UTC day so far, as stored, rolled up or not, by service and method; beyond the 100 most requested under (other). Every server tells the same: take the maximum, not the sum. No sample while the database is away, or with --metrics-today off.",
  },
  count_trace_export_failures_total: {
    type: "counter",
    labels: [],
    help: "Exports of OpenTelemetry traces that failed: their spans are lost, and nothing else.",
  },
  nodejs_active_handles: {
    type: "gauge",
    labels: ["type"],
    help: "Number of active libuv handles grouped by handle type. Every handle type is C++ class name.",
  },
  nodejs_active_handles_total: {
    type: "gauge",
    labels: [],
    help: "Total number of active handles.",
  },
  nodejs_active_requests: {
    type: "gauge",
    labels: ["type"],
    help: "Number of active libuv requests grouped by request type. Every request type is C++ class name.",
  },
  nodejs_active_requests_total: {
    type: "gauge",
    labels: [],
    help: "Total number of active requests.",
  },
  nodejs_active_resources: {
    type: "gauge",
    labels: ["type"],
    help: "Number of active resources that are currently keeping the event loop alive, grouped by async resource type.",
  },
  nodejs_active_resources_total: {
    type: "gauge",
    labels: [],
    help: "Total number of active resources.",
  },
  nodejs_eventloop_lag_max_seconds: {
    type: "gauge",
    labels: [],
    help: "The maximum recorded event loop delay.",
  },
  nodejs_eventloop_lag_mean_seconds: {
    type: "gauge",
    labels: [],
    help: "The mean of the recorded event loop delays.",
  },
  nodejs_eventloop_lag_min_seconds: {
    type: "gauge",
    labels: [],
    help: "The minimum recorded event loop delay.",
  },
  nodejs_eventloop_lag_p50_seconds: {
    type: "gauge",
    labels: [],
    help: "The 50th percentile of the recorded event loop delays.",
  },
  nodejs_eventloop_lag_p90_seconds: {
    type: "gauge",
    labels: [],
    help: "The 90th percentile of the recorded event loop delays.",
  },
  nodejs_eventloop_lag_p99_seconds: {
    type: "gauge",
    labels: [],
    help: "The 99th percentile of the recorded event loop delays.",
  },
  nodejs_eventloop_lag_seconds: {
    type: "gauge",
    labels: [],
    help: "Lag of event loop in seconds.",
  },
  nodejs_eventloop_lag_stddev_seconds: {
    type: "gauge",
    labels: [],
    help: "The standard deviation of the recorded event loop delays.",
  },
  nodejs_external_memory_bytes: {
    type: "gauge",
    labels: [],
    help: "Node.js external memory size in bytes.",
  },
  nodejs_gc_duration_seconds: {
    type: "histogram",
    labels: ["kind"],
    help: "Garbage collection duration by kind, one of major, minor, incremental or weakcb.",
  },
  nodejs_heap_size_total_bytes: {
    type: "gauge",
    labels: [],
    help: "Process heap size from Node.js in bytes.",
  },
  nodejs_heap_size_used_bytes: {
    type: "gauge",
    labels: [],
    help: "Process heap size used from Node.js in bytes.",
  },
  nodejs_heap_space_size_available_bytes: {
    type: "gauge",
    labels: ["space"],
    help: "Process heap space size available from Node.js in bytes.",
  },
  nodejs_heap_space_size_total_bytes: {
    type: "gauge",
    labels: ["space"],
    help: "Process heap space size total from Node.js in bytes.",
  },
  nodejs_heap_space_size_used_bytes: {
    type: "gauge",
    labels: ["space"],
    help: "Process heap space size used from Node.js in bytes.",
  },
  nodejs_version_info: {
    type: "gauge",
    labels: ["version", "major", "minor", "patch"],
    help: "Node.js version info.",
  },
  process_cpu_seconds_total: {
    type: "counter",
    labels: [],
    help: "Total user and system CPU time spent in seconds.",
  },
  process_cpu_system_seconds_total: {
    type: "counter",
    labels: [],
    help: "Total system CPU time spent in seconds.",
  },
  process_cpu_user_seconds_total: {
    type: "counter",
    labels: [],
    help: "Total user CPU time spent in seconds.",
  },
  process_heap_bytes: {
    type: "gauge",
    labels: [],
    help: "Process heap size in bytes.",
  },
  process_max_fds: {
    type: "gauge",
    labels: [],
    help: "Maximum number of open file descriptors.",
  },
  process_open_fds: {
    type: "gauge",
    labels: [],
    help: "Number of open file descriptors.",
  },
  process_resident_memory_bytes: {
    type: "gauge",
    labels: [],
    help: "Resident memory size in bytes.",
  },
  process_start_time_seconds: {
    type: "gauge",
    labels: [],
    help: "Start time of the process since unix epoch in seconds.",
  },
  process_virtual_memory_bytes: {
    type: "gauge",
    labels: [],
    help: "Virtual memory size in bytes.",
  },
} as const;
