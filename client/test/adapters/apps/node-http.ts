import type { IncomingMessage, ServerResponse } from "node:http";
import { count } from "../../../src/adapters/node-http.ts";
import { closed, type Hooks, listening, type StartApp } from "../support/app.ts";
import type { Serving } from "../support/serving.ts";
import { echoWebSockets } from "./sockets.ts";

type Handler = (response: ServerResponse, request: IncomingMessage) => void;
type Route = readonly [methods: readonly string[], template: string, pattern: RegExp, handler: Handler];

function answer(status: number, text = ""): Handler {
  return (response) => {
    response.writeHead(status, { "content-type": "text/plain" }).end(text);
  };
}

function routes({ events, released }: Hooks): readonly Route[] {
  return [
    [["GET", "HEAD"], "/", /^\/$/, answer(200, "home")],
    [["GET", "HEAD", "PUT", "PATCH", "DELETE"], "/users/:id", /^\/users\/[^/]+$/, answer(200, "user")],
    [["OPTIONS"], "/users/:id", /^\/users\/[^/]+$/, answer(204)],
    [["POST"], "/users", /^\/users$/, answer(201, "made")],
    [["GET"], "/api/:org/items", /^\/api\/[^/]+\/items$/, answer(200, "items")],
    [["GET"], "/api/:org/items/:item", /^\/api\/[^/]+\/items\/[^/]+$/, answer(200, "item")],
    [["GET"], "/only-get", /^\/only-get$/, answer(200, "got")],
    [["POST"], "/only-get", /^\/only-get$/, answer(405, "no")],
    [["GET"], "/missing/:id", /^\/missing\/[^/]+$/, answer(404, "no such thing")],
    [["GET"], "/old", /^\/old$/, answer(200, "old")],
    [["GET"], "/healthz", /^\/healthz$/, answer(200, "well")],
    [["GET"], "/boom", /^\/boom$/, answer(500, "boom")],
    [["GET"], "/async-boom", /^\/async-boom$/, answer(500, "boom")],
    [["GET"], "/never", /^\/never$/, () => events.emit("begun")],
    [
      ["POST"],
      "/upload",
      /^\/upload$/,
      (response, request) => {
        events.emit("begun");
        request.on("error", () => undefined).on("end", () => answer(200, "up")(response, request));
        request.resume();
      },
    ],
    [
      ["GET"],
      "/stream",
      /^\/stream$/,
      (response) => {
        response.writeHead(200, { "content-type": "text/plain" }).write("first");
        events.emit("begun");
      },
    ],
    [
      ["GET"],
      "/held",
      /^\/held$/,
      (response, request) => {
        events.emit("begun");
        void released().then(() => answer(200, "held")(response, request));
      },
    ],
  ];
}

export const startNodeHttp =
  (serving: Serving): StartApp =>
  async (options, hooks) => {
    const table = routes(hooks);
    const find = (method: string | undefined, path: string): Route | undefined =>
      table.find(([methods, , pattern]) => methods.includes(method ?? "") && pattern.test(path));
    const server = serving.create((request: IncomingMessage, response: ServerResponse) => {
      const route = find(request.method, (request.url ?? "").replace(/\?.*/, ""));
      (route?.[3] ?? answer(404, "nothing here"))(response, request);
    });
    echoWebSockets(server);
    const counting =
      options === undefined
        ? undefined
        : count(server, {
            ...options,
            // A team that has templates gives them; WebSockets are this app's own affair.
            route: ({ method, path }) =>
              find(method, path)?.[1] ?? path.replace(/^\/live\/\d+$/, "/live/:id").match(/^\/live\/.*/)?.[0],
          });
    return { serving, server, counting, port: await listening(server), close: () => closed(server) };
  };
