import { countService } from "@count/proto";
import { Server, type ServerReadableStream, type sendUnaryData } from "@grpc/grpc-js";
import { listen } from "../process/listen.ts";
import { serveCalls } from "../process/serve-calls.ts";

// The physical limit of grpc-js: Add that neither decodes nor keeps its messages. It counts them, which costs nothing and
// shows that they came.

let received = 0;
const identity = (bytes: Buffer): Buffer => bytes;
const EMPTY = Buffer.alloc(0);

function add(call: ServerReadableStream<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void {
  call.on("data", () => {
    received += 1;
  });
  call.on("end", () => answer(null, EMPTY));
}

const server = new Server();
server.addService({ add: { ...countService.add, requestDeserialize: identity, responseSerialize: identity } }, { add });
const address = await listen(server);
serveCalls({ address: () => address, received: () => received });
