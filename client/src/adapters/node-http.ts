import { type Counting, countingOf } from "./core/counting.ts";
import type { HttpRequest } from "./core/http.ts";
import { normalizeIds } from "./core/normalize-ids.ts";
import { Observer } from "./core/observer.ts";
import type { CountOptions } from "./core/options.ts";
import { type AnyServer, observeServer } from "./core/server-events.ts";

export type { AdapterStatistics, Counting } from "./core/counting.ts";
export { normalizeIds } from "./core/normalize-ids.ts";
export type { CountOptions, OwnCounter, SharedCounter } from "./core/options.ts";
export type { CountedRequest, IgnoreRule, RenameRule, RuleOptions } from "./core/rules.ts";
export type { AnyServer, HttpRequest };

/** Node's servers have no routes, so these say what becomes of paths. */
export interface NodeHttpOptions {
  /**
   * Whether ids in paths (numbers, UUIDs, ULIDs, long hex) become `:id`. Default true: without it every user may be a path.
   * Without effect beside `route`.
   */
  readonly normalizeIds?: boolean;
  /**
   * The route template of a request, asked at its end; undefined: it matched none. Default: its path. It is asked with the method,
   * the path without query, and the request, which is undefined where only the stream API of node:http2 is in use.
   */
  readonly route?: (request: {
    readonly method: string;
    readonly path: string;
    readonly request: HttpRequest | undefined;
  }) => string | undefined;
}

/**
 * Counts every request of a server of node:http, node:https or node:http2: `count(server, { target: "count:7777" })`.
 *
 * A request is counted at its end, in the 15 minutes of its arrival; an upgrade (WebSocket) and CONNECT when a listener has
 * taken it. Where no `route` knows better, a request that was answered with 404 counts under `(unmatched)`. Never throws.
 */
export function count(server: AnyServer, options?: CountOptions & NodeHttpOptions): Counting {
  const observer = new Observer("node:http", options);
  const { normalizeIds: normalizes = true, route } = options ?? {};
  const templates: Parameters<typeof observeServer>[2] = ({ method, path, request, status }) => {
    if (route !== undefined) return checkedRoute(route({ method, path, request }));
    if (status() === 404) return undefined;
    return normalizes ? normalizeIds(path) : path;
  };
  try {
    observeServer(observer, server, templates);
  } catch (error) {
    observer.failed(error);
  }
  return countingOf(observer);
}

function checkedRoute(template: unknown): string | undefined {
  if (template === undefined || typeof template === "string") return template;
  void Promise.resolve(template).catch(() => undefined);
  throw new TypeError(`route gave ${template === null ? "null" : typeof template}, not a string or undefined`);
}
