import { countService } from "@count/proto";
import { Server, type ServerReadableStream, type sendUnaryData } from "@grpc/grpc-js";
import { listen } from "../process/listen.ts";
import { serveCalls } from "../process/serve-calls.ts";
import { recordHandler } from "./record.ts";

// The physical limit of grpc-js: Add and Record that neither decode nor keep their messages. They are counted, which costs
// nothing and shows that they came.

let received = 0;
const identity = (bytes: Buffer): Buffer => bytes;
const EMPTY = Buffer.alloc(0);

function add(call: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
  call.on("data", () => {
    received += 1;
  });
  call.on("end", () => answer(null, EMPTY));
}

const record = recordHandler(() => {
  received += 1;
});

const server = new Server();
const opaque = { requestDeserialize: identity, responseSerialize: identity };
server.addService(
  { add: { ...countService.add, ...opaque }, record: { ...countService.record, ...opaque } },
  { add, record },
);
const address = await listen(server);
serveCalls({ address: () => address, received: () => received });
