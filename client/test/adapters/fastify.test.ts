import type { AddressInfo } from "node:net";
import { describe, expect, test } from "@jest/globals";
import Fastify, { type FastifyInstance } from "fastify";
import { count, type FastifyCount } from "../../src/adapters/fastify.ts";
import { until } from "../support/until.ts";
import { Client, rawSocket, readUntil } from "./support/client.ts";
import { counted } from "./support/counted.ts";

/** What an app counted whose adapter is registered first. */
function countedBy(
  build: (app: FastifyInstance) => void,
  run: (app: FastifyInstance, port: number, client: Client, counting: FastifyCount) => Promise<unknown>,
): Promise<Record<string, number>> {
  return counted(async (options, stage) => {
    const app = Fastify({ forceCloseConnections: true });
    const counting = count(options);
    // As in the README: not awaited, before the other plugins.
    app.register(counting);
    build(app);
    await app.listen({ port: 0, host: "127.0.0.1" });
    stage.onEnd(() => app.close());
    const { port } = app.server.address() as AddressInfo;
    const client = new Client(port);
    stage.onEnd(() => client.close());
    await run(app, port, client, counting);
    return counting;
  });
}

describe("the adapter for Fastify", () => {
  test("counts what Fastify answers before it looks for a route, under (unmatched)", async () => {
    const counts = await countedBy(
      (app) => {
        app.get("/users/:id", async () => "user");
      },
      async (_app, port, client) => {
        expect((await client.send("GET", "/users/1")).status).toBe(200);
        const socket = await rawSocket(port, "GET /users/%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        expect(await readUntil(socket, () => false)).toMatch(/^HTTP\/1.1 400/);
      },
    );
    expect(counts).toEqual({ "GET /users/:id": 1, "GET (unmatched)": 1 });
  });

  test("counts under (unmatched) where a context has a handler of its own for 404", async () => {
    const counts = await countedBy(
      (app) => {
        app.register(
          async (shop) => {
            shop.setNotFoundHandler((_request, reply) => reply.status(404).send("no such thing in the shop"));
            shop.get("/items/:item", async () => "item");
            shop.get("/gone/:item", (_request, reply) => reply.callNotFound());
          },
          { prefix: "/shops/:shop" },
        );
      },
      async (_app, _port, client) => {
        await client.send("GET", "/shops/1/items/2");
        expect((await client.send("GET", "/shops/1/nothing/2")).body).toBe("no such thing in the shop");
        expect((await client.send("GET", "/shops/1/gone/2")).status).toBe(404);
      },
    );
    expect(counts).toEqual({
      "GET /shops/:shop/items/:item": 1,
      "GET (unmatched)": 1,
      "GET /shops/:shop/gone/:item": 1,
    });
  });

  test("counts what a hook answers under the route that it keeps from running", async () => {
    const counts = await countedBy(
      (app) => {
        app.addHook("onRequest", async (request, reply) => {
          if (request.url.startsWith("/private")) await reply.status(401).send("who?");
        });
        app.get("/private/:id", async () => "secret");
      },
      async (_app, _port, client) => {
        expect((await client.send("GET", "/private/1")).status).toBe(401);
        expect((await client.send("HEAD", "/private/1")).status).toBe(401);
      },
    );
    expect(counts).toEqual({ "GET /private/:id": 1, "HEAD /private/:id": 1 });
  });

  test("closes its counter with the app, which does not wait for it", async () => {
    const app = Fastify();
    const counting = count({ target: "127.0.0.1:1" });
    app.register(counting);
    app.get("/users/:id", async () => "user");
    await app.listen({ port: 0, host: "127.0.0.1" });
    const client = new Client((app.server.address() as AddressInfo).port);
    await client.send("GET", "/users/1");
    client.close();
    await until(() => counting.statistics().open === 0);
    await app.close();
    // Nobody can take it, so closing would last for as long as it may.
    const statistics = counting.counter.statistics();
    expect(statistics).toMatchObject({ recorded: 1, pending: 1 });
    expect(statistics.state).not.toBe("closed");
    expect(await counting.close()).toMatchObject({ recorded: 1, acknowledged: 0, pending: 1 });
    expect(counting.counter.statistics().state).toBe("closed");
  });
});
