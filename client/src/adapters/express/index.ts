import type { IncomingMessage, ServerResponse } from "node:http";
import { observeHttp } from "../core/http.ts";
import { type HttpCounting, httpCountingOf } from "../core/http-counting.ts";
import { Observer } from "../core/observer.ts";
import type { CountOptions } from "../core/options.ts";
import { instrument, traceOf } from "./instrument.ts";
import type { ExpressApp, ExpressRequest } from "./shapes.ts";

export type * from "../core/public.ts";

/** Middleware of Express 4 and 5. */
export type ExpressCount = ((
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void) &
  HttpCounting;

/**
 * Counts every request of an Express app, before everything else: `app.use(count({ target: "count:7777" }))`.
 *
 * A request is counted when its response is closed, in the 15 minutes of its arrival, under the template of its route with those
 * of the mounts that led there. What a middleware answers counts under its mount, `/static/*`; a 404 that no route gave under
 * `(unmatched)`. Never throws.
 */
export function count(options?: CountOptions): ExpressCount {
  const observer = new Observer("express", options);
  const onFailure = (error: unknown): void => observer.failed(error);
  const middleware = (request: ExpressRequest, response: ServerResponse, next: () => void): void => {
    try {
      if (request.app !== undefined) instrument(request.app, onFailure);
      const trace = traceOf(request);
      observeHttp(observer, request, response, () => trace.template(response.headersSent ? response.statusCode : 0));
    } catch (error) {
      onFailure(error);
    }
    next();
  };
  return Object.assign(middleware, httpCountingOf(observer), {
    // With these three app.use() takes it for an app and tells it where it is mounted. That is the moment to see what is mounted
    // after it; a middleware hears of its app with the first request.
    handle: middleware,
    set: (): void => undefined,
    emit(event: string, app: ExpressApp): void {
      try {
        if (event === "mount") instrument(app, onFailure);
      } catch (error) {
        onFailure(error);
      }
    },
  });
}
