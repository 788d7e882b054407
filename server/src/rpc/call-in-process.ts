import { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { type DescMessage, type DescMethodUnary, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { type AddRequest, AddRequestSchema, type AddResponse } from "@count/proto";
import {
  type handleClientStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import type { GrpcService } from "./grpc-service.ts";

export interface InProcessOptions {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** DEADLINE_EXCEEDED after so many milliseconds. Default: no limit. */
  readonly maxCallMs?: number;
  /** What the caller sent along. */
  readonly metadata?: Metadata;
}

/**
 * Calls a handler of a gRPC service without a connection: what comes in over HTTP takes the same way as what comes in over
 * gRPC, so that there is one set of checks and answers.
 *
 * A handler may use of its call what a handler of ours does: `request`, `metadata` and the event `cancelled`; of a stream
 * that it can be read.
 *
 * @throws the handler's ServiceError
 */
export async function callUnaryInProcess<Request extends DescMessage, Response extends DescMessage>(
  { definition, implementation }: GrpcService,
  method: DescMethodUnary<Request, Response>,
  request: MessageShape<Request>,
  options: InProcessOptions,
): Promise<MessageShape<Response>> {
  const handle = implementation[method.localName] as handleUnaryCall<unknown, object | Buffer> | undefined;
  if (handle === undefined) throw statusError(status.UNIMPLEMENTED, `${method.name} is not available here`);
  const { metadata = new Metadata() } = options;
  const call = Object.assign(new EventEmitter(), { request, metadata, cancelled: false });
  const cancel = () => {
    call.cancelled = true;
    call.emit("cancelled");
  };
  const answer = await within(options, cancel, (callback: Callback<object | Buffer>) => {
    handle(call as unknown as ServerUnaryCall<unknown, object | Buffer>, callback);
  });
  const serialize = definition[method.localName]?.responseSerialize;
  return fromBinary(method.output, serialize === undefined ? (answer as Buffer) : serialize(answer));
}

/** The same for `Add`. An iterable that fails ends the call as a connection that breaks does. */
export async function callAddInProcess(
  { implementation }: GrpcService,
  requests: AsyncIterable<AddRequest>,
  options: InProcessOptions,
): Promise<AddResponse> {
  const handle = implementation["add"] as handleClientStreamingCall<Buffer, AddResponse>;
  const { metadata = new Metadata() } = options;
  const messages = Readable.from(encoded(requests));
  const stream = Object.assign(messages, { metadata, cancelled: false }) as unknown as ServerReadableStream<
    Buffer,
    AddResponse
  >;
  const cancel = () => messages.destroy(statusError(status.CANCELLED, "the caller went away"));
  try {
    return await within(options, cancel, (callback: Callback<AddResponse>) => {
      messages.once("error", (error) => callback(toStatus(error)));
      handle(stream, callback);
    });
  } finally {
    messages.destroy();
  }
}

async function* encoded(requests: AsyncIterable<AddRequest>): AsyncGenerator<Buffer> {
  for await (const request of requests) yield Buffer.from(toBinary(AddRequestSchema, request));
}

type Failure = ServiceError | Partial<ServiceError>;
type Callback<Answer> = (error: Failure | null, answer?: Answer | null) => void;

/** What a handler answers, or its failure; cancelled when the caller goes away or it takes too long. */
async function within<Answer>(
  { signal, maxCallMs }: InProcessOptions,
  cancel: () => void,
  start: (callback: Callback<Answer>) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const over = (finish: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", gone);
      finish();
    };
    const give = (code: status, details: string) =>
      over(() => {
        reject(statusError(code, details));
        cancel();
      });
    const gone = () => give(status.CANCELLED, "the caller went away");
    const timer =
      maxCallMs === undefined
        ? undefined
        : setTimeout(() => {
            give(status.DEADLINE_EXCEEDED, `there was no answer within ${maxCallMs / 1_000} s`);
          }, maxCallMs);
    if (signal.aborted) {
      gone();
      return;
    }
    signal.addEventListener("abort", gone, { once: true });
    start((error, answer) =>
      over(() => {
        if (error === null) resolve(answer as Answer);
        else reject(toStatus(error));
      }),
    );
  });
}

/** A handler may answer with no more than a code and details. */
function toStatus(error: Failure | Error): Error {
  return error instanceof Error ? error : statusError(error.code ?? status.UNKNOWN, error.details ?? "");
}

function statusError(code: status, details: string): Error {
  return Object.assign(new Error(details), { code, details });
}
