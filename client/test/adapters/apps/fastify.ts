import type { Server } from "node:http";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { count } from "../../../src/adapters/fastify.ts";
import { type Hooks, listening, type StartApp } from "../support/app.ts";
import type { Serving } from "../support/serving.ts";
import { echoWebSockets } from "./sockets.ts";

export const startFastify =
  (serving: Serving): StartApp =>
  async (options, hooks) => {
    const app = Fastify({ serverFactory: (listener) => serving.create(listener) as Server });
    const counting = options === undefined ? undefined : count(options);
    if (counting !== undefined) await app.register(counting);
    addRoutes(app, hooks);
    await app.ready();
    const { server } = app;
    echoWebSockets(server);
    await app.listen({ port: 0, host: "127.0.0.1" });
    const close = async (): Promise<void> => {
      if ("closeAllConnections" in server) server.closeAllConnections();
      await app.close();
    };
    return { serving, server, counting, port: await listening(server), close };
  };

function addRoutes(app: FastifyInstance, { events, released }: Hooks): void {
  const say =
    (status: number, text = "") =>
    (_request: FastifyRequest, reply: FastifyReply): void => {
      void reply.status(status).type("text/plain").send(text);
    };
  app.addContentTypeParser("application/octet-stream", (_request, _payload, done) => done(null));
  app.get("/", say(200, "home"));
  app.route({ method: ["GET", "PUT", "PATCH", "DELETE"], url: "/users/:id", handler: say(200, "user") });
  app.options("/users/:id", say(204));
  app.post("/users", say(201, "made"));
  app.register(
    (org, _options, done) => {
      org.register(
        (items, _itemsOptions, itemsDone) => {
          items.get("", say(200, "items"));
          items.get("/:item", say(200, "item"));
          itemsDone();
        },
        { prefix: "/items" },
      );
      done();
    },
    { prefix: "/api/:org" },
  );
  app.get("/only-get", say(200, "got"));
  app.post("/only-get", say(405, "no"));
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
    return new Promise(() => undefined);
  });
  app.post("/upload", (request) => {
    events.emit("begun");
    request.raw.on("error", () => undefined).resume();
    return new Promise((resolve) => request.raw.on("end", () => resolve("up")));
  });
  app.get("/stream", (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { "content-type": "text/plain" }).write("first");
    events.emit("begun");
  });
  app.get("/held", async () => {
    events.emit("begun");
    await released();
    return "held";
  });
}
