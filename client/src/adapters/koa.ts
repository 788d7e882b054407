import type { IncomingMessage, ServerResponse } from "node:http";
import { observeHttp } from "./core/http.ts";
import { type HttpCounting, httpCountingOf } from "./core/http-counting.ts";
import { Observer } from "./core/observer.ts";
import type { CountOptions } from "./core/options.ts";

export type * from "./core/public.ts";

/** What is used of a context of Koa, and of what @koa/router leaves in it. */
interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  /** Layers whose path matched, of whatever method, in the order in which they run. */
  readonly matched?: readonly (RouterLayer | readonly RouterLayer[])[];
  /** The path of the layer that ran last. */
  readonly routerPath?: unknown;
}

interface RouterLayer {
  readonly path: string | RegExp;
  /** None: a middleware of the router. */
  readonly methods: readonly string[];
}

/** Middleware of Koa. */
export type KoaCount = ((context: KoaContext, next: () => Promise<unknown>) => Promise<unknown>) & HttpCounting;

/**
 * Counts every request of a Koa app, before everything else: `app.use(count({ target: "count:7777" }))`.
 *
 * A request is counted when its response is closed, in the 15 minutes of its arrival, under the path of its route in @koa/router
 * with its prefixes; also with 405, 501 and OPTIONS, where only the path matched. What a middleware answers counts under `/*`; a 404 that
 * no route gave under `(unmatched)`. Never throws.
 */
export function count(options?: CountOptions): KoaCount {
  const observer = new Observer("koa", options);
  const middleware = (context: KoaContext, next: () => Promise<unknown>): Promise<unknown> => {
    try {
      observeHttp(observer, context.req, context.res, () => templateOf(context));
    } catch (error) {
      observer.failed(error);
    }
    return next();
  };
  return Object.assign(middleware, httpCountingOf(observer));
}

function templateOf({ matched = [], method, routerPath, res }: KoaContext): string | undefined {
  // Not `_matchedRoute`: it is the middleware's of the router when that has answered in place of the route.
  // Flat: @koa/router 13.0 nests the layers of a second router.
  const ofPath = matched.flat().filter(({ methods }) => methods.length > 0);
  const routes = ofPath.filter(({ methods }) => methods.includes(method));
  const route = routes.find(({ path }) => path === routerPath) ?? routes[0];
  if (route !== undefined) return String(route.path);
  // Not `ctx.status`, which is 404 until something is answered.
  if (res.headersSent && res.statusCode === 404) return undefined;
  const last = ofPath.at(-1);
  return last === undefined ? "/*" : String(last.path);
}
