import {
  type ClientHttp2Stream,
  constants,
  type Http2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { countRequest, failureText, gatewayStatus, type ProxyContext, timeoutError } from "./context.ts";
import { isGrpc, remoteOf } from "./headers.ts";
import type { Http2Sessions } from "./http2-sessions.ts";
import { pump } from "./pump.ts";

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } =
  constants;
/** gRPC's UNAVAILABLE and DEADLINE_EXCEEDED. */
const GRPC_STATUS = { 502: 14, 504: 4 } as const;

/** Takes the streams of HTTP/2 connections, gRPC among them, and passes them to the application over HTTP/2. */
export class Http2Proxy {
  readonly #context: ProxyContext;
  readonly #sessions: Http2Sessions;

  constructor(context: ProxyContext, sessions: Http2Sessions) {
    this.#context = context;
    this.#sessions = sessions;
  }

  handle(client: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number): void {
    const { observer, config } = this.#context;
    const { ":method": method = "GET", ":path": path = "*", "content-type": contentType } = headers;
    observer.request("http2");
    countRequest(this.#context, method, path, contentType);
    client.on("error", () => undefined);
    if (method === "CONNECT") {
      observer.failed(501);
      client.respond({ ":status": 501 }, { endStream: true });
      return;
    }
    const endStream = (flags & NGHTTP2_FLAG_END_STREAM) !== 0;
    const { session, done } = this.#sessions.take();
    let upstream: ClientHttp2Stream;
    try {
      const remote = remoteOf(client.session?.socket ?? {});
      upstream = session.request(forwardedHeaders(headers, remote), { endStream, waitForTrailers: !endStream });
    } catch (error) {
      done();
      this.#fail(client, isGrpc(contentType), 502, error);
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    let answered = false;
    let failure: unknown;
    const startTimer = (): void => {
      const { responseTimeoutMs } = config;
      if (answered || upstream.closed || isGrpc(contentType) || responseTimeoutMs === Number.POSITIVE_INFINITY) return;
      timer = setTimeout(() => upstream.destroy(timeoutError("the response", responseTimeoutMs)), responseTimeoutMs);
    };
    upstream.on("response", (answer, answerFlags) => {
      answered = true;
      clearTimeout(timer);
      respond(client, upstream, answer, (answerFlags & NGHTTP2_FLAG_END_STREAM) !== 0);
    });
    upstream.on("headers", (informational) => {
      if (!client.headersSent && !client.closed) client.additionalHeaders(informational);
    });
    upstream.on("error", (error) => {
      failure = error;
    });
    upstream.on("close", () => {
      clearTimeout(timer);
      done();
      if (client.closed || client.destroyed) return;
      const { rstCode } = upstream;
      if (answered) {
        if (rstCode !== NGHTTP2_NO_ERROR || failure !== undefined) client.close(rstCode || NGHTTP2_INTERNAL_ERROR);
      } else if (rstCode === NGHTTP2_REFUSED_STREAM) client.close(rstCode);
      else
        this.#fail(client, isGrpc(contentType), gatewayStatus(failure), failure ?? new Error(`reset with ${rstCode}`));
    });
    client.on("close", () => {
      if (!upstream.closed) upstream.close(client.rstCode === NGHTTP2_NO_ERROR ? NGHTTP2_CANCEL : client.rstCode);
    });
    if (endStream) {
      startTimer();
      return;
    }
    passTrailers(client, upstream);
    pump(client, upstream, () => {
      upstream.end();
      startTimer();
    });
  }

  #fail(client: ServerHttp2Stream, ofGrpc: boolean, status: 502 | 504, error: unknown): void {
    const { observer, logger } = this.#context;
    observer.failed(status);
    logger.debug({ reason: error instanceof Error ? error.message : String(error) }, "the proxy answers by itself");
    if (client.destroyed || client.closed || client.headersSent) {
      client.close(NGHTTP2_INTERNAL_ERROR);
      return;
    }
    const text = failureText(status);
    if (ofGrpc) {
      // A call that ends without messages has its trailers in its headers, and the HTTP status 200.
      const trailers = { "grpc-status": GRPC_STATUS[status], "grpc-message": encodeURI(text.trim()) };
      client.respond({ ":status": 200, "content-type": "application/grpc", ...trailers }, { endStream: true });
      return;
    }
    client.respond({ ":status": status, "content-type": "text/plain", "content-length": Buffer.byteLength(text) });
    client.end(text);
  }
}

function respond(
  client: ServerHttp2Stream,
  upstream: ClientHttp2Stream,
  answer: IncomingHttpHeaders,
  isAll: boolean,
): void {
  if (client.closed || client.destroyed) return;
  try {
    client.respond(answer, { endStream: isAll, waitForTrailers: !isAll });
  } catch {
    // A status or header that Node does not send.
    client.close(NGHTTP2_INTERNAL_ERROR);
    return;
  }
  if (isAll) return;
  passTrailers(upstream, client);
  pump(upstream, client, () => {
    // A stream that was reset ends as well; it must not look complete.
    if (upstream.rstCode === NGHTTP2_NO_ERROR && !upstream.aborted) client.end();
  });
}

function forwardedHeaders(headers: IncomingHttpHeaders, remote: string): OutgoingHttpHeaders {
  const { "x-forwarded-for": before, "x-forwarded-proto": proto, "x-forwarded-host": host } = headers;
  const authority = headers[":authority"] ?? headers.host;
  return {
    ...headers,
    "x-forwarded-for": before === undefined ? remote : `${String(before)}, ${remote}`,
    "x-forwarded-proto": proto ?? "http",
    ...(host === undefined && authority !== undefined ? { "x-forwarded-host": authority } : {}),
  };
}

/** Without trailers the stream ends with an empty frame. */
function passTrailers(from: Http2Stream, to: Http2Stream): void {
  let trailers: OutgoingHttpHeaders = {};
  from.on("trailers", (received) => {
    trailers = received;
  });
  to.on("wantTrailers", () => to.sendTrailers(trailers));
}
