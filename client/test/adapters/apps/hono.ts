import { getRequestListener } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { count } from "../../../src/adapters/hono.ts";
import { closed, listening, type StartApp } from "../support/app.ts";
import type { Serving } from "../support/serving.ts";
import { echoWebSockets } from "./sockets.ts";

export const startHono =
  (serving: Serving): StartApp =>
  async (options, { events, released }) => {
    const app = new Hono();
    const counting = options === undefined ? undefined : count(options);
    if (counting !== undefined) app.use(counting);
    const say =
      (status: ContentfulStatusCode, text = "") =>
      (context: Context): Response =>
        context.text(text, status);
    app.use("/api/*", async (_context, next) => {
      await next();
    });
    app.get("/", say(200, "home"));
    app.on(["GET", "PUT", "PATCH", "DELETE"], "/users/:id", say(200, "user"));
    app.options("/users/:id", (context) => context.body(null, 204));
    app.post("/users", say(201, "made"));
    const items = new Hono();
    items.get("/", say(200, "items"));
    items.get("/:item", say(200, "item"));
    const org = new Hono().basePath("/:org");
    org.route("/items", items);
    app.route("/api", org);
    app.get("/only-get", say(200, "got"));
    app.all("/only-get", say(405, "no"));
    app.get("/missing/:id", say(404, "no such thing"));
    app.get("/old", say(200, "old"));
    app.get("/healthz", say(200, "well"));
    app.get("/boom", () => {
      throw new Error("boom");
    });
    app.get("/async-boom", async () => {
      await Promise.resolve();
      throw new Error("boom");
    });
    app.get("/never", () => {
      events.emit("begun");
      return new Promise<Response>(() => undefined);
    });
    app.post("/upload", async (context) => {
      events.emit("begun");
      await context.req.arrayBuffer();
      return context.text("up");
    });
    app.get("/stream", () => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("first"));
          events.emit("begun");
        },
      });
      return new Response(body, { headers: { "content-type": "text/plain" } });
    });
    app.get("/held", async (context) => {
      events.emit("begun");
      await released();
      return context.text("held");
    });
    app.onError((error, context) => context.text(error.message, 500));
    const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
    const server = serving.create((request, response) => void listener(request, response));
    echoWebSockets(server);
    counting?.upgrades(server);
    return { serving, server, counting, port: await listening(server), close: () => closed(server) };
  };
