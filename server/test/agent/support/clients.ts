import { create } from "@bufbuild/protobuf";
import {
  type AddRequest,
  AddRequestSchema,
  countService,
  Method,
  RecordBatchSchema,
  type RecordRequest,
  RecordRequestSchema,
  type RecordResponse,
} from "@count/proto";
import { Client, type ClientDuplexStream, credentials, type ServiceError } from "@grpc/grpc-js";

/** A client of count.v1 without any of this repository's delivery. */
export class PlainClient implements Disposable {
  readonly #client: Client;

  /** @param listen as the agent tells it: `host:port` or `unix:/path` */
  constructor(listen: string) {
    this.#client = new Client(listen, credentials.createInsecure());
  }

  /** Adds paths in one stream. @throws ServiceError */
  add(paths: readonly string[], timestampMs = Date.now()): Promise<void> {
    const { path, requestSerialize, responseDeserialize } = countService.add;
    return new Promise((resolve, reject) => {
      const call = this.#client.makeClientStreamRequest<AddRequest, object>(
        path,
        requestSerialize,
        responseDeserialize,
        (error: ServiceError | null) => (error === null ? resolve() : reject(error)),
      );
      for (const path of paths) {
        const requestTimestamp = { seconds: BigInt(Math.floor(timestampMs / 1_000)), nanos: 0 };
        call.write(create(AddRequestSchema, { method: Method.GET, path, requestTimestamp }));
      }
      call.end();
    });
  }

  record(): ClientDuplexStream<RecordRequest, RecordResponse> {
    const { path, requestSerialize, responseDeserialize } = countService.record;
    const call = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    call.on("error", () => undefined);
    return call;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

export function hello(clientId: Uint8Array): RecordRequest {
  return create(RecordRequestSchema, { message: { case: "hello", value: { clientId } } });
}

/** A batch that counts a path `count` times, now. */
export function batch(number: number, path: string, count = 1): RecordRequest {
  const value = create(RecordBatchSchema, {
    number: BigInt(number),
    strings: ["shop", path],
    services: [0],
    methods: [Method.GET],
    paths: [1],
    buckets: [BigInt(Math.floor(Date.now() / 900_000))],
    counts: [BigInt(count)],
  });
  return create(RecordRequestSchema, { message: { case: "batch", value } });
}

/** The next response of a stream. */
export function response(call: ClientDuplexStream<RecordRequest, RecordResponse>): Promise<RecordResponse> {
  return new Promise((resolve, reject) => {
    call.once("data", resolve);
    call.once("error", reject);
  });
}
