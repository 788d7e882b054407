import { create } from "@bufbuild/protobuf";
import {
  CountDailyTotalsRequestSchema,
  CountDailyTotalsResponseSchema,
  countService,
  file_count_v1_count,
} from "@count/proto";
import { Client, credentials, type handleUnaryCall, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { describe, expect, test } from "@jest/globals";
import { service as healthService } from "grpc-health-check";
import { authenticatorOf } from "../../src/auth/authenticator.ts";
import type { Identities } from "../../src/auth/identities.ts";
import { parseIdentities } from "../../src/auth/parse-identities.ts";
import { digestOf, makeToken } from "../../src/auth/token.ts";
import { bearerInterceptor } from "../../src/cli/bearer-interceptor.ts";
import { NO_CALL_LIMITS } from "../../src/domain/call-limits.ts";
import { createMetrics } from "../../src/observability/metrics.ts";
import { Admission } from "../../src/rpc/admission.ts";
import { admitCalls } from "../../src/rpc/admit-calls.ts";
import { callerOf } from "../../src/rpc/caller.ts";
import { ClientLimits } from "../../src/rpc/client-limits.ts";
import { Health } from "../../src/rpc/health.ts";
import { reflectionServices } from "../../src/rpc/reflection.ts";
import { addMessage } from "../ingest/ingest-support.ts";
import { AddCall } from "./count-calls.ts";
import { fakeService, Wire } from "./grpc-server-support.ts";

const NIGHTLY = makeToken();
const SHOP = makeToken();
const entry = (name: string, token: string, scope: string) =>
  `  - { name: ${name}, sha256: ${digestOf(token).toString("hex")}, scopes: [${scope}] }\n`;
const FILE = `tokens:\n${entry("nightly", NIGHTLY, "rollup")}${entry("shop", SHOP, "record")}`;
const ASK = create(CountDailyTotalsRequestSchema);

/** Identities that a test replaces, as the file does when it was read again. */
class Changing {
  identities: Identities = parseIdentities(FILE, "auth.yaml");
  readonly #listeners: (() => void)[] = [];

  readonly authenticator = authenticatorOf({
    identities: () => this.identities,
    watch: (listener) => this.#listeners.push(listener),
    mutual: false,
  });

  become(text: string): void {
    this.identities = parseIdentities(text, "auth.yaml").keeping(this.identities);
    for (const listener of this.#listeners) listener();
  }
}

async function serve(wire: Wire, changing = new Changing()) {
  const fake = fakeService();
  /** Who called CountDailyTotals, and what was left of its metadata. */
  const heard: { name: string; authorization: unknown[] }[] = [];
  const countDailyTotals: handleUnaryCall<object, object> = (call, callback) => {
    heard.push({ name: callerOf(call).name, authorization: call.metadata.get("authorization") });
    callback(null, create(CountDailyTotalsResponseSchema));
  };
  const service = { ...fake, implementation: { ...fake.implementation, countDailyTotals } };
  const metrics = createMetrics({ version: "0" });
  const server = await wire.serve({
    services: [new Health([]), ...reflectionServices([file_count_v1_count]), service],
    interceptors: [
      metrics.grpc,
      admitCalls(new Admission(changing.authenticator, new ClientLimits(NO_CALL_LIMITS, () => undefined))),
    ],
  });
  return { server, fake, heard, metrics, client: wire.client(server) };
}

/** `OK`, or the status and its details. */
function rollUp(client: Client, authorization?: string): Promise<string> {
  const { path, requestSerialize, responseDeserialize } = countService.countDailyTotals;
  const metadata = new Metadata();
  if (authorization !== undefined) metadata.set("authorization", authorization);
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, ASK, metadata, (error) =>
      resolve(textOf(error)),
    );
  });
}

function textOf(error: ServiceError | null): string {
  return error === null ? "OK" : `${status[error.code]}: ${error.details}`;
}

