import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  AddResponseSchema,
  countService,
  type RecordRequest,
  RecordRequestSchema,
  type RecordResponse,
} from "@count/proto";
import {
  type Client,
  type ClientDuplexStream,
  type ClientWritableStream,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { Database } from "../../src/db/database.ts";
import { countGrpcService } from "../../src/rpc/count-service.ts";
import type { GrpcServer } from "../../src/rpc/grpc-server.ts";
import { type TestIngestOptions, testIngest } from "../ingest/ingest-support.ts";
import type { Wire } from "./grpc-server-support.ts";

export interface CountServer {
  readonly ingest: ReturnType<typeof testIngest>;
  readonly server: GrpcServer;
  readonly client: Client;
  readonly port: number;
}

/** count.v1 on a port of its own, over a database. What it opens is closed by `wire`. */
export async function serveCount(
  wire: Wire,
  database: Pick<Database, "run">,
  options: TestIngestOptions = {},
  port = 0,
): Promise<CountServer> {
  const ingest = testIngest(database, options);
  wire.defer(() => ingest.close());
  const services = [countGrpcService({ database, ingest: ingest })];
  const server = await wire.serve({ services, address: { host: "127.0.0.1", port } });
  return { ingest, server, client: wire.client(server), port: server.address.port };
}

const { responseDeserialize } = countService.add;
export const addPath = countService.add.path;

/** An `Add` stream that sends bytes as they are. */
export class AddCall {
  readonly call: ClientWritableStream<Buffer>;
  /** `OK`, or the status and its details. */
  readonly answer: Promise<string>;
  answered = false;

  constructor(client: Client) {
    let settle: (answer: string) => void = () => undefined;
    this.answer = new Promise((resolve) => {
      settle = resolve;
    });
    const asItIs = (bytes: Buffer): Buffer => bytes;
    this.call = client.makeClientStreamRequest<Buffer, object>(
      addPath,
      asItIs,
      responseDeserialize,
      (error, response) => {
        this.answered = true;
        if (error) settle(statusText(error));
        else
          settle(JSON.stringify(response) === JSON.stringify(create(AddResponseSchema)) ? "OK" : "not an AddResponse");
      },
    );
    this.call.on("error", () => undefined);
  }

  /** Sends these and half-closes. */
  static all(client: Client, messages: readonly Buffer[]): Promise<string> {
    const add = new AddCall(client);
    for (const message of messages) add.call.write(message);
    add.call.end();
    return add.answer;
  }
}

/** A `Record` stream, whose responses are read one by one. */
export class RecordCall {
  readonly call: ClientDuplexStream<RecordRequest, RecordResponse>;
  /** `OK`, or the status and its details. */
  readonly ended: Promise<string>;
  readonly #responses: RecordResponse[] = [];
  #waiting: (() => void) | undefined;
  #isOver = false;

  constructor(client: Client) {
    const { path, requestSerialize, responseDeserialize } = countService.record;
    this.call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    this.call.on("data", (response: RecordResponse) => {
      this.#responses.push(response);
      this.#waiting?.();
    });
    this.call.on("error", () => undefined);
    this.ended = new Promise((resolve) => {
      this.call.on("status", (ended: Pick<ServiceError, "code" | "details">) => {
        this.#isOver = true;
        this.#waiting?.();
        resolve(ended.code === status.OK ? "OK" : statusText(ended));
      });
    });
  }

  send(message: MessageInitShape<typeof RecordRequestSchema>["message"]): void {
    this.call.write(create(RecordRequestSchema, message === undefined ? {} : { message }));
  }

  hello(clientId: string): Promise<string> {
    this.send({ case: "hello", value: { clientId: Buffer.from(clientId.replaceAll("-", ""), "hex") } });
    return this.next();
  }

  /** The next response: `3`, or with what was refused `3 refused 2 × 5 (example)`; `end` when there is none. */
  async next(): Promise<string> {
    while (this.#responses.length === 0) {
      if (this.#isOver) return "end";
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
    const { lastNumber, refused } = this.#responses.shift()!;
    const parts = refused.map(({ reason, count, example }) => ` refused ${count} × ${reason} (${example})`);
    return `${lastNumber}${parts.join(",")}`;
  }

  /** Reads on until a batch is acknowledged. */
  async acknowledged(number: number): Promise<string> {
    for (;;) {
      const response = await this.next();
      if (response === "end" || Number.parseInt(response, 10) >= number) return response;
    }
  }
}

function statusText({ code, details }: Pick<ServiceError, "code" | "details">): string {
  return `${status[code]}: ${details}`;
}
