import { once } from "node:events";
import { type Client, Metadata } from "@grpc/grpc-js";
import { describe, expect, test } from "@jest/globals";
import { service as healthService } from "grpc-health-check";
import { Health } from "../../src/rpc/health.ts";
import { unary, Wire } from "./grpc-server-support.ts";

const NAMES = ["count.v1.CountService"];
const { Check, Watch, List } = healthService as unknown as Record<
  "Check" | "Watch" | "List",
  Parameters<typeof unary>[1]
>;

function watch(client: Client, service: string) {
  const call = client.makeServerStreamRequest(Watch.path, Watch.requestSerialize, Watch.responseDeserialize, {
    service,
  });
  // A watch that its client leaves ends with an error; without a listener that would be the test's.
  call.on("error", () => undefined);
  return { call, next: async () => ((await once(call, "data")) as [unknown])[0] };
}

describe("the health service", () => {
  test("answers for the server and for its services, and not for others", async () => {
    await using net = new Wire();
    const health = new Health(NAMES);
    const client = net.client(await net.serve({ services: [health] }));
    expect(await unary(client, Check, { service: "" })).toEqual({ status: "NOT_SERVING" });
    health.set(true);
    expect(await unary(client, Check, { service: "" })).toEqual({ status: "SERVING" });
    expect(await unary(client, Check, { service: "count.v1.CountService" })).toEqual({ status: "SERVING" });
    expect(await unary(client, List, {})).toEqual({
      statuses: {
        "": { status: "SERVING" },
        "count.v1.CountService": { status: "SERVING" },
        liveness: { status: "SERVING" },
      },
    });
    expect(String((await unary(client, Check, { service: "other" })) as Error)).toBe(
      'Error: 5 NOT_FOUND: service "other" is not known here',
    );
  });

  test("tells those who watch of every change, and ends their calls when the server drains", async () => {
    await using net = new Wire();
    const health = new Health(NAMES);
    const server = await net.serve({ services: [health] });
    const { call, next } = watch(net.client(server), "count.v1.CountService");
    expect(await next()).toEqual({ status: "NOT_SERVING" });
    health.set(true);
    expect(await next()).toEqual({ status: "SERVING" });
    health.set(true);
    health.set(false);
    expect(await next()).toEqual({ status: "NOT_SERVING" });
    const status = once(call, "status");
    expect(await server.drain(10_000)).toBe(true);
    expect(await status).toEqual([{ code: 0, details: "OK", metadata: expect.any(Metadata) }]);
  });

  test("says that the process lives while the server does not serve, whoever asks for liveness", async () => {
    await using net = new Wire();
    const client = net.client(await net.serve({ services: [new Health(NAMES)] }));
    expect(await unary(client, Check, { service: "liveness" })).toEqual({ status: "SERVING" });
    expect(await watch(client, "liveness").next()).toEqual({ status: "SERVING" });
    expect(await unary(client, Check, { service: "" })).toEqual({ status: "NOT_SERVING" });
    expect(await unary(client, List, {})).toEqual({
      statuses: {
        "": { status: "NOT_SERVING" },
        "count.v1.CountService": { status: "NOT_SERVING" },
        liveness: { status: "SERVING" },
      },
    });
  });

  test("lets an unknown service be watched", async () => {
    await using net = new Wire();
    const { next } = watch(net.client(await net.serve({ services: [new Health(NAMES)] })), "other");
    expect(await next()).toEqual({ status: "SERVICE_UNKNOWN" });
  });
});
