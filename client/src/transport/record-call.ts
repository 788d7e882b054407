import { countService, type RecordResponse } from "@count/proto";
import { type Client, type Metadata, type StatusObject, status } from "@grpc/grpc-js";
import type { RecordCall, RecordEvents } from "./transport.ts";

const { path, responseDeserialize } = countService.record;

/** Starts a Record stream on a channel that is ready. Requests are encoded already. */
export function recordCall(client: Client, metadata: Metadata, events: RecordEvents): RecordCall {
  const call = client.makeBidiStreamRequest<Buffer, RecordResponse>(
    path,
    (request) => request,
    responseDeserialize,
    metadata,
  );
  let isOver = false;
  call.on("data", (response: RecordResponse) => {
    if (!isOver) events.onResponse(response);
  });
  call.on("drain", () => {
    if (!isOver) events.onDrain();
  });
  // The status follows every error and says the same.
  call.on("error", () => undefined);
  call.on("status", ({ code, details }: StatusObject) => {
    if (isOver) return;
    isOver = true;
    events.onEnd({ code, details: `${status[code]}: ${details}` });
  });
  return {
    write: (request) => call.write(request),
    end: () => call.end(),
    cancel: () => {
      isOver = true;
      call.cancel();
    },
  };
}
