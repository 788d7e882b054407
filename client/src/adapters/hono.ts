import type { Context, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import { type HttpRequest, type HttpResponse, keyOf, observeHttp } from "./core/http.ts";
import { type HttpCounting, httpCountingOf } from "./core/http-counting.ts";
import { Observer } from "./core/observer.ts";
import type { CountOptions } from "./core/options.ts";

export type * from "./core/public.ts";

/** What @hono/node-server hands over; no response when it is an upgrade. Nothing elsewhere. */
interface NodeBindings {
  readonly incoming?: HttpRequest;
  readonly outgoing?: HttpResponse;
}

type Route = ReturnType<typeof matchedRoutes>[number];

/** Middleware of Hono. */
export type HonoCount = MiddlewareHandler & HttpCounting;

/**
 * Counts every request of a Hono app, before everything else: `app.use(count({ target: "count:7777" }))`.
 *
 * A request is counted when its response is closed (where there is no @hono/node-server: when it is made), in the 15 minutes of its
 * arrival, under the path of its route with its base paths. What a middleware answers where there is no route counts under the
 * middleware's path; a 404 that no route gave under `(unmatched)`. Never throws.
 */
export function count(options?: CountOptions): HonoCount {
  const observer = new Observer("hono", options);
  const middleware: MiddlewareHandler = async (context, next) => {
    let finish: (() => void) | undefined;
    try {
      finish = observe(observer, context);
    } catch (error) {
      observer.failed(error);
    }
    if (finish === undefined) {
      await next();
      return;
    }
    try {
      await next();
    } finally {
      finish();
    }
  };
  return Object.assign(middleware, httpCountingOf(observer));
}

/** Returns what ends the observation once the response is made; nothing where the response's end does. */
function observe(observer: Observer, context: Context): (() => void) | undefined {
  const { incoming, outgoing } = (context.env ?? {}) as NodeBindings;
  if (incoming !== undefined && outgoing !== undefined) {
    const status = (): number => (outgoing.headersSent ? outgoing.statusCode : 0);
    observeHttp(observer, incoming, outgoing, () => templateOf(context, status()));
    return undefined;
  }
  const key = incoming === undefined ? context.req.raw : keyOf(incoming);
  // An unfinished context would make a response of its own if it were asked.
  const status = (): number => (context.finalized ? context.res.status : 0);
  const observation = observer.begin(key, context.req.method, () => templateOf(context, status()));
  return observation === undefined ? undefined : () => observer.end(observation);
}

function templateOf(context: Context, status: number): string | undefined {
  const routes = matchedRoutes(context);
  // The last that ran: it has answered, or failed.
  const at = context.req.routeIndex;
  const route = routes.slice(at).find(isRoute);
  if (route !== undefined) return route.path;
  return status === 404 ? undefined : routes[at]?.path;
}

/** Whether it is a route and no middleware: `app.all()` and `app.use()` differ in nothing but the handler's parameters. */
function isRoute({ method, handler }: Route): boolean {
  return method !== "ALL" || target(handler).length < 2;
}

/** What `route()` has wrapped to give it the error handler of its app, as hono/utils/handler has it. */
function target(handler: Route["handler"]): Route["handler"] {
  const { __COMPOSED_HANDLER: inner } = handler as { __COMPOSED_HANDLER?: Route["handler"] };
  return inner === undefined ? handler : target(inner);
}
