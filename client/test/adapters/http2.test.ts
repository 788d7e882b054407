import { once } from "node:events";
import {
  type ClientHttp2Session,
  connect,
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
} from "node:http2";
import { createServer as createHttpsServer, request } from "node:https";
import { createAdaptorServer } from "@hono/node-server";
import { describe, expect, test } from "@jest/globals";
import Router from "@koa/router";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { count as countFastify } from "../../src/adapters/fastify.ts";
import { count as countHono } from "../../src/adapters/hono.ts";
import { count as countKoa } from "../../src/adapters/koa.ts";
import { type AnyServer, type Counting, type CountOptions, count } from "../../src/adapters/node-http.ts";
import { until } from "../support/until.ts";
import { closed, listening } from "./support/app.ts";
import { certificate } from "./support/certificate.ts";
import { counted } from "./support/counted.ts";
import type { Stage } from "./support/stage.ts";

async function session(url: string, stage: Stage, options = {}): Promise<ClientHttp2Session> {
  const client = connect(url, options);
  client.on("error", () => undefined);
  stage.onEnd(() => client.destroy());
  await once(client, "connect");
  return client;
}

async function send(client: ClientHttp2Session, method: string, path: string): Promise<number> {
  const stream = client.request({ ":method": method, ":path": path });
  stream.end();
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  await once(stream.resume(), "close");
  return Number(headers[":status"]);
}

/** A hundred requests at once, and one that the client cancels; what they count as. */
async function manyStreams(client: ClientHttp2Session, counting: Counting): Promise<void> {
  await Promise.all(Array.from({ length: 100 }, (_, at) => send(client, "GET", `/users/${at}`)));
  expect(await send(client, "GET", "/nothing")).toBe(404);
  const cancelled = client.request({ ":path": "/never" });
  cancelled.on("error", () => undefined);
  await until(() => counting.statistics().open === 1);
  cancelled.close(constants.NGHTTP2_CANCEL);
  await until(() => counting.statistics().open === 0);
}

const MANY = { "GET /users/:id": 100, "GET (unmatched)": 1, "GET /never": 1 };

type Serve = (options: CountOptions, stage: Stage) => Promise<{ server: AnyServer; counting: Counting }>;

const SERVERS: readonly (readonly [string, Serve])[] = [
  [
    "node:http2, by its streams",
    async (options) => {
      const server = createServer();
      server.on("stream", (stream, headers) => {
        stream.on("error", () => undefined);
        const path = headers[":path"];
        if (path === "/never") return;
        stream.respond({ ":status": path === "/nothing" ? 404 : 200 });
        stream.end();
      });
      return { server, counting: count(server, options) };
    },
  ],
  [
    "node:http2, by its compatible API",
    async (options) => {
      const server = createServer((incoming, response) => {
        if (incoming.url === "/never") return;
        response.writeHead(incoming.url === "/nothing" ? 404 : 200).end();
      });
      return { server, counting: count(server, options) };
    },
  ],
  [
    "Fastify",
    async (options) => {
      const app = Fastify({ http2: true });
      const counting = countFastify(options);
      await app.register(counting);
      app.get("/users/:id", (_request, reply) => reply.send("ok"));
      app.get("/never", () => new Promise(() => undefined));
      await app.ready();
      return { server: app.server, counting };
    },
  ],
  [
    "Koa",
    async (options) => {
      const app = new Koa();
      app.silent = true;
      const counting = countKoa(options);
      const router = new Router();
      router.get("/users/:id", (context) => {
        context.body = "ok";
      });
      router.get("/never", () => new Promise<void>(() => undefined));
      app.use(counting).use(router.routes());
      return { server: createServer(app.callback() as never), counting };
    },
  ],
  [
    "Hono",
    async (options) => {
      const app = new Hono();
      const counting = countHono(options);
      app.use(counting);
      app.get("/users/:id", (context) => context.text("ok"));
      app.get("/never", () => new Promise<Response>(() => undefined));
      return { server: createAdaptorServer({ fetch: app.fetch, createServer }) as Http2Server, counting };
    },
  ],
];