describe("a gRPC server that asks who calls", () => {
  test("hears a call with a token that may, knows its caller, and keeps the token to itself", async () => {
    await using wire = new Wire();
    const { client, heard } = await serve(wire);
    expect(await rollUp(client, `Bearer ${NIGHTLY}`)).toBe("OK");
    expect(heard).toEqual([{ name: "nightly", authorization: [] }]);
  });

  test("refuses a call without a token, with an unknown one, or with one that lacks the scope, before it is heard", async () => {
    await using wire = new Wire();
    const { client, heard, metrics } = await serve(wire);
    expect(await rollUp(client)).toBe('UNAUTHENTICATED: a token is required, as "authorization: Bearer" and the token');
    expect(await rollUp(client, `Bearer ${makeToken()}`)).toBe("UNAUTHENTICATED: the token is not known here");
    expect(await rollUp(client, NIGHTLY)).toBe('UNAUTHENTICATED: authorization is not "Bearer" and a token');
    expect(await rollUp(client, `Bearer ${SHOP}`)).toBe(
      'PERMISSION_DENIED: "shop" may not call CountDailyTotals: it needs the scope rollup, and has record',
    );
    expect(heard).toEqual([]);
    const counted = await metrics.registry.getSingleMetricAsString("count_grpc_calls_total");
    expect(counted).toContain('{method="count.v1.CountService/CountDailyTotals",code="UNAUTHENTICATED"} 3');
    expect(counted).toContain('{method="count.v1.CountService/CountDailyTotals",code="PERMISSION_DENIED"} 1');
    const open = await metrics.registry.getSingleMetricAsString("count_grpc_open_calls");
    expect(open).toContain('{method="count.v1.CountService/CountDailyTotals"} 0');
  });

  test("refuses a stream at once, whatever it goes on to send", async () => {
    await using wire = new Wire();
    const { client, fake } = await serve(wire);
    const add = new AddCall(client);
    for (let i = 0; i < 1_000; i++) add.call.write(addMessage());
    expect(await add.answer).toBe('UNAUTHENTICATED: a token is required, as "authorization: Bearer" and the token');
    expect(fake.paths).toEqual([]);
  });

  test("answers for its health without a token, and describes itself to whoever has one", async () => {
    await using wire = new Wire();
    const { client } = await serve(wire);
    const check = healthService["Check"]!;
    const health = new Promise((resolve) => {
      client.makeUnaryRequest(check.path, check.requestSerialize, check.responseDeserialize, { service: "" }, (error) =>
        resolve(textOf(error)),
      );
    });
    expect(await health).toBe("OK");
    const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const describe = (token?: string) => {
      const asItIs = (bytes: Buffer): Buffer => bytes;
      const metadata = new Metadata();
      if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
      const call = client.makeBidiStreamRequest(path, asItIs, asItIs, metadata);
      return new Promise((resolve) => {
        call.on("error", (error) => resolve(textOf(error as ServiceError)));
        call.on("end", () => resolve("OK"));
        call.resume();
        call.end();
      });
    };
    expect(await describe()).toMatch(/^UNAUTHENTICATED: /);
    expect(await describe(SHOP)).toBe("OK");
  });

  test("ends the calls of a caller whose token was withdrawn or changed, and no others", async () => {
    await using wire = new Wire();
    const changing = new Changing();
    const { server, fake } = await serve(wire, changing);
    const clientOf = (token: string) => {
      const { host, port } = server.address;
      const client = new Client(`${host}:${port}`, credentials.createInsecure(), {
        interceptors: [bearerInterceptor(token)],
      });
      wire.defer(() => client.close());
      return client;
    };
    const cart = makeToken();
    changing.become(`${FILE}${entry("cart", cart, "record")}`);
    const kept = new AddCall(clientOf(SHOP));
    const withdrawn = new AddCall(clientOf(cart));
    for (const add of [kept, withdrawn]) add.call.write(addMessage());
    await fake.received(2);
    changing.become(FILE);
    expect(await withdrawn.answer).toBe("UNAVAILABLE: the rights of this caller have changed: call again");
    expect(await AddCall.all(clientOf(cart), [])).toBe("UNAUTHENTICATED: the token is not known here");
    kept.call.write(addMessage());
    kept.call.end();
    expect(await kept.answer).toBe("OK");
    expect(fake.paths).toHaveLength(3);
    const changed = new AddCall(clientOf(SHOP));
    changed.call.write(addMessage());
    await fake.received(4);
    changing.become(FILE.replace("[record]", "[record, read]"));
    expect(await changed.answer).toBe("UNAVAILABLE: the rights of this caller have changed: call again");
  });
});
