import { createServer } from "node:http";
import { describe, expect, test } from "@jest/globals";
import type express from "express";
import type { Request, Response } from "express";
import { count, type ExpressCount } from "../../src/adapters/express/index.ts";
import { until } from "../support/until.ts";
import { expressOf } from "./apps/express.ts";
import { closed, listening } from "./support/app.ts";
import { Client } from "./support/client.ts";
import { countsOf } from "./support/counts.ts";
import { Stage } from "./support/stage.ts";

type Make = typeof express;

function ok(_request: Request, response: Response): void {
  response.send("ok");
}

/** Serves an app, sends the requests, and tells what they counted as. */
async function counted(
  build: (counting: ExpressCount) => express.Express,
  requests: readonly (readonly [method: string, path: string])[],
  together = false,
): Promise<Record<string, number>> {
  await using stage = new Stage();
  const server = await stage.count();
  const counting = count({ target: server.target, service: "" });
  const http = createServer(build(counting));
  const port = await listening(http);
  stage.onEnd(() => closed(http));
  const clients = requests.map(() => new Client(port));
  stage.onEnd(() => {
    for (const client of clients) client.close();
  });
  if (together) await Promise.all(requests.map(async ([method, path], at) => clients[at]?.send(method, path)));
  else for (const [method, path] of requests) await clients[0]?.send(method, path);
  await until(() => counting.statistics().open === 0);
  expect(counting.statistics()).toMatchObject({ observed: requests.length, failures: 0 });
  await counting.close();
  return countsOf(server.database);
}

function get(...paths: string[]): (readonly [string, string])[] {
  return paths.map((path) => ["GET", path] as const);
}

