import { PassThrough } from "node:stream";
import Router from "@koa/router";
import Koa from "koa";
import { count } from "../../../src/adapters/koa.ts";
import { closed, listening, type StartApp } from "../support/app.ts";
import type { Serving } from "../support/serving.ts";
import { echoWebSockets } from "./sockets.ts";

export const startKoa =
  (serving: Serving): StartApp =>
  async (options, { events, released }) => {
    const app = new Koa();
    app.silent = true;
    const counting = options === undefined ? undefined : count(options);
    if (counting !== undefined) app.use(counting);
    const say =
      (status: number, text = "") =>
      (context: Koa.Context): void => {
        context.status = status;
        context.type = "text/plain";
        context.body = text;
      };
    const router = new Router();
    router.get("/", say(200, "home"));
    router.register("/users/:id", ["GET", "PUT", "PATCH", "DELETE"], [say(200, "user")]);
    router.options("/users/:id", say(204));
    router.post("/users", say(201, "made"));
    const items = new Router();
    items.get("/", say(200, "items"));
    items.get("/:item", say(200, "item"));
    const org = new Router({ prefix: "/api/:org" });
    org.use("/items", items.routes());
    // A route whose method is another: allowedMethods answers.
    router.get("/only-get", say(200, "got"));
    router.get("/missing/:id", say(404, "no such thing"));
    router.get("/old", say(200, "old"));
    router.get("/healthz", say(200, "well"));
    router.get("/boom", () => {
      throw new Error("boom");
    });
    router.get("/async-boom", async () => {
      await Promise.resolve();
      throw new Error("boom");
    });
    router.get("/never", () => {
      events.emit("begun");
      return new Promise<void>(() => undefined);
    });
    router.post("/upload", async (context) => {
      events.emit("begun");
      context.req.on("error", () => undefined).resume();
      await new Promise((resolve) => context.req.on("end", resolve));
      context.body = "up";
    });
    router.get("/stream", (context) => {
      const body = new PassThrough();
      body.write("first");
      context.type = "text/plain";
      context.body = body;
      events.emit("begun");
    });
    router.get("/held", async (context) => {
      events.emit("begun");
      await released();
      context.body = "held";
    });
    app.use(router.routes()).use(org.routes()).use(router.allowedMethods());
    const callback = app.callback();
    const server = serving.create((request, response) => void callback(request, response));
    echoWebSockets(server);
    counting?.upgrades(server);
    return { serving, server, counting, port: await listening(server), close: () => closed(server) };
  };
