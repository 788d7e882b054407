import { randomUUID } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import {
  AddRequestSchema,
  DateSchema,
  Dimension,
  Granularity,
  Method,
  QueryTotalsRequestSchema,
  RecordRequestSchema,
  SetPathRulesRequestSchema,
} from "@count/proto";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { attackedServerOfThisFile } from "./attacked-server.ts";
import { fuzzing, LIMIT_MS, mutated } from "./mutations.ts";

const server = attackedServerOfThisFile();
let client: Client;
beforeAll(() => {
  client = new Client(`127.0.0.1:${server().ports.grpc}`, credentials.createInsecure());
});
afterAll(() => client.close());

const asItIs = (bytes: Buffer): Buffer => bytes;

/** Sends messages as they are on a stream, or as a call. @returns the name of the status */
function send(method: string, messages: readonly Buffer[]): Promise<string> {
  return new Promise((resolve) => {
    const call = client.makeBidiStreamRequest(`/count.v1.CountService/${method}`, asItIs, asItIs);
    call.on("error", () => undefined).resume();
    call.on("status", ({ code }: Pick<ServiceError, "code">) => resolve(status[code]));
    for (const message of messages) call.write(message);
    call.end();
  });
}

const MESSAGE = Buffer.from(
  toBinary(
    AddRequestSchema,
    create(AddRequestSchema, {
      method: Method.GET,
      path: "/fuzz/ü",
      service: "fuzz",
      requestTimestamp: timestampNow(),
    }),
  ),
);
const BUCKET = BigInt(Math.floor(Date.now() / 900_000));

function batch(number: bigint): Buffer {
  const message = {
    case: "batch" as const,
    value: {
      number,
      strings: ["fuzz", "/fuzz/a", "/fuzz/b"],
      services: [0, 0],
      methods: [Method.GET, Method.POST],
      paths: [1, 2],
      buckets: [BUCKET, BUCKET - 1n],
      counts: [3n, 70_000n],
      dropped: 1n,
    },
  };
  return Buffer.from(toBinary(RecordRequestSchema, create(RecordRequestSchema, { message })));
}

function hello(): Buffer {
  const clientId = Buffer.from(randomUUID().replaceAll("-", ""), "hex");
  const message = { case: "hello" as const, value: { clientId } };
  return Buffer.from(toBinary(RecordRequestSchema, create(RecordRequestSchema, { message })));
}

const day = create(DateSchema, { year: 2026, month: 11, day: 25 });
const QUERY = toBinary(
  QueryTotalsRequestSchema,
  create(QueryTotalsRequestSchema, {
    startDate: day,
    endDate: day,
    timeZone: "Europe/Berlin",
    granularity: Granularity.DAY,
    groupBy: [Dimension.SERVICE, Dimension.PATH],
    services: ["fuzz"],
    methods: [Method.GET],
    paths: [{ kind: { case: "glob", value: "/fuzz/**" } }, { kind: { case: "prefix", value: "/f" } }],
    top: 3,
    comparePrevious: true,
  }),
);

/** What a sender may be told of what is wrong with what it sends. */
const TOLD = ["OK", "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "RESOURCE_EXHAUSTED"];

test(
  "whatever comes as messages of Add is counted or refused, and nobody else notices",
  () =>
    server().during(async (others) => {
      await fc.assert(
        fc.asyncProperty(fc.array(mutated(MESSAGE), { maxLength: 4 }), async (messages) => {
          expect(TOLD).toContain(await send("Add", messages));
        }),
        fuzzing(400),
      );
      await others();
    }),
  LIMIT_MS,
);

test(
  "whatever comes as messages of Record is counted or refused, and nobody else notices",
  () =>
    server().during(async (others) => {
      await fc.assert(
        fc.asyncProperty(
          fc.boolean(),
          fc.array(mutated(batch(1n), batch(2n), hello()), { maxLength: 4 }),
          async (isGreeted, messages) => {
            expect(TOLD).toContain(await send("Record", isGreeted ? [hello(), ...messages] : messages));
          },
        ),
        fuzzing(400),
      );
      await others();
    }),
  LIMIT_MS,
);

test(
  "whatever is asked is answered or refused, and nobody else notices",
  () =>
    server().during(async (others) => {
      const rules = toBinary(
        SetPathRulesRequestSchema,
        create(SetPathRulesRequestSchema, {
          rules: [{ path: { kind: { case: "glob", value: "/fuzz/*" } }, to: "/fuzz" }],
          dryRun: true,
        }),
      );
      await fc.assert(
        fc.asyncProperty(mutated(QUERY), async (query) => {
          expect(TOLD).toContain(await send("QueryTotals", [query]));
        }),
        fuzzing(300),
      );
      await fc.assert(
        fc.asyncProperty(mutated(rules, QUERY), async (bytes) => {
          for (const method of ["GetPeriodTotals", "ListDailyTotals", "CountDailyTotals"]) {
            expect([...TOLD, "NOT_FOUND"]).toContain(await send(method, [bytes]));
          }
        }),
        fuzzing(60),
      );
      await others();
    }),
  LIMIT_MS,
);
