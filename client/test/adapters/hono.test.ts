import type { Server } from "node:http";
import { createAdaptorServer, upgradeWebSocket } from "@hono/node-server";
import { describe, expect, test } from "@jest/globals";
import { Hono } from "hono";
import { WebSocketServer } from "ws";
import { count, type HonoCount } from "../../src/adapters/hono.ts";
import { closed, listening } from "./support/app.ts";
import { Client, talk } from "./support/client.ts";
import { counted } from "./support/counted.ts";

/** Sends the requests to an app, as a server of Node's and as a function, which must count the same. */
async function countedBy(
  build: (app: Hono) => void,
  requests: readonly (readonly [method: string, path: string, status: number])[],
): Promise<Record<string, number>> {
  const start = (counting: HonoCount): Hono => {
    const app = new Hono();
    app.use(counting);
    build(app);
    return app;
  };
  const served = await counted(async (options, stage) => {
    const counting = count(options);
    const server = createAdaptorServer({ fetch: start(counting).fetch, overrideGlobalObjects: false }) as Server;
    const client = new Client(await listening(server));
    stage.onEnd(() => closed(server));
    stage.onEnd(() => client.close());
    for (const [method, path, status] of requests) {
      expect({ method, path, status: (await client.send(method, path)).status }).toEqual({ method, path, status });
    }
    return counting;
  });
  const called = await counted(async (options) => {
    const counting = count(options);
    const app = start(counting);
    for (const [method, path, status] of requests) {
      expect({ method, path, status: (await app.request(path, { method })).status }).toEqual({ method, path, status });
    }
    return counting;
  });
  expect(called).toEqual(served);
  return served;
}

describe("the adapter for Hono", () => {
  test("tells routes from middleware, whatever matches", async () => {
    const counts = await countedBy(
      (app) => {
        app.use("/static/*", async (context, next) => {
          if (context.req.path === "/static/a.css") return context.text("a");
          await next();
          return undefined;
        });
        app.use("/private/*", async (context, next) => {
          if (context.req.query("token") === undefined) return context.text("who?", 401);
          await next();
          return undefined;
        });
        app.get("/private/:id", (context) => context.text("secret"));
        app.all("/any/:id", (context) => context.text("any"));
        app.get("/two/me", (context) => context.text("me"));
        app.get("/two/:id", (context) => context.text("id"));
        app.get("/gone/:id", (context) => context.notFound());
        app.use("*", async (_context, next) => {
          await next();
        });
      },
      [
        ["GET", "/static/a.css", 200],
        ["GET", "/static/b.css", 404],
        ["GET", "/private/1", 401],
        ["GET", "/private/1?token=1", 200],
        ["PUT", "/any/1", 200],
        ["GET", "/two/me", 200],
        ["GET", "/two/7", 200],
        ["GET", "/gone/7", 404],
        ["HEAD", "/two/7", 200],
        ["GET", "/nothing", 404],
      ],
    );
    expect(counts).toEqual({
      "GET /static/*": 1,
      "GET (unmatched)": 2,
      "GET /private/:id": 2,
      "PUT /any/:id": 1,
      "GET /two/me": 1,
      "GET /two/:id": 1,
      "GET /gone/:id": 1,
      "HEAD /two/:id": 1,
    });
  });

  test("knows the routes of an app with an error handler of its own, however deep", async () => {
    const counts = await countedBy(
      (app) => {
        const inner = new Hono().all("/:id", () => {
          throw new Error("boom");
        });
        inner.onError((_error, context) => context.text("inner", 503));
        const outer = new Hono().basePath("/outer/:org").route("/inner", inner);
        outer.onError((_error, context) => context.text("outer", 500));
        app.route("/v1", outer);
      },
      [
        ["GET", "/v1/outer/a/inner/7", 503],
        ["POST", "/v1/outer/a/inner/7", 503],
        ["GET", "/v1/outer/a/other", 404],
      ],
    );
    expect(counts).toEqual({
      "GET /v1/outer/:org/inner/:id": 1,
      "POST /v1/outer/:org/inner/:id": 1,
      "GET (unmatched)": 1,
    });
  });

  test("counts a WebSocket that Hono routes once, under its route, also where upgrades of the server count", async () => {
    const counts = await counted(async (options, stage) => {
      const counting = count(options);
      const app = new Hono();
      app.use(counting);
      app.get(
        "/live/:id",
        upgradeWebSocket(() => ({
          onMessage(event: { data: unknown }, socket) {
            socket.send(String(event.data));
          },
        })),
      );
      const sockets = new WebSocketServer({ noServer: true });
      const server = createAdaptorServer({
        fetch: app.fetch,
        overrideGlobalObjects: false,
        websocket: { server: sockets as never },
      });
      counting.upgrades(server);
      const port = await listening(server);
      stage.onEnd(() => closed(server));
      expect(await talk(port, "/live/seven")).toBe("hello");
      return counting;
    });
    expect(counts).toEqual({ "GET /live/:id": 1 });
  });
});
