import { once } from "node:events";
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import {
  AddRequestSchema,
  CountDailyTotalsRequestSchema,
  CountService,
  countService,
  GetPeriodTotalsRequestSchema,
  ListDailyTotalsRequestSchema,
  RecordRequestSchema,
} from "@count/proto";
import type * as grpcJs from "@grpc/grpc-js";
import { type Client, type Interceptor, type MethodDefinition, type ServiceError, status } from "@grpc/grpc-js";
import { describe, expect, test } from "@jest/globals";
import { countCalls as countConnectCalls } from "../../src/adapters/connect.ts";
import { countCalls } from "../../src/adapters/grpc.ts";
import type { CountOptions } from "../../src/adapters/node-http.ts";
import { createCounter } from "../../src/index.ts";
import { until } from "../support/until.ts";
import { countsOf, servicesOf } from "./support/counts.ts";
import { grpcJsOf, RPC_SUBJECTS } from "./support/rpc.ts";
import { Stage } from "./support/stage.ts";
import { fail, throwingCounter } from "./support/throwing.ts";

function clientOf(
  stage: Stage,
  port: number,
  interceptors: Interceptor[] = [],
  { Client: Made, credentials: { createInsecure } }: typeof grpcJs = grpcJsOf("@grpc/grpc-js"),
): Client {
  const client = new Made(`127.0.0.1:${port}`, createInsecure(), { interceptors });
  stage.onEnd(() => client.close());
  return client;
}

/** The status of a unary call. */
function call<Q, R>(
  client: Client,
  { path, ...method }: MethodDefinition<Q, R>,
  message: Q,
  deadline?: number,
): Promise<status> {
  return new Promise((resolve) => {
    const options = deadline === undefined ? {} : { deadline };
    const done = (error: ServiceError | null): void => resolve(error?.code ?? status.OK);
    client.makeUnaryRequest(path, method.requestSerialize, method.responseDeserialize, message, options, done);
  });
}

/** Calls of all kinds, and how they end. */
async function callAll(client: Client): Promise<Record<string, status>> {
  const { add, record, countDailyTotals, listDailyTotals, getPeriodTotals } = countService;
  const unary = await call(client, countDailyTotals, create(CountDailyTotalsRequestSchema));
  const failing = await call(client, listDailyTotals, create(ListDailyTotalsRequestSchema));
  const missing = await call(client, getPeriodTotals, create(GetPeriodTotalsRequestSchema));
  const unknown = await call(
    client,
    { ...countDailyTotals, path: "/other.v1.Other/Do" },
    create(CountDailyTotalsRequestSchema),
  );
  const uploaded = await new Promise<status>((resolve) => {
    const stream = client.makeClientStreamRequest(add.path, add.requestSerialize, add.responseDeserialize, (error) =>
      resolve(error?.code ?? status.OK),
    );
    for (let at = 0; at < 100; at++) stream.write(create(AddRequestSchema, { path: "/a" }));
    stream.end();
  });
  // Cancelled in the middle of an exchange of messages.
  const stream = client.makeBidiStreamRequest(record.path, record.requestSerialize, record.responseDeserialize);
  const ended = once(stream, "error") as Promise<[ServiceError]>;
  for (let at = 0; at < 3; at++) {
    const answered = once(stream, "data");
    stream.write(create(RecordRequestSchema));
    await answered;
  }
  stream.cancel();
  const [cancelled] = await ended;
  return { unary, failing, missing, unknown, uploaded, cancelled: cancelled.code };
}

const EXPECTED_STATUS = {
  unary: status.OK,
  failing: status.NOT_FOUND,
  missing: status.UNIMPLEMENTED,
  unknown: status.UNIMPLEMENTED,
  uploaded: status.OK,
  cancelled: status.CANCELLED,
};

const COUNTED = {
  "GRPC /count.v1.CountService/CountDailyTotals": 1,
  "GRPC /count.v1.CountService/ListDailyTotals": 1,
  "GRPC /count.v1.CountService/Add": 1,
  "GRPC /count.v1.CountService/Record": 1,
};

/** What nobody implements: Connect knows a method that is declared, grpc-js none that was not added. */
function unmatchedOf(name: string): Record<string, number> {
  return name === "Connect"
    ? { "GRPC /count.v1.CountService/GetPeriodTotals": 1, "POST (unmatched)": 1 }
    : { "GRPC (unmatched)": 2 };
}

