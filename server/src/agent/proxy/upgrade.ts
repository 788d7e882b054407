import { request as httpRequest, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { connectUpstream, type UpstreamAddress } from "./connect.ts";
import { countRequest, failureText, gatewayStatus, type ProxyContext, REASONS, timeoutError } from "./context.ts";
import { type RawHeaders, remoteOf, requestHeaders, responseHeaders } from "./headers.ts";

/**
 * Takes requests that ask for another protocol, such as WebSocket. Each has a connection to the application of its own; once the
 * application has switched, bytes go both ways as they are, and what one side closes is closed on the other.
 */
export class UpgradeProxy {
  readonly #context: ProxyContext;
  readonly #address: UpstreamAddress;
  readonly #again: (socket: Duplex) => void;

  /** @param again reads a connection as HTTP/1.1 from its start */
  constructor(context: ProxyContext, address: UpstreamAddress, again: (socket: Duplex) => void) {
    this.#context = context;
    this.#address = address;
    this.#again = again;
  }

  handle(request: IncomingMessage, client: Duplex, head: Buffer): void {
    const { upgrade = "" } = request.headers;
    if (/^\s*h2c\s*(?:,|$)/i.test(upgrade)) {
      this.#readAsPlain(request, client, head);
      return;
    }
    this.#context.observer.request("upgrade");
    countRequest(this.#context, request.method!, request.url!, request.headers["content-type"]);
    this.#forward(request, client, head);
  }

  /**
   * An upgrade to h2c is an offer that a server may ignore (RFC 9113 has done away with it), and Java's client makes it with every
   * first request, also with a body, which Node's parser leaves unread behind an upgrade: the request is read again without.
   */
  #readAsPlain({ method, url, httpVersion, rawHeaders }: IncomingMessage, client: Duplex, head: Buffer): void {
    const lines = linesOf(rawHeaders, new Set(["upgrade", "http2-settings", "connection"]));
    const text = `${method!} ${url!} HTTP/${httpVersion}\r\n${lines}\r\n`;
    client.unshift(Buffer.concat([Buffer.from(text, "latin1"), head]));
    this.#again(client);
  }

  #forward(request: IncomingMessage, client: Duplex, head: Buffer): void {
    const { rawHeaders, headers, method, url } = request;
    const { connectTimeoutMs, responseTimeoutMs } = this.#context.config;
    const remote = remoteOf(request.socket);
    const forwarded = [
      ...requestHeaders(rawHeaders, headers, remote),
      "Connection",
      "Upgrade",
      "Upgrade",
      headers.upgrade!,
    ];
    let upstream: ReturnType<typeof httpRequest>;
    try {
      upstream = httpRequest({
        createConnection: () => connectUpstream(this.#address, connectTimeoutMs, true),
        method,
        path: url,
        headers: forwarded,
        setHost: false,
      });
    } catch (error) {
      this.#fail(client, 502, error);
      return;
    }
    const timer =
      responseTimeoutMs === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(() => upstream.destroy(timeoutError("the switch", responseTimeoutMs)), responseTimeoutMs);
    let answered = false;
    const answer = (): void => {
      answered = true;
      clearTimeout(timer);
    };
    client.on("error", () => upstream.destroy());
    client.once("close", () => upstream.destroy());
    upstream.on("upgrade", (response, socket, upstreamHead) => {
      answer();
      client.write(switchHead(response));
      if (upstreamHead.length > 0) client.write(upstreamHead);
      if (head.length > 0) socket.write(head);
      join(client, socket);
    });
    upstream.on("response", (response) => {
      answer();
      this.#refuse(client, response);
    });
    upstream.on("error", (error) => {
      clearTimeout(timer);
      if (answered) client.destroy();
      else if (!client.destroyed) this.#fail(client, gatewayStatus(error), error);
    });
    upstream.end();
  }

  /** The application does not switch. Its answer ends with the connection, whose parser is gone. */
  #refuse(client: Duplex, response: IncomingMessage): void {
    const { statusCode = 502, statusMessage = "", rawHeaders, headers } = response;
    const lines = linesOf(responseHeaders(rawHeaders, headers.connection), new Set());
    client.write(Buffer.from(`HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines}Connection: close\r\n\r\n`, "latin1"));
    response.on("error", () => client.destroy());
    response.pipe(client);
  }

  #fail(client: Duplex, status: 502 | 504, error: unknown): void {
    const { observer, logger } = this.#context;
    observer.failed(status);
    logger.debug({ reason: error instanceof Error ? error.message : String(error) }, "the proxy answers by itself");
    const text = failureText(status);
    client.end(
      `HTTP/1.1 ${status} ${REASONS[status]}\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\n` +
        `Connection: close\r\n\r\n${text}`,
    );
  }
}

function switchHead({ statusMessage, rawHeaders }: IncomingMessage): Buffer {
  return Buffer.from(`HTTP/1.1 101 ${statusMessage ?? ""}\r\n${linesOf(rawHeaders, new Set())}\r\n`, "latin1");
}

function linesOf(raw: RawHeaders, without: ReadonlySet<string>): string {
  let lines = "";
  for (let at = 0; at < raw.length; at += 2) {
    if (!without.has(raw[at]!.toLowerCase())) lines += `${raw[at]!}: ${raw[at + 1]!}\r\n`;
  }
  return lines;
}

function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    // The end of one direction is passed on as such; what breaks on one side breaks on the other.
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.once("close", () => {
      if (!from.readableEnded) to.destroy();
    });
  }
}
