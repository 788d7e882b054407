import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Http2SecureServer, Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import { type HttpRequest, type HttpResponse, keyOf, observeHttp, pathOfTarget } from "./http.ts";
import { normalizeIds } from "./normalize-ids.ts";
import type { Observation, Observer } from "./observer.ts";

/** What node:http, node:https and node:http2 make. */
export type AnyServer = HttpServer | HttpsServer | Http2Server | Http2SecureServer;

/** What is asked at the end of a request that came without a route. */
export interface Arrived {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** The request; undefined where only the stream API of node:http2 has it. */
  readonly request: HttpRequest | undefined;
  /** The response's status by now; 0 before its head was sent. */
  readonly status: () => number;
}

/** Which path a request is counted under. */
export type Templates = (arrived: Arrived) => string | undefined;

/** Events of a server by which a request arrives. */
const REQUESTS = new Set<unknown>(["request", "checkContinue", "checkExpectation"]);
const UPGRADES = new Set<unknown>(["upgrade", "connect"]);

/**
 * Looks at the events of a server as they are emitted. Not a listener: one for `upgrade`, `connect` or `checkContinue` takes over
 * what Node does without one, and one for `request` switches on the compatible API of node:http2.
 */
function tap(server: AnyServer, before: (event: unknown, args: unknown[]) => void, after: typeof before): void {
  const { emit } = server as { emit: (this: unknown, ...args: unknown[]) => boolean };
  server.emit = function (this: unknown, event: unknown, ...args: unknown[]): boolean {
    before(event, args);
    try {
      return Reflect.apply(emit, this, [event, ...args]);
    } finally {
      after(event, args);
    }
  };
}

/** Observes every request that reaches a server. */
export function observeServer(observer: Observer, server: AnyServer, templates: Templates): void {
  const observe = (event: unknown, args: unknown[]): void => {
    if (REQUESTS.has(event)) observeRequest(observer, args as [HttpRequest, HttpResponse], templates);
    else if (event === "stream") observeStream(observer, args as [ServerHttp2Stream, IncomingHttpHeaders], templates);
  };
  tap(server, safely(observer, observe), safely(observer, countUpgrade(observer, templates)));
}

/** Counts only what a server hands to its listeners for `upgrade` and `connect`, where no framework sees it, ids replaced. */
export function observeUpgrades(observer: Observer, server: AnyServer): void {
  tap(
    server,
    () => undefined,
    safely(
      observer,
      countUpgrade(observer, ({ path }) => normalizeIds(path)),
    ),
  );
}

function observeRequest(observer: Observer, [request, response]: [HttpRequest, HttpResponse], templates: Templates) {
  // Of HTTP/2 there was a stream before.
  if (request.httpVersionMajor >= 2) return;
  const method = request.method ?? "";
  const path = pathOfTarget(method, request.url);
  const status = (): number => (response.headersSent ? response.statusCode : 0);
  observeHttp(observer, request, response, () => templates({ method, path, request, status }));
}

function observeStream(
  observer: Observer,
  [stream, headers]: [ServerHttp2Stream, IncomingHttpHeaders],
  templates: Templates,
): void {
  const method = headers[":method"] ?? "";
  const path = pathOfTarget(method, headers[":path"]);
  // Before the head is sent there are none, whatever the types say.
  const status = (): number => Number((stream.sentHeaders as IncomingHttpHeaders | undefined)?.[":status"] ?? 0);
  const template: Observation["template"] = () => templates({ method, path, request: undefined, status });
  const observation = observer.begin(stream, method, template);
  if (observation !== undefined) stream.once("close", () => observer.end(observation));
}

/**
 * After the listeners, so that a framework that routes upgrades (by a request of its own around it) has met it with its template by
 * now. At once and not at the end of the socket, which may last for days.
 */
function countUpgrade(observer: Observer, templates: Templates) {
  return (event: unknown, args: unknown[]): void => {
    if (!UPGRADES.has(event)) return;
    const [request] = args as [IncomingMessage];
    const { method = "", url } = request;
    const arrived: Arrived = { method, path: pathOfTarget(method, url), request, status: () => 0 };
    observer.countOnce(keyOf(request), method, () => templates(arrived));
  };
}

function safely(observer: Observer, look: (event: unknown, args: unknown[]) => void): typeof look {
  return (event, args) => {
    try {
      look(event, args);
    } catch (error) {
      observer.failed(error);
    }
  };
}
