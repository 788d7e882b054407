import type { Interceptor } from "@connectrpc/connect";
import { type Counting, countingOf } from "./core/counting.ts";
import { type HttpRequest, type HttpResponse, observeHttp } from "./core/http.ts";
import { Observer } from "./core/observer.ts";
import type { CountOptions } from "./core/options.ts";

export type * from "./core/public.ts";

/** A handler of requests, as node:http and node:http2 take it. */
type Handler = (request: HttpRequest, response: EndableResponse) => void;

interface EndableResponse extends HttpResponse {
  writeHead(status: number): unknown;
  end(): unknown;
}

/** An interceptor of Connect. */
export type ConnectCount = Interceptor &
  Counting & {
    /**
     * A fallback for `connectNodeAdapter` that counts, under `(unmatched)` and their HTTP method, requests of which it knows no
     * method: interceptors never see them. Without `next` they are answered with 404, as without a fallback.
     */
    unmatched(next?: Handler): Handler;
  };

export type ConnectCountCalls = Interceptor & Counting;

/**
 * Counts every call that reaches a Connect server, by Connect, gRPC or gRPC-web:
 * `connectNodeAdapter({ routes, interceptors: [count({ target: "count:7777" })] })`.
 *
 * A call is counted when it arrives, whatever becomes of it and however many messages it has, as method GRPC under the full name of
 * its method (`/shop.v1.Cart/AddItem`); also of a method that the service declares and nobody implements. Never throws.
 */
export function count(options?: CountOptions): ConnectCount {
  const observer = new Observer("connect", options);
  const unmatched = (next: Handler = notFound): Handler => {
    return (request, response) => {
      observeHttp(observer, request, response, () => undefined);
      next(request, response);
    };
  };
  return Object.assign(interceptorOf(observer), { unmatched });
}

/**
 * Counts every call that a Connect client makes: `createConnectTransport({ …, interceptors: [countCalls({ … })] })`.
 *
 * `service` is the one that is called, and not this process, so it is not taken from the environment: without it, it is the
 * counter's, or empty. Never throws.
 */
export function countCalls(options?: CountOptions): ConnectCountCalls {
  return interceptorOf(new Observer("connect client", options, options?.counter === undefined ? "" : undefined));
}

function notFound(_request: HttpRequest, response: EndableResponse): void {
  response.writeHead(404);
  response.end();
}

function interceptorOf(observer: Observer): ConnectCountCalls {
  const interceptor: Interceptor = (next) => (request) => {
    try {
      observer.count("GRPC", `/${request.service.typeName}/${request.method.name}`);
    } catch (error) {
      observer.failed(error);
    }
    return next(request);
  };
  return Object.assign(interceptor, countingOf(observer));
}
