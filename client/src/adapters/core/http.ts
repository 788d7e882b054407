import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import type { Observation, Observer } from "./observer.ts";

/** The path of what has none: CONNECT, whose target is a host and a port. */
export const AUTHORITY = "(authority)";

/** A request of node:http, node:https, or the compatible API of node:http2. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** What is used of their responses. */
export interface HttpResponse {
  readonly headersSent: boolean;
  readonly statusCode: number;
  on(event: "close", listener: () => void): unknown;
}

/** What stands for a request in every adapter: of HTTP/2 its stream, which the compatible API wraps. */
export function keyOf(request: HttpRequest): object {
  return "stream" in request ? request.stream : request;
}

/**
 * Observes a request until its response is closed: finished, broken off by either side, or given up by the handler.
 *
 * @param template Asked then.
 */
export function observeHttp(
  observer: Observer,
  request: HttpRequest,
  response: HttpResponse,
  template: Observation["template"],
): Observation | undefined {
  try {
    const observation = observer.begin(keyOf(request), request.method ?? "", template);
    if (observation === undefined) return undefined;
    // Not `finish`, which a response that is broken off never has. Not once(), which wraps the listener: the second end is none.
    response.on("close", () => observer.end(observation));
    return observation;
  } catch (error) {
    observer.failed(error);
    return undefined;
  }
}

/**
 * The path of a request's target (RFC 9112, section 3.2): of the origin form and the absolute form the path without its query, and
 * `*` of the asterisk form.
 */
export function pathOfTarget(method: string | undefined, target: string | undefined): string {
  if (target === undefined || (method === "CONNECT" && !target.startsWith("/"))) return AUTHORITY;
  const end = target.search(/[?#]/);
  const path = end === -1 ? target : target.slice(0, end);
  if (path.startsWith("/") || path === "*") return path;
  const origin = /^[a-z][\da-z+.-]*:\/\/[^/]*/i.exec(path);
  return origin === null ? path : path.slice(origin[0].length) || "/";
}
