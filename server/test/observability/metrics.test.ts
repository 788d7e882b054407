import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { create } from "@bufbuild/protobuf";
import { AddRequestSchema, CountDailyTotalsRequestSchema, countService, RefusalReason } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import { REFUSAL_REASONS } from "../../src/domain/refusal.ts";
import { createLogger } from "../../src/observability/logger.ts";
import { createMetrics } from "../../src/observability/metrics.ts";
import { Certificates } from "../doctor/certificates.ts";
import { add, fakeService, unary, Wire } from "../rpc/grpc-server-support.ts";

/** The samples whose names begin with `prefix`, sorted, without those of histograms' buckets and sums. */
async function samples(metrics: ReturnType<typeof createMetrics>, prefix: string): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return text
    .split("\n")
    .filter((line) => line.startsWith(prefix) && !/_(bucket|sum)\b/.test(line))
    .sort();
}

describe("metrics", () => {
  test("say what runs, and how the process fares", async () => {
    const text = await createMetrics({ version: "1.2.3" }).registry.metrics();
    expect(text).toContain(`count_build_info{version="1.2.3",node="${process.version}"} 1`);
    expect(text).toContain("process_cpu_seconds_total");
  });

  test("tell of ingest what its observer hears", async () => {
    const metrics = createMetrics({ version: "0" });
    const { ingest } = metrics;
    ingest.counted("add", 10);
    ingest.counted("add", 5);
    ingest.refused("record", RefusalReason.PATH_INVALID, 2);
    ingest.flushed({ requests: 15, keys: 3, seconds: 0.002 });
    ingest.flushFailed(7, new CountError("unavailable", "away"));
    ingest.overflowed("paths", 4);
    ingest.droppedBySenders(6);
    ingest.resent();
    ingest.cursorMoved();
    ingest.watch(() => ({ counts: 12, capacity: 100 }));
    ingest.full(true);
    const refused = (line: string) => /refused.* 0$/.test(line);
    const requests = await samples(metrics, "count_requests");
    // Each reason of each call is there from the start, so that the first refusal is an increase.
    expect(requests.filter(refused)).toHaveLength(2 * REFUSAL_REASONS.length - 1);
    expect(requests.filter((line) => !refused(line))).toEqual([
      'count_requests_counted_total{call="add"} 15',
      'count_requests_counted_total{call="record"} 0',
      "count_requests_dropped_by_senders_total 6",
      'count_requests_overflowed_total{limit="paths"} 4',
      'count_requests_overflowed_total{limit="services"} 0',
      'count_requests_refused_total{call="record",reason="path_invalid"} 2',
    ]);
    expect(await samples(metrics, "count_record")).toEqual(["count_record_batches_resent_total 1"]);
    expect(await samples(metrics, "count_ingest")).toEqual([
      "count_ingest_waiting_counts 12",
      "count_ingest_waiting_counts_max 100",
    ]);
    expect((await samples(metrics, "count_flush")).filter((line) => !line.includes("timestamp"))).toEqual([
      "count_flush_cursor_conflicts_total 1",
      "count_flush_failed_requests_total 7",
      "count_flush_failures_total 1",
      "count_flush_keys_count 1",
      "count_flush_requests_count 1",
      "count_flush_seconds_count 1",
    ]);
    expect(await samples(metrics, "count_full")).toEqual(["count_full 1"]);
    ingest.full(false);
    expect(await samples(metrics, "count_full")).toEqual(["count_full 0"]);
  });

  test("tell of roll-ups and of the database's connections", async () => {
    const metrics = createMetrics({ version: "0" });
    metrics.rollup.step({ rows: 2, entries: 30, totals: 4 });
    metrics.rollup.step({ rows: 1, entries: 3, totals: 3 });
    metrics.rollup.failed();
    metrics.database.retried("fold-pending");
    metrics.database.ran("commit-flush-1", 0.01);
    metrics.database.ran("commit-flush-2", 0.01, "unavailable");
    metrics.database.answers(true);
    metrics.database.missingMigrations(2);
    metrics.database.watch(() => ({ total: 5, idle: 2, waiting: 1, capacity: 7 }));
    expect(await samples(metrics, "count_rollup")).toEqual([
      "count_rollup_entries_total 33",
      "count_rollup_failures_total 1",
      "count_rollup_rows_total 3",
      "count_rollup_steps_total 2",
      "count_rollup_totals_total 7",
    ]);
    expect(await samples(metrics, "count_db")).toEqual([
      "count_db_connections_max 7",
      'count_db_connections{state="busy"} 3',
      'count_db_connections{state="idle"} 2',
      "count_db_missing_migrations 2",
      'count_db_retries_total{statement="fold-pending"} 1',
      'count_db_statement_failures_total{statement="commit-flush",code="unavailable"} 1',
      'count_db_statement_seconds_count{statement="commit-flush"} 2',
      "count_db_up 1",
      "count_db_waiting_statements 1",
    ]);
  });

  test("have no sample for what is not known: a lag, a clock, a certificate, a disk, a roll-up that has not been", async () => {
    const metrics = createMetrics({ version: "0" });
    const unknown = async () =>
      (await metrics.registry.metrics())
        .split("\n")
        .filter((line) => /^count_\w+(_timestamp|_bytes|lag|overdue|offset)/.test(line));
    expect(await unknown()).toEqual([]);
    metrics.rollup.lag({ lagSeconds: 60, overdueSeconds: 0 });
    metrics.rollup.succeeded(1_795_348_800_500);
    metrics.database.clockOffset(-0.25);
    expect(await unknown()).toEqual([
      "count_db_clock_offset_seconds -0.25",
      "count_rollup_last_success_timestamp_seconds 1795348800.5",
      "count_rollup_lag_seconds 60",
      "count_rollup_overdue_seconds 0",
    ]);
    metrics.rollup.lag(undefined);
    metrics.database.clockOffset(undefined);
    expect(await unknown()).toEqual(["count_rollup_last_success_timestamp_seconds 1795348800.5"]);
    metrics.embeddedFolder(tmpdir());
    const [, ...disk] = await unknown();
    expect(disk.map((line) => line.replace(/ [1-9][\d.e+]*$/, ""))).toEqual([
      "count_embedded_disk_free_bytes",
      "count_embedded_disk_size_bytes",
    ]);
    metrics.embeddedFolder("/there/is/no/such/folder");
    expect(await unknown()).toEqual(["count_rollup_last_success_timestamp_seconds 1795348800.5"]);
  });

  test("tell when the first certificate of each TLS file ends", async () => {
    await using certificates = await Certificates.open();
    await certificates.make("soon", -1, 2);
    await certificates.make("later", -1, 300);
    const pem = (name: string) => readFileSync(certificates.cert(name), "utf8");
    const ends = (name: string) => Date.parse(new X509Certificate(pem(name)).validTo) / 1_000;
    const metrics = createMetrics({ version: "0" });
    metrics.tls.inForce({ cert: pem("later"), ca: pem("later") + pem("soon") });
    expect(await samples(metrics, "count_tls_certificate")).toEqual([
      `count_tls_certificate_expiry_timestamp_seconds{file="client_ca"} ${ends("soon")}`,
      `count_tls_certificate_expiry_timestamp_seconds{file="server"} ${ends("later")}`,
    ]);
  });

  test("count the records of the log by level", async () => {
    const metrics = createMetrics({ version: "0" });
    const logger = createLogger({
      level: "info",
      format: "json",
      stream: { write: () => undefined },
      onRecord: metrics.logged,
    });
    logger.debug({}, "not written");
    logger.info({}, "fine");
    logger.error({}, "bad");
    expect(await samples(metrics, "count_log")).toEqual([
      'count_log_records_total{level="error"} 1',
      'count_log_records_total{level="fatal"} 0',
      'count_log_records_total{level="info"} 1',
      'count_log_records_total{level="warn"} 0',
    ]);
  });

  test("count gRPC calls by method and by the status that they ended with, whoever set it", async () => {
    await using net = new Wire();
    const metrics = createMetrics({ version: "0" });
    const service = fakeService();
    const server = await net.serve({ services: [service], interceptors: [metrics.grpc], maxMessageBytes: 1_024 });
    const client = net.client(server);
    const ask = create(CountDailyTotalsRequestSchema);

    const fine = add(client);
    fine.call.write(create(AddRequestSchema, { path: "/a" }));
    fine.call.end();
    await fine.answer;
    await unary(client, countService.countDailyTotals, ask);
    // grpc-js itself ends this one.
    const large = add(client);
    large.call.on("error", () => undefined);
    large.call.write(create(AddRequestSchema, { path: "x".repeat(2_000) }));
    await large.answer;
    // And the client this one.
    const left = add(client);
    left.call.on("error", () => undefined);
    left.call.write(create(AddRequestSchema, { path: "/b" }));
    await service.received(2);
    expect(await samples(metrics, "count_grpc_open")).toEqual([
      'count_grpc_open_calls{method="count.v1.CountService/Add"} 1',
      'count_grpc_open_calls{method="count.v1.CountService/CountDailyTotals"} 0',
    ]);
    left.call.cancel();
    await left.answer;
    await server.drain(5_000);

    expect(await samples(metrics, "count_grpc")).toEqual([
      'count_grpc_call_seconds_count{method="count.v1.CountService/Add"} 3',
      'count_grpc_call_seconds_count{method="count.v1.CountService/CountDailyTotals"} 1',
      'count_grpc_calls_total{method="count.v1.CountService/Add",code="CANCELLED"} 1',
      'count_grpc_calls_total{method="count.v1.CountService/Add",code="INTERNAL"} 0',
      'count_grpc_calls_total{method="count.v1.CountService/Add",code="OK"} 1',
      'count_grpc_calls_total{method="count.v1.CountService/Add",code="RESOURCE_EXHAUSTED"} 1',
      'count_grpc_calls_total{method="count.v1.CountService/CountDailyTotals",code="INTERNAL"} 0',
      'count_grpc_calls_total{method="count.v1.CountService/CountDailyTotals",code="OK"} 1',
      'count_grpc_open_calls{method="count.v1.CountService/Add"} 0',
      'count_grpc_open_calls{method="count.v1.CountService/CountDailyTotals"} 0',
    ]);
  });
});
