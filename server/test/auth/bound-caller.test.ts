import { randomUUID } from "node:crypto";
import { create, toJson } from "@bufbuild/protobuf";
import {
  CountDailyTotalsRequestSchema,
  countService,
  Dimension,
  GetPeriodTotalsRequestSchema,
  ListDailyTotalsRequestSchema,
  MethodCountSchema,
  QueryTotalsRequestSchema,
  QueryTotalsResponseSchema,
  type RecordRequest,
} from "@count/proto";
import { Client, credentials, type MethodDefinition, type ServiceError, status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { authenticatorOf } from "../../src/auth/authenticator.ts";
import { parseIdentities } from "../../src/auth/parse-identities.ts";
import { digestOf, makeToken } from "../../src/auth/token.ts";
import { bearerInterceptor } from "../../src/cli/bearer-interceptor.ts";
import { NO_CALL_LIMITS } from "../../src/domain/call-limits.ts";
import { Admission } from "../../src/rpc/admission.ts";
import { admitCalls } from "../../src/rpc/admit-calls.ts";
import { ClientLimits } from "../../src/rpc/client-limits.ts";
import { countGrpcService } from "../../src/rpc/count-service.ts";
import { addMessage, databaseOfThisFile, GET, NOW_BUCKET, stored, testIngest } from "../ingest/ingest-support.ts";
import { AddCall, RecordCall } from "../rpc/count-calls.ts";
import { Wire } from "../rpc/grpc-server-support.ts";

const TOKENS = { shop: makeToken(), several: makeToken(), all: makeToken() };
const hash = (token: string) => digestOf(token).toString("hex");
const FILE = `tokens:
  - { name: shop, sha256: ${hash(TOKENS.shop)}, scopes: [record, read, rollup], services: [shop] }
  - { name: several, sha256: ${hash(TOKENS.several)}, scopes: [record], services: [shop, cart] }
  - { name: all, sha256: ${hash(TOKENS.all)}, scopes: [admin] }
`;
const DAY = { year: 2026, month: 11, day: 22 };
const db = databaseOfThisFile();

let wire: Wire;
let port: number;
let refusals: readonly string[];

beforeEach(async () => {
  wire = new Wire();
  const ingest = testIngest(db().database);
  wire.defer(() => ingest.close());
  refusals = ingest.observer.refusals;
  const identities = parseIdentities(FILE, "auth.yaml");
  const auth = authenticatorOf({ identities: () => identities, watch: () => undefined, mutual: false });
  const services = [countGrpcService({ database: db().database, ingest })];
  const server = await wire.serve({
    services,
    interceptors: [admitCalls(new Admission(auth, new ClientLimits(NO_CALL_LIMITS, () => undefined)))],
  });
  ({ port } = server.address);
});
afterEach(async () => {
  await wire[Symbol.asyncDispose]();
});

function clientOf(who: keyof typeof TOKENS): Client {
  const options = { interceptors: [bearerInterceptor(TOKENS[who])], "grpc.use_local_subchannel_pool": 1 };
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  wire.defer(() => client.close());
  return client;
}

/** A batch with one count for each service. */
function batch(number: number, counts: readonly (readonly [service: string, requests: number])[]) {
  const value = {
    number: BigInt(number),
    strings: ["/a", ...counts.map(([service]) => service)],
    services: counts.map((_, i) => i + 1),
    methods: counts.map(() => GET),
    paths: counts.map(() => 0),
    buckets: counts.map(() => BigInt(NOW_BUCKET)),
    counts: counts.map(([, requests]) => BigInt(requests)),
  };
  return { case: "batch", value } as const satisfies { case: RecordRequest["message"]["case"]; value: object };
}

function unary<Request, Response>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, response) =>
      error ? reject(error) : resolve(response!),
    );
  });
}

/** `service path: count`, and the error's text for a call that fails. */
async function rows(answer: Promise<{ methodCounts: readonly { service: string; path: string; count: bigint }[] }>) {
  try {
    return (await answer).methodCounts.map(({ service, path, count }) => `${service} ${path}: ${count}`);
  } catch (error) {
    const { code, details } = error as ServiceError;
    return `${status[code]}: ${details}`;
  }
}

