import { type HTTPAccessLogEntry, HTTPAccessLogEntry_HTTPVersion, RequestMethod } from "@count/proto/envoy";
import { isGrpc } from "../proxy/headers.ts";

/** A request as Envoy tells of it. */
export interface LoggedRequest {
  /** The method's name; METHOD_UNSPECIFIED for one that Envoy has no number for. */
  readonly method: string;
  /** With query string. */
  readonly target: string;
  /** Milliseconds since 1970-01-01T00:00:00Z; undefined when it is not said. */
  readonly atMs: number | undefined;
}

const { HTTP2, HTTP3 } = HTTPAccessLogEntry_HTTPVersion;
/** `/package.Service/Method`. */
const GRPC_PATH = /^\/[A-Za-z_][\w.]*\.[A-Za-z_]\w*\/[A-Za-z_]\w*$/;

/** The request of an entry; undefined when the entry is not the last one of its request. */
export function requestOf(entry: HTTPAccessLogEntry): LoggedRequest | undefined {
  const { commonProperties: common, request } = entry;
  if (common?.intermediateLogEntry === true) return undefined;
  const target = request?.originalPath || request?.path || "/";
  const { startTime } = common ?? {};
  return {
    method: isGrpcCall(entry) ? "GRPC" : (RequestMethod[request?.requestMethod ?? 0] ?? "METHOD_UNSPECIFIED"),
    target,
    atMs: startTime && Number(startTime.seconds) * 1_000 + Math.floor(startTime.nanos / 1e6),
  };
}

/**
 * Headers tell, where the access logger is configured to send `content-type`, or the trailer `grpc-status`. Without them a POST
 * over HTTP/2 to what looks like a method of a service in a package is taken for a call.
 */
function isGrpcCall({ request, response, protocolVersion }: HTTPAccessLogEntry): boolean {
  const contentType = request?.requestHeaders["content-type"] ?? response?.responseHeaders["content-type"];
  if (contentType !== undefined) return isGrpc(contentType);
  if (response?.responseTrailers["grpc-status"] !== undefined) return true;
  const isHttp2 = protocolVersion === HTTP2 || protocolVersion === HTTP3;
  return isHttp2 && request?.requestMethod === RequestMethod.POST && GRPC_PATH.test(request.path);
}
