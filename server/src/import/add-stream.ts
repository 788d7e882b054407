import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { type AddRequest, AddRequestSchema, type AddResponse, countService } from "@count/proto";
import { type Client, type ClientWritableStream, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { LoggedRequest } from "./log-line.ts";

/** How one `Add` stream ended. */
export type AddOutcome =
  | { readonly kind: "durable" }
  /** Everything before `index` is durable, nothing after it was counted. */
  | { readonly kind: "refused"; readonly index: number; readonly message: string }
  /** Nobody knows how much of it was counted. */
  | { readonly kind: "failed"; readonly error: ServiceError };

export interface AddStream {
  /** Never rejects. */
  readonly outcome: Promise<AddOutcome>;
  cancel(): void;
}

/**
 * Sends requests on one `Add` stream, no faster than the server reads them, and waits for the answer.
 *
 * @param timeoutMs from the first message to the answer.
 */
export function addStream(
  client: Client,
  service: string,
  requests: readonly LoggedRequest[],
  timeoutMs: number,
): AddStream {
  const { path, requestSerialize, responseDeserialize } = countService.add;
  let call: ClientWritableStream<AddRequest> | undefined;
  const ended = new Promise<ServiceError | null>((resolve) => {
    const options = { deadline: Date.now() + timeoutMs };
    call = client.makeClientStreamRequest<AddRequest, AddResponse>(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
      options,
      resolve,
    );
  });
  const stream = call!;
  // The status comes to the callback; a write that it overtakes emits an error as well.
  stream.on("error", () => undefined);
  void write(stream, service, requests, ended);
  return { outcome: ended.then((error) => outcomeOf(error, requests.length)), cancel: () => stream.cancel() };
}

async function write(
  stream: ClientWritableStream<AddRequest>,
  service: string,
  requests: readonly LoggedRequest[],
  ended: Promise<unknown>,
): Promise<void> {
  const state = { open: true };
  let wake = (): void => undefined;
  stream.on("drain", () => wake());
  void ended.then(() => {
    state.open = false;
    wake();
  });
  for (const { method, path, seconds } of requests) {
    const requestTimestamp = create(TimestampSchema, { seconds: BigInt(seconds) });
    if (stream.write(create(AddRequestSchema, { method, path, requestTimestamp, service }))) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    if (!state.open) return;
  }
  stream.end();
}

/** How the server names the message that it refused: `message 17: …`, counted from 1. */
const REFUSED = /^message (\d{1,15}): (.*)$/s;

function outcomeOf(error: ServiceError | null, sent: number): AddOutcome {
  if (error === null) return { kind: "durable" };
  const match = error.code === status.INVALID_ARGUMENT ? REFUSED.exec(error.details) : null;
  const index = match === null ? -1 : Number(match[1]) - 1;
  if (index < 0 || index >= sent) return { kind: "failed", error };
  return { kind: "refused", index, message: match![2]! };
}