describe("a caller that is bound to services", () => {
  test("adds requests of its service, and those of none under it; one of another ends the stream", async () => {
    const own = [addMessage({ service: "shop" }), addMessage({ service: "" })];
    expect(await AddCall.all(clientOf("shop"), own)).toBe("OK");
    expect(await stored(db())).toEqual(["2026-11-22 shop 3 /a: 2"]);
    const mixed = [...own, addMessage({ service: "cart" }), ...own];
    expect(await AddCall.all(clientOf("shop"), mixed)).toBe(
      'PERMISSION_DENIED: message 3: service "cart" is forbidden to "shop"; accepted is "shop"',
    );
    expect(await AddCall.all(clientOf("several"), [addMessage()])).toBe(
      'PERMISSION_DENIED: message 1: service "" is forbidden to "several"; accepted are "shop", "cart"',
    );
    expect(await stored(db())).toEqual(["2026-11-22 shop 3 /a: 4"]);
    expect(refusals).toEqual(["add 8 1", "add 8 1"]);
  });

  test("records batches of its service, and is told how many requests of others were refused", async () => {
    const record = new RecordCall(clientOf("shop"));
    const clientId = randomUUID();
    expect(await record.hello(clientId)).toBe("0");
    record.send(
      batch(1, [
        ["shop", 5],
        ["cart", 7],
        ["", 11],
      ]),
    );
    expect(await record.next()).toBe('1 refused 7 × 8 (service "cart" is forbidden to "shop"; accepted is "shop")');
    record.send(batch(2, [["cart", 2]]));
    expect(await record.next()).toBe('2 refused 9 × 8 (service "cart" is forbidden to "shop"; accepted is "shop")');
    record.call.end();
    expect(await record.ended).toBe("OK");
    expect(await stored(db())).toEqual(["2026-11-22 shop 3 /a: 16"]);
    expect(refusals).toEqual(["record 8 7", "record 8 2"]);
    const [cursor] = await db().query("select refused::text as refused from count.clients where client_id = $1", [
      clientId,
    ]);
    expect(cursor).toEqual({ refused: "{0,0,0,0,0,0,0,9}" });
  });

  test("looks at its services only, whatever it asks for", async () => {
    const services = ["shop", "cart", "cart", ""];
    await AddCall.all(
      clientOf("all"),
      services.map((service) => addMessage({ service })),
    );
    const list = create(ListDailyTotalsRequestSchema, { startDate: DAY, endDate: DAY, includePending: true });
    const period = create(GetPeriodTotalsRequestSchema, { period: DAY, includePending: true });
    expect(await rows(unary(clientOf("all"), countService.listDailyTotals, list))).toEqual([
      " /a: 1",
      "cart /a: 2",
      "shop /a: 1",
    ]);
    expect(await rows(unary(clientOf("shop"), countService.listDailyTotals, list))).toEqual(["shop /a: 1"]);
    expect(await rows(unary(clientOf("shop"), countService.getPeriodTotals, period))).toEqual(["shop /a: 1"]);
    const query = async (who: keyof typeof TOKENS, asked: readonly string[] = []) => {
      const request = create(QueryTotalsRequestSchema, {
        startDate: DAY,
        endDate: DAY,
        groupBy: [Dimension.SERVICE],
        services: [...asked],
      });
      const answer = await unary(clientOf(who), countService.queryTotals, request);
      const { rows = [], total = "0" } = toJson(QueryTotalsResponseSchema, answer) as Record<string, never>;
      return [total, (rows as { service?: string; count: string }[]).map((row) => `${row.service}: ${row.count}`)];
    };
    expect(await query("all")).toEqual(["4", ["undefined: 1", "cart: 2", "shop: 1"]]);
    expect(await query("shop")).toEqual(["1", ["shop: 1"]]);
    expect(await query("shop", ["cart", "shop"])).toEqual(["1", ["shop: 1"]]);
    expect(await query("shop", ["cart"])).toEqual(["0", []]);
  });

  test("rolls everything up, and is shown its services", async () => {
    await AddCall.all(clientOf("all"), [addMessage({ service: "shop" }), addMessage({ service: "cart" })]);
    const day = create(CountDailyTotalsRequestSchema, { date: DAY });
    const answer = await unary(clientOf("shop"), countService.countDailyTotals, day);
    expect(answer.methodCounts.map((count) => toJson(MethodCountSchema, count))).toEqual([
      { method: "GET", path: "/a", service: "shop", count: "1", date: { year: 2026, month: 11, day: 22 } },
    ]);
    const before = create(ListDailyTotalsRequestSchema, { startDate: DAY, endDate: DAY });
    expect(await rows(unary(clientOf("all"), countService.listDailyTotals, before))).toEqual([
      "cart /a: 1",
      "shop /a: 1",
    ]);
    await db().query(
      "delete from count.daily_method_totals where method_id in (select id from count.methods where service = 'shop')",
    );
    expect(await rows(unary(clientOf("shop"), countService.listDailyTotals, before))).toBe(
      "NOT_FOUND: no totals on 2026-11-22 of the services that this caller may look at: only what was rolled up (CountDailyTotals) is listed, unless include_pending is set",
    );
  });
});
