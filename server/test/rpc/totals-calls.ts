import { toJson } from "@bufbuild/protobuf";
import { type CountDailyTotalsResponse, countService, MethodCountSchema } from "@count/proto";
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceError,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";

/** Serves handlers that return encoded responses, on a port of its own, and calls them through the original protocol. */
export class TotalsCalls implements AsyncDisposable {
  readonly #server: Server;
  readonly #client: Client;

  private constructor(server: Server, client: Client) {
    this.#server = server;
    this.#client = client;
  }

  static async serve(implementation: UntypedServiceImplementation): Promise<TotalsCalls> {
    const server = new Server();
    const definition = Object.fromEntries(
      Object.entries(countService).map(([name, method]) => [
        name,
        { ...method, responseSerialize: (bytes: Buffer) => bytes } as MethodDefinition<object, object>,
      ]),
    );
    server.addService(definition, implementation);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    return new TotalsCalls(server, new Client(`127.0.0.1:${port}`, credentials.createInsecure()));
  }

  /** Rejects with the ServiceError of the call. */
  call<Request, Response>(
    { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
    request: Request,
    options: { readonly deadlineMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + (options.deadlineMs ?? 30_000) },
        (error: ServiceError | null, response?: Response) => {
          if (error) reject(error);
          else resolve(response!);
        },
      );
      options.signal?.addEventListener("abort", () => call.cancel());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
  }
}

/** Method counts as JSON has them: what is not on the wire is not there. */
export function counts({ methodCounts }: Pick<CountDailyTotalsResponse, "methodCounts">): unknown[] {
  return methodCounts.map((count) => toJson(MethodCountSchema, count));
}