describe("of HTTP/2", () => {
  test.each(SERVERS)("every stream of a connection counts once (%s)", async (_name, serve) => {
    const counts = await counted(async (options, stage) => {
      const { server, counting } = await serve(options, stage);
      const port = await listening(server);
      stage.onEnd(() => closed(server));
      await manyStreams(await session(`http://127.0.0.1:${port}`, stage), counting);
      return counting;
    });
    expect(counts).toEqual(MANY);
  });

  test("a request counts once, however much the server pushes with it", async () => {
    const pushed: string[] = [];
    const counts = await counted(async (options, stage) => {
      const server = createServer();
      server.on("stream", (stream) => {
        for (const path of ["/a.css", "/b.js"]) {
          stream.pushStream({ ":path": path }, (_error, push) => {
            push.respond({ ":status": 200 });
            push.end("pushed");
          });
        }
        stream.respond({ ":status": 200 });
        stream.end("page");
      });
      const counting = count(server, options);
      const port = await listening(server);
      stage.onEnd(() => closed(server));
      const client = await session(`http://127.0.0.1:${port}`, stage);
      client.on("stream", (stream, headers) => {
        pushed.push(String(headers[":path"]));
        stream.resume();
      });
      await send(client, "GET", "/page");
      await send(client, "GET", "/page");
      return counting;
    });
    expect(pushed.sort()).toEqual(["/a.css", "/a.css", "/b.js", "/b.js"]);
    expect(counts).toEqual({ "GET /page": 2 });
  });

  test("the streams of a connection that is broken off count, each once", async () => {
    const counts = await counted(async (options, stage) => {
      const server = createServer();
      server.on("stream", (stream) => stream.on("error", () => undefined));
      const counting = count(server, options);
      const port = await listening(server);
      stage.onEnd(() => closed(server));
      const client = await session(`http://127.0.0.1:${port}`, stage);
      for (let at = 0; at < 10; at++) client.request({ ":path": "/never" }).on("error", () => undefined);
      await until(() => counting.statistics().open === 10);
      client.destroy();
      return counting;
    });
    expect(counts).toEqual({ "GET /never": 10 });
  });

  test("a server that takes HTTP/1.1 too counts the requests of both", async () => {
    const { key, cert } = certificate();
    const counts = await counted(async (options, stage) => {
      const server = createSecureServer({ key, cert, allowHTTP1: true }, (_incoming, response) => {
        response.end();
      });
      const counting = count(server, options);
      const port = await listening(server);
      stage.onEnd(() => closed(server));
      const client = await session(`https://127.0.0.1:${port}`, stage, { rejectUnauthorized: false });
      expect(await send(client, "GET", "/two/1")).toBe(200);
      const call = request({ port, host: "127.0.0.1", path: "/one/1", rejectUnauthorized: false, agent: false });
      call.end();
      const [response] = (await once(call, "response")) as [import("node:http").IncomingMessage];
      expect(response.httpVersion).toBe("1.1");
      await once(response.resume(), "end");
      return counting;
    });
    expect(counts).toEqual({ "GET /two/:id": 1, "GET /one/:id": 1 });
  });

  test("the same is so of a server of node:https", async () => {
    const counts = await counted(async (options, stage) => {
      const server = createHttpsServer(certificate(), (_incoming, response) => {
        response.end();
      });
      const counting = count(server, options);
      const port = await listening(server);
      stage.onEnd(() => closed(server));
      const call = request({ port, host: "127.0.0.1", path: "/one/1", rejectUnauthorized: false, agent: false });
      call.end();
      const [response] = (await once(call, "response")) as [import("node:http").IncomingMessage];
      await once(response.resume(), "end");
      return counting;
    });
    expect(counts).toEqual({ "GET /one/:id": 1 });
  });
});
