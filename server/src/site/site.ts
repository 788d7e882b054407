import type { IncomingMessage, ServerResponse } from "node:http";
import { callProblem } from "../api/call-problem.ts";
import type { CallUnary } from "../api/calls.ts";
import { type CallAdd, CONNECT_PREFIX, connectHandler } from "../api/connect-routes.ts";
import { openApiRoute } from "../api/openapi-route.ts";
import type { Problem } from "../api/problem.ts";
import type { ApiRoute } from "../api/route.ts";
import { totalsRoute } from "../api/totals-route.ts";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Address } from "../config/address.ts";
import { CountError } from "../domain/count-error.ts";
import type { Credentials } from "../rpc/credentials.ts";
import { toServiceError } from "../rpc/status.ts";
import { refusalOf } from "./guards.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";
import { sendAnswer, sendFile, sendProblem } from "./send.ts";
import { SESSION_PATH, sessionRoute } from "./session-route.ts";
import { shownBy } from "./shown.ts";
import { listenForSite, type SiteListener } from "./site-listener.ts";
import type { StaticFile } from "./static-files.ts";

/** Requests that are answered at once. Each may hold a connection to the database and an answer of some megabytes. */
const MAX_REQUESTS = 64;
/** How long an answer may take to begin, and a page of an export. */
const CALL_MS = 30_000;
/** nginx's number for a client that did not wait. */
const CLIENT_GONE = 499;

export interface SiteOptions {
  readonly address: Address;
  /** Undefined: plain text. */
  readonly credentials: Credentials | undefined;
  /** Only requests that name this machine as their host: without authentication nothing else keeps other sites' pages out. */
  readonly localHostsOnly: boolean;
  readonly files: ReadonlyMap<string, StaticFile>;
  /** Who may sign in; calls are checked by whoever makes them. */
  readonly auth: Authenticator;
  readonly call: CallUnary;
  readonly add: CallAdd;
  readonly version: string;
  /** Size of a message of a call, decompressed, in bytes. */
  readonly maxMessageBytes: number;
  /** What failed for no fault of the caller's; who called is told nothing but that. */
  readonly onError: (error: unknown, path: string) => void;
  /** Told of each request, by its route; what it returns is told of the status when the request is over. */
  readonly onRequest?: (route: string) => (status: number) => void;
  /** Told of each connection or request that was one too many. */
  readonly onLimited?: (limit: "web_connections" | "web_requests") => void;
  /** Runs what answers a request, so that somebody can trace it. */
  readonly around?: ((headers: IncomingMessage["headers"], answer: () => void) => void) | undefined;
  /** Default 30,000. */
  readonly maxCallMs?: number;
  /** Default 64. One more is answered with 503. */
  readonly maxRequests?: number;
}

/** Starts the page and the API. @throws CountError when it cannot listen */
export async function startSite(options: SiteOptions): Promise<SiteListener> {
  const { address, credentials, onError, onLimited, around } = options;
  const site = new Site(options);
  return listenForSite({
    address,
    credentials,
    handle: (request, response) => {
      if (around === undefined) site.handle(request, response);
      else around(request.headers, () => site.handle(request, response));
    },
    onError: (error) => onError(error, ""),
    onLimited: () => onLimited?.("web_connections"),
  });
}

class Site {
  readonly #options: SiteOptions;
  readonly #routes: ReadonlyMap<string, ApiRoute>;
  readonly #connect: ReturnType<typeof connectHandler>;
  #open = 0;

  constructor(options: SiteOptions) {
    const { call, add, maxMessageBytes, version, maxCallMs = CALL_MS } = options;
    this.#options = { ...options, maxCallMs };
    this.#routes = new Map([
      ["/api/v1/totals", totalsRoute(call)],
      ["/openapi.json", openApiRoute(version)],
    ]);
    this.#connect = connectHandler({ call, add, maxMessageBytes, maxCallMs });
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const path = pathOf(request);
    const over = this.#options.onRequest?.(this.#nameOf(path));
    response.once("close", () => over?.(response.writableFinished ? response.statusCode : CLIENT_GONE));
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    const { localHostsOnly, maxRequests = MAX_REQUESTS } = this.#options;
    const refused = refusalOf(request, path, { localHostsOnly, sessionPath: SESSION_PATH });
    if (refused !== undefined) {
      this.#refuse(request, response, refused);
      return;
    }
    if (this.#open >= maxRequests) {
      this.#options.onLimited?.("web_requests");
      this.#refuse(request, response, {
        status: 503,
        code: "unavailable",
        detail: `${maxRequests} requests are being answered already: try again in a moment`,
        headers: { "Retry-After": "1" },
      });
      return;
    }
    this.#open++;
    response.once("close", () => this.#open--);
    if (path.startsWith(CONNECT_PREFIX)) {
      this.#connect(request, response, shownBy(request));
      return;
    }
    this.#answer(path, request, response).catch((error: unknown) => {
      this.#failed(error, path, request, response);
    });
  }

  /** Of a route, for metrics: one of a few, whatever is asked for. */
  #nameOf(path: string): string {
    if (path.startsWith(CONNECT_PREFIX)) return "connect";
    if (this.#options.files.has(path)) return "page";
    return path === SESSION_PATH || this.#routes.has(path) ? path : "none";
  }

  async #answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (path === SESSION_PATH) {
      await sendAnswer(request, response, await sessionRoute(this.#options.auth, request));
      return;
    }
    // A body is of no use here; unread it would hold up the connection.
    request.resume();
    const { method } = request;
    const file = this.#options.files.get(path);
    const route = this.#routes.get(path);
    if (file === undefined && route === undefined) {
      this.#refuse(request, response, notFound(path, this.#options.files.size === 0));
    } else if (method !== "GET" && method !== "HEAD") {
      this.#refuse(request, response, {
        status: 405,
        code: "unimplemented",
        detail: `${String(method)} is not GET or HEAD`,
        headers: { Allow: "GET, HEAD" },
      });
    } else if (file !== undefined) sendFile(request, response, file);
    else if (route !== undefined) await this.#run(route, method, request, response);
  }

  async #run(route: ApiRoute, method: "GET" | "HEAD", request: IncomingMessage, response: ServerResponse) {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const { maxCallMs = CALL_MS } = this.#options;
    const answer = await route({
      method,
      search: new URL(request.url ?? "/", "http://localhost").searchParams,
      headers: request.headers,
      signal: gone.signal,
      maxCallMs,
      shown: shownBy(request),
    });
    await sendAnswer(request, response, answer);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
    request.resume();
    sendProblem(request, response, problem).catch((error: unknown) => this.#options.onError(error, pathOf(request)));
  }

  #failed(error: unknown, path: string, request: IncomingMessage, response: ServerResponse): void {
    // Who has gone away needs no answer, and has failed in nothing.
    if (response.destroyed && !response.headersSent) return;
    const problem = callProblem(error instanceof CountError ? toServiceError(error) : error);
    if (problem.status === 500) this.#options.onError(error, path);
    if (response.headersSent) response.destroy();
    else this.#refuse(request, response, problem);
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

function notFound(path: string, isUnbuilt: boolean): Problem {
  if (isUnbuilt && path === "/") {
    return { status: 503, code: "unavailable", detail: "the page is not built: run `npm run build`" };
  }
  return { status: 404, code: "not_found", detail: `there is no ${path} here; /openapi.json lists what there is` };
}