describe.each(RPC_SUBJECTS)("the adapter for servers of %s", (name, start) => {
  test("counts each of the same calls once, under its full method", async () => {
    await using stage = new Stage();
    const server = await stage.count();
    const { counting, port } = await start({ target: server.target, service: "books" }, stage);
    expect(await callAll(clientOf(stage, port))).toEqual(EXPECTED_STATUS);
    await until(() => counting?.statistics().open === 0);
    expect(counting?.statistics()).toEqual({ observed: 6, ignored: 0, open: 0, failures: 0 });
    expect(await counting?.close()).toMatchObject({ recorded: 6, acknowledged: 6, pending: 0 });
    expect(countsOf(server.database)).toEqual({ ...COUNTED, ...unmatchedOf(name) });
    expect(servicesOf(server.database)).toEqual(["books"]);
  });

  test("changes no call, whatever is wrong", async () => {
    await using stage = new Stage();
    const counter = throwingCounter();
    stage.onEnd(() => counter.close({ limitMs: 0 }));
    const logger = { warn: () => undefined, debug: () => undefined };
    const troubles: CountOptions[] = [
      { target: "nonsense", logger },
      { target: "127.0.0.1:1", rename: [fail], ignore: [fail], logger },
      { counter, logger },
    ];
    for (const options of [undefined, ...troubles]) {
      const { counting, port } = await start(options, stage);
      stage.onEnd(() => counting?.close({ limitMs: 0 }));
      expect(await callAll(clientOf(stage, port))).toEqual(EXPECTED_STATUS);
    }
  });
});

describe("the adapter for clients", () => {
  test.each(["@grpc/grpc-js", "grpc-js-oldest"] as const)(
    "counts calls that are made with %s, whatever becomes of them, under the service that is called",
    async (name) => {
      await using stage = new Stage();
      const server = await stage.count();
      const counting = countCalls({ target: server.target, service: "books", rename: [[/^\/other\..*/, "/other"]] });
      const [, start] = RPC_SUBJECTS[0]!;
      const { port } = await start(undefined, stage);
      const client = clientOf(stage, port, [counting], grpcJsOf(name));
      expect(await callAll(client)).toEqual(EXPECTED_STATUS);
      // Nobody is there, and a deadline that has passed.
      const away = clientOf(stage, 1, [counting], grpcJsOf(name));
      const message = create(CountDailyTotalsRequestSchema);
      expect(await call(away, countService.countDailyTotals, message)).toBe(status.UNAVAILABLE);
      expect(await call(client, countService.countDailyTotals, message, 1)).toBe(status.DEADLINE_EXCEEDED);
      await counting.close();
      expect(countsOf(server.database)).toEqual({
        ...COUNTED,
        "GRPC /count.v1.CountService/CountDailyTotals": 3,
        "GRPC /count.v1.CountService/GetPeriodTotals": 1,
        "GRPC /other": 1,
      });
      expect(servicesOf(server.database)).toEqual(["books"]);
    },
  );

  test("counts calls that are made with Connect, in its own protocol, as its server does", async () => {
    await using stage = new Stage();
    const server = await stage.count();
    const counter = createCounter({ target: server.target });
    stage.onEnd(() => counter.close());
    const calls = countConnectCalls({ counter, service: "books, as called" });
    const [, start] = RPC_SUBJECTS[1]!;
    const { port } = await start({ counter, service: "books, as served" }, stage);
    const transport = createConnectTransport({
      baseUrl: `http://127.0.0.1:${port}`,
      httpVersion: "2",
      interceptors: [calls],
    });
    const client = createClient(CountService, transport);
    await client.countDailyTotals({});
    await expect(client.listDailyTotals({})).rejects.toThrow("none");
    await counter.close();
    expect([...server.database.stored].map(([key, n]) => [key.replace(/ \d+$/, ""), n]).sort()).toEqual([
      ["books, as called 100 /count.v1.CountService/CountDailyTotals", 1],
      ["books, as called 100 /count.v1.CountService/ListDailyTotals", 1],
      ["books, as served 100 /count.v1.CountService/CountDailyTotals", 1],
      ["books, as served 100 /count.v1.CountService/ListDailyTotals", 1],
    ]);
  });

  test("takes its service from nobody but the options, for it is another's", async () => {
    await using stage = new Stage();
    const server = await stage.count();
    const before = process.env["OTEL_SERVICE_NAME"];
    stage.onEnd(() => {
      if (before === undefined) delete process.env["OTEL_SERVICE_NAME"];
      else process.env["OTEL_SERVICE_NAME"] = before;
    });
    process.env["OTEL_SERVICE_NAME"] = "shop";
    const calls = countCalls({ target: server.target });
    const [, start] = RPC_SUBJECTS[0]!;
    const { counting, port } = await start({ target: server.target }, stage);
    await call(clientOf(stage, port, [calls]), countService.countDailyTotals, create(CountDailyTotalsRequestSchema));
    await calls.close();
    await counting?.close();
    expect(servicesOf(server.database).sort()).toEqual(["", "shop"]);
  });
});
