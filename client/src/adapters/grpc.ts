import {
  InterceptingCall,
  type Interceptor,
  type Server,
  ServerInterceptingCall,
  type ServerInterceptor,
} from "@grpc/grpc-js";
import { type Counting, countingOf } from "./core/counting.ts";
import { Observer } from "./core/observer.ts";
import type { CountOptions } from "./core/options.ts";

export type * from "./core/public.ts";

/** Any gRPC call, in the protocol's enum of methods. */
const GRPC = "GRPC";

export type GrpcCount = ServerInterceptor &
  Counting & {
    /**
     * Counts, under `(unmatched)`, calls of methods that nobody has registered with the server too: interceptors never see them.
     * Returns the server.
     */
    unregistered(server: Server): Server;
  };

export type GrpcCountCalls = Interceptor & Counting;

/**
 * Counts every call of a grpc-js server: `new Server({ interceptors: [count({ target: "count:7777" })] })`.
 *
 * A call is counted when it arrives, whatever becomes of it and however many messages it has, as method GRPC under the full name of its method
 * (`/shop.v1.Cart/AddItem`). Never throws.
 */
export function count(options?: CountOptions): GrpcCount {
  const observer = new Observer("grpc", options);
  const interceptor: ServerInterceptor = (method, call) => {
    observer.count(GRPC, method.path);
    return new ServerInterceptingCall(call);
  };
  const unregistered = (server: Server): Server => {
    try {
      countUnregistered(observer, server as unknown as HandlerLookup);
    } catch (error) {
      observer.failed(error);
    }
    return server;
  };
  return Object.assign(interceptor, countingOf(observer), { unregistered });
}

/**
 * Counts every call that a grpc-js client makes: `new Client(address, credentials, { interceptors: [countCalls({ … })] })`.
 *
 * A call is counted when it is made, whatever becomes of it and however often grpc-js tries. `service` is the one that is called,
 * and not this process, so it is not taken from the environment: without it, it is the counter's, or empty. Never throws.
 */
export function countCalls(options?: CountOptions): GrpcCountCalls {
  const observer = new Observer("grpc client", options, options?.counter === undefined ? "" : undefined);
  const interceptor: Interceptor = (call, nextCall) => {
    observer.count(GRPC, call.method_definition.path);
    return new InterceptingCall(nextCall(call));
  };
  return Object.assign(interceptor, countingOf(observer));
}

/** How a grpc-js server of 1.x finds the handler of a call. It has no public hook for one that it does not find. */
interface HandlerLookup {
  _retrieveHandler?: (path: string) => unknown;
}

function countUnregistered(observer: Observer, server: HandlerLookup): void {
  const retrieve = server._retrieveHandler;
  if (typeof retrieve !== "function") {
    throw new TypeError("this version of grpc-js does not tell of calls that nobody has registered");
  }
  server._retrieveHandler = (path) => {
    const handler = retrieve.call(server, path);
    if (handler === null) observer.count(GRPC, undefined);
    return handler;
  };
}