describe.each([
  ["Express 5", expressOf("express")],
  ["Express 4", expressOf("express4")],
] as [string, Make][])("the template of a request in %s", (_name, make) => {
  test("has the pattern of every mount, though the base url is concrete", async () => {
    const counts = await counted(
      (counting) => {
        const app = make().use(counting);
        const posts = make.Router().get("/:post", ok).get("/", ok);
        const users = make.Router().use("/:user/posts", posts).get("/:user", ok);
        app.use("/api/:org", make.Router().use("/users", users));
        // A mount that is a part of another one's path, before it.
        app.use("/api", (_request, _response, next) => next());
        app.use("/api/:org/teams", make.Router().get("/:team", ok));
        return app;
      },
      get(
        "/api/a/users/1/posts/9",
        "/api/a/users/1/posts",
        "/api/b/users/1/posts/",
        "/api/users/users/2",
        "/api/a/teams/7",
      ),
    );
    expect(counts).toEqual({
      "GET /api/:org/users/:user/posts/:post": 1,
      "GET /api/:org/users/:user/posts": 2,
      "GET /api/:org/users/:user": 1,
      "GET /api/:org/teams/:team": 1,
    });
  });

  test("knows the mounts that were made before the adapter was", async () => {
    const posts = make.Router().get("/:post", ok);
    const users = make.Router().use("/:user/posts", posts);
    const counts = await counted(
      (counting) => make().use(counting).use("/users", users),
      get("/users/1/posts/9", "/users/h%C3%A9/posts/9"),
    );
    expect(counts).toEqual({ "GET /users/:user/posts/:post": 2 });
  });

  test("is that of several paths which matched, as text also of a RegExp", async () => {
    const counts = await counted(
      (counting) => {
        const app = make().use(counting);
        app.get(["/a/:x", "/b/:y"], ok);
        app.get(/^\/files\/\d+$/, ok);
        app.use(["/m/:x", "/n/:y"], make.Router().get("/z", ok));
        app.use(/^\/v\d+/, make.Router().get("/z", ok));
        app.get(/^\/colou?r$/, ok);
        return app;
      },
      get("/a/1", "/b/1", "/files/12", "/m/1/z", "/n/1/z", "/v1/z", "/v2/z", "/color", "/colour"),
    );
    expect(counts).toEqual({
      "GET /a/:x": 1,
      "GET /b/:y": 1,
      "GET /^\\/files\\/\\d+$/": 1,
      "GET /m/:x/z": 1,
      "GET /n/:y/z": 1,
      "GET /^\\/v\\d+//z": 2,
      // A question mark would begin a query.
      "GET /^\\/colou%3Fr$/": 2,
    });
  });

  test("is the mount of a middleware that answers, and nothing of routes that pass the request on", async () => {
    const counts = await counted(
      (counting) => {
        const app = make().use(counting);
        app.use("/static", (request, response, next) => (request.path === "/a.css" ? response.send("a") : next()));
        app.use("/t/:tenant", (request, response, next) =>
          request.query["token"] === undefined ? response.status(401).send("who?") : next(),
        );
        app.get("/t/:tenant/x", ok);
        app.get("/pass/:on", (_request, _response, next) => next());
        app.get("/skip/:on", (_request, _response, next) => next("route"), ok);
        app.get("/skip/1", ok);
        app.get("/page", (_request, _response, next) => next());
        app.use((request, response, next) => (request.path === "/page" ? response.send("fallback") : next()));
        return app;
      },
      get("/static/a.css", "/static/b.css", "/t/acme/x", "/t/acme/x?token=1", "/pass/1", "/skip/1", "/skip/2", "/page"),
    );
    expect(counts).toEqual({
      "GET /static/*": 1,
      "GET (unmatched)": 3,
      "GET /t/:tenant/*": 1,
      "GET /t/:tenant/x": 1,
      "GET /skip/1": 1,
      "GET /*": 1,
    });
  });

  test("is the route's own when it fails, and a nested router's that leaves by next('router')", async () => {
    const counts = await counted(
      (counting) => {
        const app = make().use(counting);
        const left = make.Router();
        left.get("/:id", (_request, _response, next) => next("router"));
        left.get("/:id", ok);
        app.use("/left", left);
        app.get("/left/:other", ok);
        const failing = make.Router().get("/:id", (_request, _response, next) => next(new Error("no")));
        app.use("/failing", failing);
        app.use((error: Error, _request: Request, response: Response, next: (error: Error) => void) => {
          if (response.headersSent) next(error);
          else response.status(404).send(error.message);
        });
        return app;
      },
      get("/left/1", "/failing/1"),
    );
    expect(counts).toEqual({ "GET /left/:other": 1, "GET /failing/:id": 1 });
  });

  test("is that of an app in an app, and of a router that is a route's handler", async () => {
    const counts = await counted(
      (counting) => {
        const app = make().use(counting);
        const admin = make().get("/users/:id", ok);
        app.use("/admin/:realm", admin);
        app.all("/inner/:id", make.Router().get("/inner/:number", ok));
        return app;
      },
      get("/admin/x/users/1", "/inner/1"),
    );
    expect(counts).toEqual({ "GET /admin/:realm/users/:id": 1, "GET /inner/:number": 1 });
  });

  test("is each one's own when requests overlap in asynchronous parameters", async () => {
    const counts = await counted(
      (counting) => {
        const app = make().use(counting);
        const org = make.Router({ mergeParams: true }).get("/:item", ok);
        app.param("org", (_request, _response, next, value: string) => setTimeout(next, value.length % 5));
        app.use("/api/:org/items", org);
        app.use("/apis/:org/things", org);
        return app;
      },
      Array.from({ length: 40 }, (_, at) =>
        at % 2 === 0
          ? (["GET", `/api/${"a".repeat(at)}a/items/${at}`] as const)
          : (["GET", `/apis/${"b".repeat(at)}b/things/${at}`] as const),
      ),
      true,
    );
    expect(counts).toEqual({ "GET /api/:org/items/:item": 20, "GET /apis/:org/things/:item": 20 });
  });

  test("counts once where the adapter is there twice, in an app that is mounted or on a router", async () => {
    const outer = await counted(
      (counting) => {
        const app = make().use(counting);
        app.use(
          "/sub/:id",
          make()
            .use(count({ counter: counting.counter }))
            .get("/x", ok),
        );
        return app;
      },
      get("/sub/1/x", "/sub/1/y"),
    );
    expect(outer).toEqual({ "GET /sub/:id/x": 1, "GET (unmatched)": 1 });
    const onRouter = await counted(
      (counting) => make().use("/plain", make.Router().use(counting).get("/x/:id", ok)),
      get("/plain/x/1", "/plain/x/2"),
    );
    expect(onRouter).toEqual({ "GET /plain/x/:id": 2 });
    const inApp = await counted(
      (counting) => make().use("/t/:tenant", make().use(counting).get("/x/:id", ok)),
      get("/t/a/x/1", "/t/b/x/2"),
    );
    expect(inApp).toEqual({ "GET /t/:tenant/x/:id": 2 });
  });

  test("is not asked of requests that are no requests", () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("hostile");
        },
        set: () => {
          throw new Error("hostile");
        },
      },
    );
    const lines: string[] = [];
    const logger = { warn: (line: string) => lines.push(line), debug: () => undefined };
    const counting = count({ target: "127.0.0.1:1", logger });
    let passed = 0;
    for (let i = 0; i < 3; i++) counting(hostile as never, hostile as never, () => passed++);
    expect(passed).toBe(3);
    expect(counting.statistics()).toEqual({ observed: 0, ignored: 0, open: 0, failures: 3 });
    expect(lines).toEqual([
      "the adapter for express failed: hostile; requests are served as without it, and its statistics say how often it failed",
    ]);
  });
});
