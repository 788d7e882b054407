import { createServer, type ServerHttp2Session } from "node:http2";
import { createRequire } from "node:module";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  AddResponseSchema,
  CountDailyTotalsResponseSchema,
  CountService,
  countService,
  RecordResponseSchema,
} from "@count/proto";
import type * as grpcJs from "@grpc/grpc-js";
import { count as countConnect } from "../../../src/adapters/connect.ts";
import { count as countGrpc } from "../../../src/adapters/grpc.ts";
import type { Counting, CountOptions } from "../../../src/adapters/node-http.ts";
import { listening } from "./app.ts";
import type { Stage } from "./stage.ts";

export interface RpcApp {
  readonly counting: Counting | undefined;
  readonly port: number;
}

/**
 * The same service: CountDailyTotals answers, ListDailyTotals fails, Add reads everything, Record answers each message,
 * GetPeriodTotals is declared and not implemented.
 */
export type StartRpc = (options: CountOptions | undefined, stage: Stage) => Promise<RpcApp>;

/** The real package, as a host has it: another copy than the client's when its version is. */
export function grpcJsOf(name: "@grpc/grpc-js" | "grpc-js-oldest"): typeof grpcJs {
  return createRequire(import.meta.url)(name) as typeof grpcJs;
}

const startGrpc =
  (name: Parameters<typeof grpcJsOf>[0]): StartRpc =>
  async (options, stage) => {
    const { Server, ServerCredentials, status } = grpcJsOf(name);
    const counting = options === undefined ? undefined : countGrpc(options);
    const server = new Server({ interceptors: counting === undefined ? [] : [counting] });
    counting?.unregistered(server);
    const { add, record, countDailyTotals, listDailyTotals } = countService;
    const service: grpcJs.ServiceDefinition = { add, record, countDailyTotals, listDailyTotals };
    server.addService(service, {
      countDailyTotals: (_call: unknown, done: (error: null, response: object) => void) =>
        done(null, create(CountDailyTotalsResponseSchema)),
      listDailyTotals: (_call: unknown, done: (error: object) => void) =>
        done({ code: status.NOT_FOUND, details: "none" }),
      add: (call: NodeJS.ReadableStream, done: (error: null, response: object) => void) => {
        call.on("error", () => undefined).on("data", () => undefined);
        call.on("end", () => done(null, create(AddResponseSchema)));
      },
      record: (call: NodeJS.ReadWriteStream & { write(message: object): void }) => {
        call.on("error", () => undefined).on("data", () => call.write(create(RecordResponseSchema)));
        call.on("end", () => call.end());
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    stage.onEnd(() => server.forceShutdown());
    return { counting, port };
  };

const startConnect: StartRpc = async (options, stage) => {
  const counting = options === undefined ? undefined : countConnect(options);
  const handler = connectNodeAdapter({
    routes: (router) => {
      router.service(CountService, {
        countDailyTotals: () => create(CountDailyTotalsResponseSchema),
        listDailyTotals: () => {
          throw new ConnectError("none", Code.NotFound);
        },
        add: async (requests) => {
          const messages = requests[Symbol.asyncIterator]();
          while ((await messages.next()).done !== true);
          return create(AddResponseSchema);
        },
        record: async function* (requests) {
          const messages = requests[Symbol.asyncIterator]();
          while ((await messages.next()).done !== true) yield create(RecordResponseSchema);
        },
      });
    },
    ...(counting === undefined ? {} : { interceptors: [counting], fallback: counting.unmatched() }),
  });
  const server = createServer(handler);
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  const port = await listening(server);
  stage.onEnd(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { counting, port };
};

export const RPC_SUBJECTS: readonly (readonly [name: string, start: StartRpc])[] = [
  ["grpc-js", startGrpc("@grpc/grpc-js")],
  ["Connect", startConnect],
  ["grpc-js 1.10, a copy of the host's own", startGrpc("grpc-js-oldest")],
];
