import type { IncomingHttpHeaders } from "node:http";

/** Names and values in turn, as they came: `IncomingMessage.rawHeaders`. */
export type RawHeaders = readonly string[];

/** The address of the other side; IPv4 as IPv4, also where the proxy listens on every interface. */
export function remoteOf({ remoteAddress }: { readonly remoteAddress?: string | undefined }): string {
  return remoteAddress === undefined ? "unknown" : remoteAddress.replace(/^::ffff:(?=\d+\.)/, "");
}

/** Meant for one connection, not for who is behind it (RFC 9110, section 7.6.1), and what the connection's own framing says anew. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);
/** Lengths of those names: most headers are told apart without being put into lower case. */
const HOP_LENGTHS: ReadonlySet<number> = new Set([...HOP_BY_HOP].map((name) => name.length));

/** The headers of a request for the application: without those of the connection, with `X-Forwarded-*`. */
export function requestHeaders(raw: RawHeaders, headers: IncomingHttpHeaders, remote: string): string[] {
  const forwarded = headers["x-forwarded-for"];
  const result = withoutHops(raw, headers.connection, forwarded === undefined ? undefined : "x-forwarded-for");
  result.push("X-Forwarded-For", forwarded === undefined ? remote : `${String(forwarded)}, ${remote}`);
  if (headers["x-forwarded-proto"] === undefined) result.push("X-Forwarded-Proto", "http");
  const { host } = headers;
  if (host !== undefined && headers["x-forwarded-host"] === undefined) result.push("X-Forwarded-Host", host);
  // It ends with chunked, which is done anew; what may be before that is the sender's coding.
  const coding = headers["transfer-encoding"];
  if (coding !== undefined) result.push("Transfer-Encoding", coding);
  return result;
}

/** The headers of a response for the client. */
export function responseHeaders(raw: RawHeaders, connection: string | undefined): string[] {
  return withoutHops(raw, connection, undefined);
}

/** @param connection the Connection header, which may name further headers of the connection @param also one more to leave out */
function withoutHops(raw: RawHeaders, connection: string | undefined, also: string | undefined): string[] {
  const named = namedBy(connection);
  const result: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    if (HOP_LENGTHS.has(name.length) || named !== undefined || also?.length === name.length) {
      const lower = name.toLowerCase();
      if (HOP_BY_HOP.has(lower) || lower === also || named?.has(lower) === true) continue;
    }
    result.push(name, raw[at + 1]!);
  }
  return result;
}

/** What must reach the other side even if a Connection header names it. */
const NEVER_NAMED: ReadonlySet<string> = new Set(["host", "content-length", "keep-alive", "close", "upgrade"]);

function namedBy(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === "keep-alive" || connection === "close") return undefined;
  const names = connection
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !NEVER_NAMED.has(name));
  return names.length === 0 ? undefined : new Set(names);
}

/** Whether a request is a gRPC call: `application/grpc`, with or without a format behind it, and not gRPC-Web. */
export function isGrpc(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/grpc(?:[+;]|$)/i.test(contentType);
}
