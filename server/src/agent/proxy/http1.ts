import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { countRequest, failureText, gatewayStatus, type ProxyContext, REASONS, timeoutError } from "./context.ts";
import { remoteOf, requestHeaders, responseHeaders } from "./headers.ts";
import { pump } from "./pump.ts";
import type { UpstreamAgent } from "./upstream-agent.ts";

/** Methods that may be sent twice (RFC 9110, section 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);
/** Methods that mean nothing without a body: their lack of one is said, since a chunked empty one would be added. */
const WITH_BODY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** Takes the requests of HTTP/1.1 connections, but for upgrades, and passes them to the application. */
export class Http1Proxy {
  readonly #context: ProxyContext;
  readonly #agent: UpstreamAgent;
  readonly #host: string;
  #isDraining = false;

  /** @param host of the application, for the connections' names only */
  constructor(context: ProxyContext, agent: UpstreamAgent, host: string) {
    this.#context = context;
    this.#agent = agent;
    this.#host = host;
  }

  /** From now on connections end with their response. */
  drain(): void {
    this.#isDraining = true;
  }

  /** @param expectsContinue whether the client waits for 100 before it sends the body */
  handle(request: IncomingMessage, response: ServerResponse, expectsContinue = false): void {
    const { observer } = this.#context;
    observer.request("http1");
    countRequest(this.#context, request.method!, request.url!, request.headers["content-type"]);
    if (this.#isDraining) response.shouldKeepAlive = false;
    // Without it a client that is gone would be an error that nobody handles.
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    this.#forward(request, response, expectsContinue, true);
  }

  #forward(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean, mayRepeat: boolean): void {
    const { rawHeaders, headers, method = "GET", url = "/" } = request;
    const length = headers["content-length"];
    const hasBody = headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0");
    const forwarded = requestHeaders(rawHeaders, headers, remoteOf(request.socket));
    if (!hasBody && length === undefined && WITH_BODY.has(method)) forwarded.push("Content-Length", "0");
    let upstream: ClientRequest;
    try {
      upstream = httpRequest({
        agent: this.#agent,
        host: this.#host,
        method,
        path: url,
        headers: forwarded,
        setHost: false,
      });
    } catch (error) {
      // Node's parser takes some targets and headers that its client does not send.
      this.#fail(response, 400, error);
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    const { responseTimeoutMs } = this.#context.config;
    const startTimer = (): void => {
      if (responseTimeoutMs === Number.POSITIVE_INFINITY || upstream.destroyed) return;
      timer = setTimeout(() => upstream.destroy(timeoutError("the response", responseTimeoutMs)), responseTimeoutMs);
    };
    let answered = false;
    upstream.on("response", (answer) => {
      answered = true;
      clearTimeout(timer);
      this.#respond(upstream, answer, response);
    });
    upstream.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (response.destroyed || answered) {
        // What has begun and cannot go on must not look complete.
        if (!response.writableEnded) response.destroy();
        return;
      }
      const isStale = upstream.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
      if (isStale && mayRepeat && !hasBody && IDEMPOTENT.has(method)) {
        response.off("close", cancel);
        this.#forward(request, response, expectsContinue, false);
      } else this.#fail(response, gatewayStatus(error), error);
    });
    const cancel = (): void => {
      clearTimeout(timer);
      if (!response.writableFinished) upstream.destroy();
    };
    response.on("close", cancel);
    upstream.on("information", ({ statusCode, headers: hints }) => {
      if (statusCode === 102) response.writeProcessing();
      else if (statusCode === 103 && hints["link"] !== undefined) response.writeEarlyHints({ link: hints["link"] });
    });
    if (expectsContinue) upstream.on("continue", () => response.writeContinue());
    if (!hasBody) {
      upstream.end();
      startTimer();
      return;
    }
    // The application decides on the head alone, or says 100.
    upstream.flushHeaders();
    // Until there is a connection; how long the body takes is the client's affair.
    startTimer();
    upstream.once("socket", () => clearTimeout(timer));
    pump(request, upstream, () => {
      if (request.rawTrailers.length > 0) upstream.addTrailers(pairsOf(request.rawTrailers));
      upstream.end();
      startTimer();
    });
  }

  #respond(upstream: ClientRequest, answer: IncomingMessage, response: ServerResponse): void {
    const { rawHeaders, statusCode = 502, statusMessage = "", headers } = answer;
    answer.on("error", () => response.destroy());
    if (this.#isDraining) response.shouldKeepAlive = false;
    response.sendDate = false;
    try {
      response.writeHead(statusCode, statusMessage, responseHeaders(rawHeaders, headers.connection));
    } catch (error) {
      upstream.destroy();
      this.#fail(response, 502, error);
      return;
    }
    let begun = false;
    pump(
      answer,
      response,
      () => {
        begun = true;
        if (answer.rawTrailers.length > 0) response.addTrailers(pairsOf(answer.rawTrailers));
        response.end();
        // An application may answer before it has read everything: its connection is of no use then.
        if (!upstream.writableEnded) upstream.destroy();
      },
      () => {
        begun = true;
      },
    );
    // The head goes with the first bytes of the body if those are here already, and alone if they are not.
    setImmediate(() => {
      if (!begun && !response.destroyed) response.flushHeaders();
    });
  }

  #fail(response: ServerResponse, status: 400 | 502 | 504, error: unknown): void {
    const { observer, logger } = this.#context;
    observer.failed(status);
    logger.debug({ reason: error instanceof Error ? error.message : String(error) }, "the proxy answers by itself");
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const text = status === 400 ? "The request cannot be passed on.\n" : failureText(status);
    // The rest of the request, if there is one, has nobody to go to.
    response.shouldKeepAlive = false;
    response.writeHead(status, REASONS[status], {
      "Content-Type": "text/plain",
      "Content-Length": Buffer.byteLength(text),
    });
    response.end(text);
  }
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at]!, raw[2 * at + 1]!]);
}
