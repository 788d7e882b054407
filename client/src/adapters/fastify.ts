import type { FastifyPluginCallback, FastifyPluginOptions, RawServerBase } from "fastify";
import { type Counting, countingOf } from "./core/counting.ts";
import { keyOf, observeHttp } from "./core/http.ts";
import { normalizeIds } from "./core/normalize-ids.ts";
import { Observer, observationOf } from "./core/observer.ts";
import type { CountOptions } from "./core/options.ts";
import { observeServer } from "./core/server-events.ts";

export type * from "./core/public.ts";

/** How long the process that closes an app by itself may be kept to deliver, in milliseconds. */
const CLOSE_LIMIT_MS = 2_000;

/** A plugin of Fastify 5. */
export type FastifyCount = FastifyPluginCallback<FastifyPluginOptions, RawServerBase> & Counting;

/**
 * Counts every request of a Fastify app, before other plugins: `app.register(count({ target: "count:7777" }))`.
 *
 * A request is counted when its response is closed, in the 15 minutes of its arrival, under the url of its route with its prefixes;
 * what Fastify answers before it looks for a route, and a 404 that no route gave, under `(unmatched)`. Upgrades (WebSocket)
 * count too, with ids in their paths as `:id` unless a plugin routes them. Never throws.
 *
 * `app.close()` begins to close it and does not wait for that; who must know awaits `close()` of the plugin afterwards.
 */
export function count(options?: CountOptions): FastifyCount {
  const observer = new Observer("fastify", options);
  const counting = countingOf(observer);
  const plugin: FastifyPluginCallback<FastifyPluginOptions, RawServerBase> = (app, _options, done) => {
    try {
      // Before the hooks, because some requests never get to them: those with a malformed URL, or those that come while it closes.
      observeServer(observer, app.server, ({ method, request, path }) => {
        const isUpgrade = request !== undefined && "upgrade" in request && request.upgrade === true;
        // CONNECT is what HTTP/2 has for upgrades (RFC 8441).
        return isUpgrade || method === "CONNECT" ? normalizeIds(path) : undefined;
      });
      app.addHook("onRequest", (request, reply, next) => {
        try {
          // Asked now: a handler that calls `callNotFound()` is a route all the same.
          const url = request.is404 ? undefined : request.routeOptions.url;
          const template = (): string | undefined => url;
          const observation = observationOf(keyOf(request.raw));
          // There is none when the request was injected, or came to the server of another address.
          if (observation === undefined) observeHttp(observer, request.raw, reply.raw, template);
          else observation.template = template;
        } catch (error) {
          observer.failed(error);
        }
        next();
      });
      app.addHook("onClose", (_app, next) => {
        // Not awaited: a Count server that is away must not hold the host up.
        counting.close({ limitMs: CLOSE_LIMIT_MS }).catch((error: unknown) => observer.failed(error));
        next();
      });
    } catch (error) {
      observer.failed(error);
    }
    done();
  };
  return Object.assign(plugin, counting, {
    // For the app and not for a context of its own, which would have no routes: github.com/fastify/fastify-plugin.
    [Symbol.for("skip-override")]: true,
    [Symbol.for("fastify.display-name")]: "@count/client",
  });
}
