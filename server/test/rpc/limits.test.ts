import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { createCounter } from "@count/client";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { OPEN_TO_ALL } from "../../src/auth/authenticator.ts";
import { type CallLimits, NO_CALL_LIMITS } from "../../src/domain/call-limits.ts";
import { createMetrics, type Metrics } from "../../src/observability/metrics.ts";
import { Admission } from "../../src/rpc/admission.ts";
import { admitCalls } from "../../src/rpc/admit-calls.ts";
import { ClientLimits } from "../../src/rpc/client-limits.ts";
import { countGrpcService } from "../../src/rpc/count-service.ts";
import type { GrpcServer, GrpcServerOptions } from "../../src/rpc/grpc-server.ts";
import {
  addMessage,
  databaseOfThisFile,
  GET,
  NOW_BUCKET,
  stored,
  storedRequests,
  testIngest,
} from "../ingest/ingest-support.ts";
import { AddCall, RecordCall } from "./count-calls.ts";
import { Wire } from "./grpc-server-support.ts";

const db = databaseOfThisFile();
let wire: Wire;
let metrics: Metrics;
beforeEach(() => {
  wire = new Wire();
  metrics = createMetrics({ version: "0" });
});
afterEach(async () => {
  await wire[Symbol.asyncDispose]();
});

interface Limited extends Partial<CallLimits> {
  readonly server?: Partial<GrpcServerOptions>;
  readonly clock?: () => number;
  /** The server's clock. Default: that of the tests, which stands. */
  readonly now?: () => number;
}

/** count.v1 with limits, over a database. */
function serve({ server = {}, clock, now, ...limits }: Limited): Promise<GrpcServer> {
  const ingest = testIngest(db().database, now === undefined ? {} : { now });
  wire.defer(() => ingest.close());
  const admission = new Admission(
    OPEN_TO_ALL,
    new ClientLimits({ ...NO_CALL_LIMITS, ...limits }, metrics.limited, clock),
  );
  return wire.serve({
    services: [countGrpcService({ database: db().database, ingest })],
    interceptors: [metrics.grpc, admitCalls(admission, metrics.limited)],
    onLimited: metrics.limited,
    ...server,
  });
}

async function limited(limit: string): Promise<number> {
  const { values } = await metrics.registry.getSingleMetric("count_limited_total")!.get();
  return values.find(({ labels }) => labels["limit"] === limit)!.value;
}

function batch(number: number) {
  const counts = { services: [0], methods: [GET], paths: [1], buckets: [BigInt(NOW_BUCKET)], counts: [1n] };
  return { case: "batch" as const, value: { number: BigInt(number), strings: ["", "/a"], ...counts } };
}

