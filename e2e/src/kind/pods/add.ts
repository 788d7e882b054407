import { once } from "node:events";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { AddRequestSchema, countService, Method } from "@count/proto";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { SendOptions, SendReport } from "./messages.ts";

/** Sends given requests as clients of the original protocol do: one message each, on a stream of `Add`. */
const { target, requests } = JSON.parse(process.argv[2] ?? "") as SendOptions;
const { path: call, requestSerialize, responseDeserialize } = countService.add;
const LIMIT_MS = 60_000;

const client = new Client(target, credentials.createInsecure());
let ended: (error: ServiceError | null) => void = () => undefined;
const answer = new Promise<void>((resolve, reject) => {
  ended = (error) => (error === null ? resolve() : reject(error));
});
const stream = client.makeClientStreamRequest(
  call,
  requestSerialize,
  responseDeserialize,
  new Metadata({ waitForReady: true }),
  { deadline: Date.now() + LIMIT_MS },
  (error: ServiceError | null) => ended(error),
);
let acknowledged = 0;
for (const { method, path, atMs, times } of requests) {
  const request = create(AddRequestSchema, { method: Method[method], path, requestTimestamp: timestampFromMs(atMs) });
  for (let left = times; left > 0; left--) {
    if (!stream.write(request)) await once(stream, "drain");
    acknowledged++;
  }
}
stream.end();
await answer;
client.close();
process.stdout.write(`${JSON.stringify({ acknowledged } satisfies SendReport)}\n`);
