import { createServer } from "node:http";
import { describe, expect, test } from "@jest/globals";
import Router from "@koa/router";
import Koa from "koa";
import { count } from "../../src/adapters/koa.ts";
import { closed, listening } from "./support/app.ts";
import { Client } from "./support/client.ts";
import { counted } from "./support/counted.ts";

function countedBy(
  build: (app: Koa) => void,
  requests: readonly (readonly [method: string, path: string, status: number])[],
): Promise<Record<string, number>> {
  return counted(async (options, stage) => {
    const app = new Koa();
    app.silent = true;
    const counting = count(options);
    app.use(counting);
    build(app);
    const callback = app.callback();
    const server = createServer((request, response) => void callback(request, response));
    const client = new Client(await listening(server));
    stage.onEnd(() => closed(server));
    stage.onEnd(() => client.close());
    for (const [method, path, status] of requests) {
      expect({ method, path, status: (await client.send(method, path)).status }).toEqual({ method, path, status });
    }
    return counting;
  });
}

function ok(context: Koa.Context): void {
  context.body = "ok";
}

describe("the adapter for Koa", () => {
  test("counts what a middleware of the router answers under the route that it keeps from running", async () => {
    const counts = await countedBy(
      (app) => {
        const router = new Router({ prefix: "/shops" });
        router.use((context, next) => {
          if (context.query["token"] === undefined) context.throw(401, "who?");
          return next();
        });
        router.get("/:shop/items/:item", ok);
        app.use(router.routes());
      },
      [
        ["GET", "/shops/1/items/2", 401],
        ["GET", "/shops/1/items/2?token=1", 200],
        ["GET", "/shops/1/nothing?token=1", 404],
      ],
    );
    expect(counts).toEqual({ "GET /shops/:shop/items/:item": 2, "GET (unmatched)": 1 });
  });

  test("takes the route that ran of several that match, and the text of a RegExp", async () => {
    const counts = await countedBy(
      (app) => {
        const router = new Router();
        router
          .get("/users/me", ok)
          .get("/users/:id", ok)
          .get(/^\/files\/\d+$/, ok);
        app.use(router.routes());
      },
      [
        ["GET", "/users/me", 200],
        ["GET", "/users/7", 200],
        ["GET", "/files/7", 200],
      ],
    );
    expect(counts).toEqual({ "GET /users/me": 1, "GET /users/:id": 1, "GET /^\\/files\\/\\d+$/": 1 });
  });

  test("takes the path that matched where allowedMethods answers", async () => {
    const counts = await countedBy(
      (app) => {
        const router = new Router().get("/users/:id", ok);
        app.use(router.routes()).use(router.allowedMethods());
      },
      [
        ["OPTIONS", "/users/7", 200],
        ["POST", "/users/7", 405],
        ["PROPFIND", "/users/7", 501],
        ["POST", "/nothing", 404],
      ],
    );
    expect(counts).toEqual({
      "OPTIONS /users/:id": 1,
      "POST /users/:id": 1,
      "OTHER /users/:id": 1,
      "POST (unmatched)": 1,
    });
  });

  test("counts what is answered without a router under /*", async () => {
    const counts = await countedBy(
      (app) => {
        app.use(async (context, next) => {
          if (context.path.startsWith("/a")) context.body = "a";
          else await next();
        });
      },
      [
        ["GET", "/a/1", 200],
        ["GET", "/a/2", 200],
        ["GET", "/b", 404],
      ],
    );
    expect(counts).toEqual({ "GET /*": 2, "GET (unmatched)": 1 });
  });
});
