import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { type handleUnaryCall, Server, ServerCredentials } from "@grpc/grpc-js";

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  /** Of an error. */
  readonly error: string | undefined;
  /** Of the process that made it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A collector that takes OTLP as protobuf over HTTP and over gRPC, and keeps the spans. */
export class OtlpReceiver implements AsyncDisposable {
  readonly spans: ReceivedSpan[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  readonly httpUrl: string;
  readonly grpcUrl: string;
  readonly #close: () => Promise<void>;

  private constructor(httpPort: number, grpcPort: number, close: () => Promise<void>) {
    this.httpUrl = `http://127.0.0.1:${httpPort}`;
    this.grpcUrl = `http://127.0.0.1:${grpcPort}`;
    this.#close = close;
  }

  static async open(): Promise<OtlpReceiver> {
    const take = (bytes: Uint8Array) => receiver.spans.push(...readSpans(bytes));
    const http = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        receiver.headers.push(request.headers);
        const known = request.method === "POST" && request.url === "/v1/traces";
        if (known) take(Buffer.concat(parts));
        response.writeHead(known ? 200 : 404, { "Content-Type": "application/x-protobuf" }).end();
      });
    }).listen(0, "127.0.0.1");
    await once(http, "listening");
    const grpc = new Server();
    const same = (bytes: Buffer) => bytes;
    const method = {
      path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    };
    const handle: handleUnaryCall<Buffer, Buffer> = (call, callback) => {
      take(call.request);
      callback(null, Buffer.alloc(0));
    };
    grpc.addService({ Export: method }, { Export: handle });
    const port = await new Promise<number>((resolve, reject) => {
      grpc.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    const receiver = new OtlpReceiver((http.address() as AddressInfo).port, port, async () => {
      grpc.forceShutdown();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    });
    return receiver;
  }

  named(name: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  /** Names of the spans within one, sorted. */
  within({ spanId }: ReceivedSpan): string[] {
    return this.spans
      .filter(({ parentId }) => parentId === spanId)
      .map(({ name }) => name)
      .sort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

/** Reads messages of opentelemetry/proto/trace/v1 by their field numbers. */
function readSpans(bytes: Uint8Array): ReceivedSpan[] {
  return messages(bytes, 1).flatMap((resourceSpans) => {
    const resource = attributes(messages(resourceSpans, 1)[0] ?? new Uint8Array(), 1);
    return messages(resourceSpans, 2).flatMap((scopeSpans) =>
      messages(scopeSpans, 2).map((span) => {
        const [status] = messages(span, 15);
        return {
          traceId: hex(messages(span, 1)[0]),
          spanId: hex(messages(span, 2)[0]),
          parentId: hex(messages(span, 4)[0]),
          name: text(messages(span, 5)[0]),
          attributes: attributes(span, 9),
          events: messages(span, 11).map((event) =>
            [text(messages(event, 2)[0]), ...Object.values(attributes(event, 3))].join(" "),
          ),
          error: status === undefined || numbers(status, 3)[0] !== 2 ? undefined : text(messages(status, 2)[0]),
          resource,
        };
      }),
    );
  });
}

function attributes(bytes: Uint8Array, field: number): Record<string, unknown> {
  return Object.fromEntries(
    messages(bytes, field).map((pair) => {
      const [value = new Uint8Array()] = messages(pair, 2);
      const [string] = messages(value, 1);
      return [text(messages(pair, 1)[0]), string === undefined ? numbers(value, 3)[0] : text(string)];
    }),
  );
}

const hex = (bytes: Uint8Array = new Uint8Array()) => Buffer.from(bytes).toString("hex");
const text = (bytes: Uint8Array = new Uint8Array()) => Buffer.from(bytes).toString();

/** The length-delimited values of a field. */
function messages(bytes: Uint8Array, field: number): Uint8Array[] {
  return values(bytes, field, 2, (reader) => reader.bytes());
}

function numbers(bytes: Uint8Array, field: number): number[] {
  return values(bytes, field, 0, (reader) => Number(reader.int64()));
}

function values<Value>(bytes: Uint8Array, field: number, wire: number, read: (reader: BinaryReader) => Value): Value[] {
  const reader = new BinaryReader(bytes);
  const found: Value[] = [];
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (number === field && (type as number) === wire) found.push(read(reader));
    else reader.skip(type);
  }
  return found;
}
