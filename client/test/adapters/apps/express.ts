import { createRequire } from "node:module";
import type express from "express";
import type { NextFunction, Request, Response } from "express";
import { count } from "../../../src/adapters/express/index.ts";
import { closed, listening, type StartApp } from "../support/app.ts";
import { HTTP, type Serving } from "../support/serving.ts";
import { echoWebSockets } from "./sockets.ts";

/** The real package; version 4 is installed under another name, and its types are those of 5. */
export function expressOf(name: "express" | "express4"): typeof express {
  return createRequire(import.meta.url)(name) as typeof express;
}

export function startExpress(name: "express" | "express4", serving: Serving = HTTP): StartApp {
  return async (options, { events, released }) => {
    const make = expressOf(name);
    const app = make();
    const counting = options === undefined ? undefined : count(options);
    if (counting !== undefined) app.use(counting);
    const say =
      (status: number, text = "") =>
      (_request: Request, response: Response): void => {
        response.status(status).type("text/plain").send(text);
      };
    app.use(make.json());
    app.get("/", say(200, "home"));
    app
      .route("/users/:id")
      .get(say(200, "user"))
      .put(say(200, "user"))
      .patch(say(200, "user"))
      .delete(say(200, "user"));
    app.options("/users/:id", say(204));
    app.post("/users", say(201, "made"));
    const items = make.Router({ mergeParams: true });
    items.get("/", say(200, "items"));
    items.get("/:item", say(200, "item"));
    const org = make.Router();
    org.use("/items", items);
    app.use("/api/:org", org);
    app.route("/only-get").get(say(200, "got")).all(say(405, "no"));
    app.get("/missing/:id", say(404, "no such thing"));
    app.get("/old", say(200, "old"));
    app.get("/healthz", say(200, "well"));
    app.get("/boom", () => {
      throw new Error("boom");
    });
    app.get("/async-boom", (_request, _response, next) => {
      setImmediate(() => next(new Error("boom")));
    });
    app.get("/never", () => {
      events.emit("begun");
    });
    app.post("/upload", (request, response) => {
      events.emit("begun");
      request.on("error", () => undefined).on("end", () => response.send("up"));
      request.resume();
    });
    app.get("/stream", (_request, response) => {
      response.type("text/plain").write("first");
      events.emit("begun");
    });
    app.get("/held", (_request, response) => {
      events.emit("begun");
      void released().then(() => response.send("held"));
    });
    app.use((error: Error, _request: Request, response: Response, next: NextFunction) => {
      if (response.headersSent) next(error);
      else response.status(500).type("text/plain").send(error.message);
    });
    const server = serving.create(app);
    echoWebSockets(server);
    counting?.upgrades(server);
    return { serving, server, counting, port: await listening(server), close: () => closed(server) };
  };
}
