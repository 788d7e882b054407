import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { create } from "@bufbuild/protobuf";
import { AddRequestSchema, CountDailyTotalsRequestSchema, countService } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import { add, unary, Wire } from "../rpc/grpc-server-support.ts";
import { fakeParts, serving, testConfig } from "./serve-support.ts";

const ASK = create(CountDailyTotalsRequestSchema);

async function readyz(http: string): Promise<unknown> {
  const response = await fetch(`${http}/readyz`);
  return [response.status, await response.json()];
}

describe("serve", () => {
  test("starts everything, says where it is, and releases it in reverse", async () => {
    await using net = new Wire();
    const parts = fakeParts();
    const { process, log, code, isReady } = serving(parts, testConfig({ healthAddress: "127.0.0.1:0" }));
    const { grpc, http } = await isReady();
    expect(await readyz(http)).toEqual([200, { status: "ready" }]);
    expect(await unary(net.client(grpc), countService.countDailyTotals, ASK)).toMatchObject({ methodCounts: [] });
    expect(await (await fetch(`${http}/metrics`)).text()).toContain("count_ready 1\n");
    process.emit("SIGTERM", "SIGTERM");
    expect(await code).toBe(0);
    expect(parts.order).toEqual([
      "embedded starts",
      "connects to 127.0.0.1:1",
      "migrates",
      "count opens",
      "count flushes",
      "database closes",
      "embedded stops",
    ]);
    expect(await log.says("Count is ready")).toMatchObject({ tls: false, dataDir: "/data", postgres: "18.4" });
    expect(JSON.stringify(log.records)).not.toContain("hunter2");
    await expect(fetch(http)).rejects.toThrow();
    expect([process.exits, process.listenerCount("SIGTERM"), process.listenerCount("uncaughtException")]).toEqual([
      [],
      0,
      0,
    ]);
  });

  test("draining says that it is not ready, waits the delay while it still serves, lets streams end and flushes after them", async () => {
    await using net = new Wire();
    const parts = fakeParts();
    const { process, log, code, isReady } = serving(parts, testConfig({ drainDelayMs: "300" }));
    const { grpc, http } = await isReady();
    const client = net.client(grpc);
    const { call, answer } = add(client);
    call.write(create(AddRequestSchema, { path: "/before" }));
    await parts.service.received(1);
    process.emit("SIGTERM", "SIGTERM");
    await log.until(({ reasons }) => String(reasons) === "Count is stopping");
    expect(await readyz(http)).toEqual([503, { status: "not ready", reasons: ["Count is stopping"] }]);
    expect(await unary(client, countService.countDailyTotals, ASK)).toMatchObject({ methodCounts: [] });
    call.write(create(AddRequestSchema, { path: "/after" }));
    await parts.service.received(2);
    expect(parts.order).not.toContain("count flushes");
    call.end();
    expect(await answer).toBeUndefined();
    expect(await code).toBe(0);
    expect(parts.order.slice(-3)).toEqual(["count flushes", "database closes", "embedded stops"]);
  });

  test("cuts off streams that do not end, still flushes, and exits with 0", async () => {
    await using net = new Wire();
    const parts = fakeParts();
    const { process, log, code, isReady } = serving(parts, testConfig({ stopLimitMs: "1000" }));
    const { grpc } = await isReady();
    const { call, answer } = add(net.client(grpc));
    call.on("error", () => undefined);
    call.write(create(AddRequestSchema, { path: "/before" }));
    await parts.service.received(1);
    process.emit("SIGINT", "SIGINT");
    expect((await answer)?.code).toBe(14);
    expect(await code).toBe(0);
    expect(await log.says("calls did not end in time and were cut off")).toMatchObject({ level: "warn", drainMs: 500 });
    expect(parts.order).toContain("count flushes");
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("a second %s ends the process at once with %i", async (signal, exit) => {
    await using net = new Wire();
    const parts = fakeParts();
    const { process, code, isReady } = serving(parts);
    const { call } = add(net.client((await isReady()).grpc));
    call.on("error", () => undefined);
    call.write(create(AddRequestSchema, { path: "/never ends" }));
    await parts.service.received(1);
    process.emit(signal, signal);
    process.emit(signal, signal);
    expect(process.exits).toEqual([exit]);
    call.cancel();
    await code;
  });

  test("ends at once when stopping takes longer than its limit", async () => {
    let release: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => {
      release = resolve;
    });
    const parts = fakeParts({ openCount: async () => ({ service: fakeParts().service, close: () => stuck }) });
    const { process, log, code, isReady } = serving(parts, testConfig({ stopLimitMs: "1000" }));
    await isReady();
    process.emit("SIGTERM", "SIGTERM");
    await once(process, "exited");
    expect(process.exits).toEqual([1]);
    expect(await log.says("stopping took too long: Count ends at once")).toMatchObject({ level: "fatal" });
    release();
    await code;
  });

  test("is alive and answers UNAVAILABLE while the database is away, and becomes ready when it comes", async () => {
    await using net = new Wire();
    let tries = 0;
    let letIn: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      letIn = resolve;
    });
    const parts = fakeParts();
    const there = fakeParts();
    parts.connect = async (...args) => {
      if (tries++ === 0) throw new CountError("unavailable", "nobody listens at db:5432");
      await arrived;
      return there.connect(...args);
    };
    // A port of its own that is known before the server is ready.
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    const { process, log, code, isReady } = serving(
      parts,
      testConfig({ grpcAddress: `127.0.0.1:${port}`, dbUrl: "postgres://u:hunter2@db:5432/count" }),
    );
    await log.until(({ reasons }) => String(reasons).includes("nobody listens"));
    const grpc = { address: { host: "127.0.0.1", port } } as Parameters<Wire["client"]>[0];
    const client = net.client(grpc);
    const waiting = "14 UNAVAILABLE: Count waits for its database: nobody listens at db:5432";
    expect(await unary(client, countService.countDailyTotals, ASK)).toMatchObject({ message: waiting });
    const stream = add(client);
    stream.call.on("error", () => undefined);
    expect((await stream.answer)?.message).toBe(waiting);
    letIn();
    await isReady();
    expect(await unary(client, countService.countDailyTotals, ASK)).toMatchObject({ methodCounts: [] });
    expect(there.order).toEqual(["connects to db:5432"]);
    expect(parts.order).toEqual(["count opens"]);
    process.emit("SIGTERM", "SIGTERM");
    expect(await code).toBe(0);
  });

  test("fails at once with 78 when waiting cannot mend it, and releases what it had", async () => {
    const parts = fakeParts({
      connect: () => Promise.reject(new CountError("precondition", "the database refuses this user: no password")),
    });
    const { log, code } = serving(parts);
    expect(await code).toBe(78);
    expect(parts.order).toEqual(["embedded starts", "embedded stops"]);
    expect(await log.says("the database refuses this user: no password")).toMatchObject({
      level: "fatal",
      code: "precondition",
    });
  });

  test("a port in use is told with what to do, and ends with 4", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const parts = fakeParts();
    const { log, code } = serving(parts, testConfig({ grpcAddress: `127.0.0.1:${port}` }));
    expect(await code).toBe(4);
    expect(parts.order).toEqual([]);
    await log.says(
      `127.0.0.1:${port} is in use by another program, perhaps another Count: stop it, or choose another address`,
    );
    taken.close();
  });

  test("stops by itself, with 4, when the embedded PostgreSQL ends", async () => {
    const parts = fakeParts();
    const { log, code, isReady } = serving(parts);
    await isReady();
    parts.kill();
    expect(await code).toBe(4);
    await log.says(
      "the embedded PostgreSQL ended by itself, by SIGKILL; what was answered for is on disk: start Count again",
    );
    expect(parts.order.slice(-3)).toEqual(["count flushes", "database closes", "embedded stops"]);
  });

  test("can be stopped while it still starts", async () => {
    const parts = fakeParts({ schemaState: async () => ({ usable: false, reason: "0004_clients is missing" }) });
    const { process, log, code } = serving(parts);
    await log.until(({ reasons }) => String(reasons).includes("0004_clients is missing"));
    process.emit("SIGTERM", "SIGTERM");
    expect(await code).toBe(0);
    expect(parts.order.slice(-2)).toEqual(["database closes", "embedded stops"]);
  });

  test("logs an error that nobody handled, and ends at once with 70", async () => {
    const { process, log, code, isReady } = serving(fakeParts());
    await isReady();
    process.emit("uncaughtException", new Error("broken"));
    expect(process.exits).toEqual([70]);
    expect(await log.says("an error that nobody handled: Count ends at once")).toMatchObject({
      level: "fatal",
      err: { message: "broken" },
    });
    process.emit("SIGTERM", "SIGTERM");
    await code;
  });
});
