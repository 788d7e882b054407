import { create } from "@bufbuild/protobuf";
import {
  type AddRequest,
  type AddResponse,
  AddResponseSchema,
  CountDailyTotalsResponseSchema,
  countService,
} from "@count/proto";
import {
  ChannelCredentials,
  Client,
  type handleClientStreamingCall,
  type handleUnaryCall,
  type ServiceError,
} from "@grpc/grpc-js";
import { type Address, formatAddress } from "../../src/config/address.ts";
import { type GrpcServer, type GrpcServerOptions, startGrpcServer } from "../../src/rpc/grpc-server.ts";
import type { GrpcService } from "../../src/rpc/grpc-service.ts";

export const LOOPBACK: Address = { host: "127.0.0.1", port: 0 };

/** A count service that counts messages in memory: what is tested here is what is around it. */
export interface FakeService extends GrpcService {
  /** Paths of the messages that came in, in order. */
  readonly paths: string[];
  /** Resolves once that many messages came in. */
  received(messages: number): Promise<void>;
}

export function fakeService(): FakeService {
  const paths: string[] = [];
  let waiting: { messages: number; resolve: () => void }[] = [];
  const add: handleClientStreamingCall<AddRequest, AddResponse> = (call, callback) => {
    call.on("data", (message: AddRequest) => {
      paths.push(message.path);
      waiting = waiting.filter(({ messages, resolve }) => {
        if (paths.length < messages) return true;
        resolve();
        return false;
      });
    });
    call.on("end", () => callback(null, create(AddResponseSchema)));
  };
  const countDailyTotals: handleUnaryCall<object, object> = (_call, callback) => {
    callback(null, create(CountDailyTotalsResponseSchema));
  };
  return {
    definition: countService,
    implementation: { add, countDailyTotals },
    paths,
    received: (messages) =>
      new Promise((resolve) => {
        if (paths.length >= messages) resolve();
        else waiting.push({ messages, resolve });
      }),
  };
}

/** Servers and clients of one test, closed together at its end. */
export class Wire implements AsyncDisposable {
  readonly #open: (() => unknown)[] = [];

  defer(close: () => unknown): void {
    this.#open.push(close);
  }

  async serve(options: Omit<GrpcServerOptions, "address"> & { address?: Address }): Promise<GrpcServer> {
    const server = await startGrpcServer({ address: LOOPBACK, ...options });
    this.defer(() => server.close());
    return server;
  }

  client({ address }: GrpcServer, credentials: ChannelCredentials = ChannelCredentials.createInsecure()): Client {
    // A pool of its own: clients share connections otherwise, and some tests are about new ones.
    const client = new Client(formatAddress(address), credentials, { "grpc.use_local_subchannel_pool": 1 });
    this.defer(() => client.close());
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#open.reverse()) await close();
  }
}

/** An `Add` stream and its answer: undefined is OK. */
export function add(client: Client) {
  const { path, requestSerialize, responseDeserialize } = countService.add;
  let settle: (error: ServiceError | undefined) => void;
  const answer = new Promise<ServiceError | undefined>((resolve) => {
    settle = resolve;
  });
  const call = client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, (error) =>
    settle(error ?? undefined),
  );
  return { call, answer };
}

/** A unary call's answer, or the error that it ended with. */
export function unary<Request, Response>(
  client: Client,
  method: {
    path: string;
    requestSerialize: (value: Request) => Buffer;
    responseDeserialize: (bytes: Buffer) => Response;
  },
  request: Request,
  deadlineMs = 5_000,
): Promise<Response | ServiceError> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      { deadline: Date.now() + deadlineMs },
      (error, response) => resolve(error ?? (response as Response)),
    );
  });
}
