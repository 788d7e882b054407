import type { IncomingMessage, ServerResponse } from "node:http";
import type { DescMessage, DescMethodUnary, MessageShape } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { type AddRequest, type AddResponse, CountService } from "@count/proto";
import type { Shown } from "../auth/authenticator.ts";
import { isStatus } from "./call-problem.ts";
import type { CallContext, CallUnary } from "./calls.ts";

/** Counts the requests of an iterable as `Add` does. */
export type CallAdd = (requests: AsyncIterable<AddRequest>, context: CallContext) => Promise<AddResponse>;

export interface ConnectOptions {
  readonly call: CallUnary;
  readonly add: CallAdd;
  /** Size of a message, decompressed, in bytes. */
  readonly maxMessageBytes: number;
  /** How long a call may take, in milliseconds, whatever the caller wishes. */
  readonly maxCallMs: number;
}

const SHOWN = createContextKey<Shown>({});

/** Where Connect's calls are: `/count.v1.CountService/QueryTotals`. */
export const CONNECT_PREFIX = `/${CountService.typeName}/`;

/**
 * count.v1 by the protocol of Connect: unary calls with JSON or binary messages, those without side effects by GET too, and
 * Add as a stream. `Record` needs both directions at once, which HTTP/1.1 does not have: it is answered with UNIMPLEMENTED,
 * and lives on the gRPC port.
 *
 * gRPC-Web and gRPC are off: browsers have Connect, and gRPC has a port of its own.
 */
export function connectHandler(
  options: ConnectOptions,
): (request: IncomingMessage, response: ServerResponse, shown: Shown) => void {
  const shownBy = new WeakMap<object, Shown>();
  const handler = connectNodeAdapter({
    routes: (router) => routes(router, options),
    grpc: false,
    grpcWeb: false,
    readMaxBytes: options.maxMessageBytes,
    maxTimeoutMs: options.maxCallMs,
    contextValues: (request) => createContextValues().set(SHOWN, shownBy.get(request) ?? {}),
  });
  return (request, response, shown) => {
    shownBy.set(request, shown);
    handler(request, response);
  };
}

function routes(router: ConnectRouter, { call, add, maxCallMs }: ConnectOptions): void {
  const within = (context: HandlerContext): CallContext => ({
    signal: context.signal,
    maxCallMs,
    shown: context.values.get(SHOWN),
  });
  const unary =
    <I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>) =>
    (request: MessageShape<I>, context: HandlerContext): Promise<MessageShape<O>> =>
      translated(call(method, request, within(context)));
  const { method } = CountService;
  router.service(CountService, {
    add: async (requests, context) => {
      const read = watched(requests);
      // What is wrong with the messages says more than that their stream has ended.
      return translated(add(read.messages, within(context))).catch((error: unknown) => {
        throw read.failure() ?? error;
      });
    },
    countDailyTotals: unary(method.countDailyTotals),
    listDailyTotals: unary(method.listDailyTotals),
    getPeriodTotals: unary(method.getPeriodTotals),
    queryTotals: unary(method.queryTotals),
    removeExpired: unary(method.removeExpired),
    listPathRules: unary(method.listPathRules),
    setPathRules: unary(method.setPathRules),
  });
}

/** The same messages, and why there were no more of them, if that was a failure. */
function watched<Message>(messages: AsyncIterable<Message>) {
  let failure: unknown;
  async function* read(): AsyncGenerator<Message> {
    try {
      yield* messages;
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  return { messages: read(), failure: () => failure };
}

/** gRPC's numbers are Connect's. */
const CODES = new Map<number, Code>(
  Object.values(Code)
    .filter((code) => typeof code === "number")
    .map((code) => [code, code]),
);

async function translated<Result>(result: Promise<Result>): Promise<Result> {
  try {
    return await result;
  } catch (error) {
    if (isStatus(error)) {
      throw new ConnectError(error.details, CODES.get(error.code) ?? Code.Unknown, undefined, undefined, error);
    }
    throw new ConnectError("internal error", Code.Internal, undefined, undefined, error);
  }
}