describe("a server with limits", () => {
  test("refuses a call that is one too many, and goes on with the others", async () => {
    const server = await serve({ maxCallsPerClient: 1 });
    const client = wire.client(server);
    const first = new AddCall(client);
    first.call.write(addMessage());
    while (!/Add"\} 1/.test(await metrics.registry.getSingleMetricAsString("count_grpc_open_calls"))) await turn();
    expect(await AddCall.all(wire.client(server), [addMessage()])).toBe(
      'RESOURCE_EXHAUSTED: "127.0.0.1" may have at most 1 calls at a time; try again later',
    );
    first.call.end();
    expect(await first.answer).toBe("OK");
    expect(await AddCall.all(client, [addMessage()])).toBe("OK");
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 2"]);
    expect(await limited("calls_per_client")).toBe(1);
  });

  test("closes a connection that is one too many at once, in all and of one address", async () => {
    const all = await serve({ server: { maxConnections: 1 } });
    const kept = wire.client(all);
    expect(await AddCall.all(kept, [addMessage()])).toBe("OK");
    const dropped = connect(all.address.port, "127.0.0.1");
    await once(dropped, "close");
    expect(await limited("connections")).toBe(1);
    const each = await serve({ server: { maxConnectionsPerClient: 1 } });
    const own = wire.client(each);
    expect(await AddCall.all(own, [addMessage()])).toBe("OK");
    const second = connect(each.address.port, "127.0.0.1").on("error", () => undefined);
    await once(second, "close");
    expect(await limited("connections_per_client")).toBe(1);
    expect(await AddCall.all(own, [addMessage()])).toBe("OK");
    own.close();
    // The place is free again once the connection is gone.
    for (let answer = ""; answer !== "OK"; ) answer = await AddCall.all(wire.client(each), [addMessage()]);
  });

  test("tells of messages that are too large", async () => {
    const client = wire.client(await serve({ server: { maxMessageBytes: 1_024 } }));
    expect(await AddCall.all(client, [addMessage({ path: "/a".repeat(1_000) })])).toMatch(
      /^RESOURCE_EXHAUSTED: Received message larger than max/,
    );
    expect(await limited("message_bytes")).toBe(1);
  });

  test("reads batches that come faster than they may only as fast as they may, and loses none", async () => {
    const client = wire.client(await serve({ maxBatchesPerSecondPerClient: 10 }));
    const record = new RecordCall(client);
    expect(await record.hello(randomUUID())).toBe("0");
    const begun = performance.now();
    for (let number = 1; number <= 15; number++) record.send(batch(number));
    expect(await record.acknowledged(15)).toBe("15");
    // Ten at once, and then one in a tenth of a second.
    expect(performance.now() - begun).toBeGreaterThan(450);
    expect(await storedRequests(db())).toBe(15);
    expect(await limited("batches_per_second_per_client")).toBeGreaterThan(0);
    record.call.cancel();
  });

  test("lets a Node.js client that was refused come back, which loses nothing", async () => {
    const server = await serve({ maxCallsPerClient: 1, now: Date.now });
    const add = new AddCall(wire.client(server));
    add.call.write(addMessage());
    const counter = createCounter({
      target: `127.0.0.1:${server.address.port}`,
      logger: { warn: () => undefined, debug: () => undefined },
    });
    counter.record("GET", "/a");
    while ((await limited("calls_per_client")) === 0) await turn();
    add.call.end();
    expect(await add.answer).toBe("OK");
    expect(await counter.close({ limitMs: 30_000 })).toMatchObject({ recorded: 1, acknowledged: 1, pending: 0 });
    expect(await storedRequests(db())).toBe(2);
  });

  test("ends a stream of Record that would wait for too long, once what came before is acknowledged", async () => {
    const client = wire.client(await serve({ maxBatchesPerSecond: 1, clock: () => 0 }));
    const records = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const record = new RecordCall(client);
        expect(await record.hello(randomUUID())).toBe("0");
        return record;
      }),
    );
    records[0]!.send(batch(1));
    expect(await records[0]!.next()).toBe("1");
    for (const record of records.slice(1)) record.send(batch(1));
    const ended = await Promise.race(records.map((record) => record.ended));
    expect(ended).toBe("RESOURCE_EXHAUSTED: this server takes at most 1 batches a second; try again later");
    for (const record of records) record.call.cancel();
    expect(await limited("batches_per_second")).toBe(11);
  });

  test("names the message of Add that would wait for too long; what came before it is stored", async () => {
    const client = wire.client(await serve({ maxMessagesPerSecond: 1, clock: () => 0 }));
    const waiting = Array.from({ length: 11 }, () => {
      const add = new AddCall(client);
      add.call.write(addMessage());
      return add;
    });
    expect(await Promise.race([...waiting.map(({ answer }) => answer), AddCall.all(client, [addMessage()])])).toBe(
      "RESOURCE_EXHAUSTED: message 1: this server takes at most 1 messages a second; try again later",
    );
    for (const { call } of waiting) call.cancel();
    expect(await limited("messages_per_second")).toBeGreaterThan(10);
  });
});
