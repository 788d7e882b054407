import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { AddRequestSchema, type AddResponse, CountDailyTotalsRequestSchema, countService, Method } from "@count/proto";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { expect, test } from "@jest/globals";
import { AgentProcess } from "../agent/support/agent-process.ts";
import { ServeChild } from "../serve/serve-process-support.ts";
import { testDatabaseUrl } from "../support/database.ts";
import { OtlpReceiver } from "../support/otlp-receiver.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const SERVICE = "count.v1.CountService";

async function addOne(address: string, path: string): Promise<void> {
  const client = new Client(address, credentials.createInsecure());
  const { add } = countService;
  await new Promise<AddResponse | undefined>((resolve, reject) => {
    const call = client.makeClientStreamRequest(
      add.path,
      add.requestSerialize,
      add.responseDeserialize,
      (error, answer) => (error === null ? resolve(answer) : reject(error)),
    );
    call.write(create(AddRequestSchema, { method: Method.GET, path, requestTimestamp: timestampNow() }));
    call.end();
  });
  client.close();
}

async function rollUpToday(address: string): Promise<void> {
  const client = new Client(address, credentials.createInsecure());
  const { countDailyTotals } = countService;
  const metadata = new Metadata();
  metadata.set("traceparent", TRACEPARENT);
  const now = new Date();
  const date = { year: now.getUTCFullYear(), month: 0, day: 0 };
  await new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      countDailyTotals.path,
      countDailyTotals.requestSerialize,
      countDailyTotals.responseDeserialize,
      create(CountDailyTotalsRequestSchema, { date }),
      metadata,
      (error, answer) => (error === null ? resolve(answer) : reject(error)),
    );
  });
  client.close();
}

async function serving(
  env: Readonly<Record<string, string>>,
  work: (server: ServeChild) => Promise<void>,
): Promise<void> {
  const db = await testDatabaseUrl({ migrated: false });
  try {
    await using server = new ServeChild(["--db-url", db.url, "--migrate"], env);
    await work(server);
    server.child.kill("SIGINT");
    expect(await server.exited()).toBe(0);
  } finally {
    await db.close();
  }
}

test("A server that is asked by the standard variables traces calls, flushes, statements, roll-up steps and migrations", async () => {
  await using collector = await OtlpReceiver.open();
  await serving(
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.httpUrl,
      OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=apis",
      OTEL_SERVICE_NAME: "counting",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
    },
    async (server) => {
      const { grpc, record } = await server.ready();
      await addOne(`${grpc.host}:${grpc.port}`, "/secret-path");
      await rollUpToday(`${grpc.host}:${grpc.port}`);
      const listed = await fetch(`http://${String(record["web"])}/${SERVICE}/ListDailyTotals`, {
        method: "POST",
        headers: { "Content-Type": "application/json", traceparent: TRACEPARENT },
        body: JSON.stringify({
          startDate: { year: 2026, month: 1, day: 1 },
          endDate: { year: 2026, month: 1, day: 2 },
        }),
      });
      expect(listed.status).toBe(404);
    },
  );

  expect(collector.headers[0]).toMatchObject({ "x-tenant": "apis", "content-type": "application/x-protobuf" });
  const [{ resource } = { resource: {} }] = collector.spans;
  expect(resource).toMatchObject({ "service.name": "counting", "deployment.environment.name": "test" });

  const [migrating] = collector.named("migrate");
  expect(migrating?.events[0]).toBe("migration 0001_methods");
  const [flush] = collector.named("flush");
  expect(flush).toMatchObject({
    parentId: "",
    attributes: { "count.requests": 1, "count.keys": 1, "count.batches": 0 },
  });
  expect(flush && collector.within(flush)).toEqual(
    expect.arrayContaining(["commit-flush-1", "find-methods", "insert-methods"]),
  );

  const [rollUp] = collector.named(`${SERVICE}/CountDailyTotals`);
  expect(rollUp).toMatchObject({
    traceId: TRACE,
    parentId: "b7ad6b7169203331",
    attributes: { "rpc.grpc.status_code": 0 },
  });
  expect(rollUp && collector.within(rollUp)).toEqual(expect.arrayContaining(["roll-up step", "select-pending-keys"]));
  const [step] = collector.named("roll-up step");
  expect(step).toMatchObject({ traceId: TRACE, attributes: { "count.rows": 1, "count.entries": 1 } });
  expect(step && collector.within(step)).toEqual(["fold-pending"]);

  // The same over HTTP, and what it was told is no fault of the server.
  const [list] = collector.named(`${SERVICE}/ListDailyTotals`);
  expect(list).toMatchObject({ traceId: TRACE, parentId: "b7ad6b7169203331" });
  // Streams have no spans, statements that nobody asked for neither, and no value is anywhere.
  expect(collector.named(`${SERVICE}/Add`)).toEqual([]);
  expect(
    collector.spans
      .filter(({ parentId }) => parentId === "")
      .map(({ name }) => name)
      .sort(),
  ).toEqual(["flush", "migrate"]);
  expect(JSON.stringify(collector.spans)).not.toContain("secret-path");
});

test("Over gRPC, sampled as the variables say, without the traces of callers where they are not wanted", async () => {
  await using collector = await OtlpReceiver.open();
  await serving(
    {
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.grpcUrl,
      OTEL_PROPAGATORS: "none",
    },
    async (server) => {
      const { grpc } = await server.ready();
      await rollUpToday(`${grpc.host}:${grpc.port}`);
    },
  );
  const [rollUp] = collector.named(`${SERVICE}/CountDailyTotals`);
  expect(rollUp).toMatchObject({ parentId: "", resource: { "service.name": "count" } });
  expect(rollUp?.traceId).not.toBe(TRACE);

  await using none = await OtlpReceiver.open();
  await serving({ OTEL_EXPORTER_OTLP_ENDPOINT: none.httpUrl, OTEL_TRACES_SAMPLER: "always_off" }, async (server) => {
    const { grpc } = await server.ready();
    await rollUpToday(`${grpc.host}:${grpc.port}`);
  });
  expect(none.spans).toEqual([]);
});

test("A collector that is away harms nothing, is told of once, and does not hold up the end", async () => {
  await serving(
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
      OTEL_BSP_SCHEDULE_DELAY: "50",
      OTEL_EXPORTER_OTLP_TIMEOUT: "300",
    },
    async (server) => {
      const { grpc, http } = await server.ready();
      await addOne(`${grpc.host}:${grpc.port}`, "/a");
      await server.says("traces cannot be exported; Count goes on without them");
      await addOne(`${grpc.host}:${grpc.port}`, "/b");
      expect(await (await fetch(`${http}/metrics`)).text()).toMatch(/^count_trace_export_failures_total [1-9]/m);
      expect(server.records.filter(({ msg }) => String(msg).startsWith("traces cannot"))).toHaveLength(1);
    },
  );
});

test("An agent traces what it writes to its queue", async () => {
  await using collector = await OtlpReceiver.open();
  await using agent = new AgentProcess(["--server", "127.0.0.1:1", "--queue", "memory", "--drain-timeout-ms", "1000"], {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.httpUrl,
  });
  const { listen } = await agent.ready();
  await addOne(listen, "/a");
  await agent.stop();
  const [flush] = collector.named("flush");
  expect(flush).toMatchObject({
    parentId: "",
    attributes: { "count.requests": 1, "count.keys": 1, "count.batches": 0 },
    resource: { "service.name": "count-agent" },
  });
});
