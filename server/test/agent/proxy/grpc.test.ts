import { once } from "node:events";
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  status,
} from "@grpc/grpc-js";
import { describe, expect, test } from "@jest/globals";
import { type Proxied, proxied } from "../support/proxied.ts";

const asIs = (bytes: Buffer): Buffer => bytes;
const CHAT = {
  path: "/shop.v1.Cart/Chat",
  requestStream: true,
  responseStream: true,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};
const definition: ServiceDefinition = {
  chat: CHAT,
  fail: { ...CHAT, path: "/shop.v1.Cart/Fail", requestStream: false, responseStream: false },
};

type Chat = ServerDuplexStream<Buffer, Buffer>;

async function withApp(
  use: (front: Proxied, client: Client) => Promise<void>,
  chat: (call: Chat) => void,
): Promise<void> {
  const app = new Server();
  app.addService(definition, {
    chat,
    fail: (_: unknown, callback: (error: object) => void) => {
      const metadata = new Metadata();
      metadata.set("why", "because");
      callback({ code: status.FAILED_PRECONDITION, details: "not now", metadata });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    app.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  await using front = await proxied(port);
  const client = new Client(`127.0.0.1:${front.port}`, credentials.createInsecure());
  try {
    await use(front, client);
  } finally {
    client.close();
    app.forceShutdown();
  }
}

function echo(call: Chat): void {
  call.on("data", (message: Buffer) => call.write(message));
  call.on("end", () => {
    const trailers = new Metadata();
    trailers.set("spoken", "all");
    call.end(trailers);
  });
}

describe("the proxy for gRPC", () => {
  test("passes calls with all their messages and trailers on, under their full name", async () => {
    await withApp(async (front, client) => {
      const call = client.makeBidiStreamRequest(CHAT.path, asIs, asIs);
      const answers: string[] = [];
      for (const word of ["one", "two"]) {
        call.write(Buffer.from(word));
        const [answer] = (await once(call, "data")) as [Buffer];
        answers.push(answer.toString());
      }
      const ended = once(call, "status");
      call.end();
      call.resume();
      const [{ code, metadata }] = (await ended) as [{ code: number; metadata: Metadata }];
      expect([answers, code, metadata.get("spoken")]).toEqual([["one", "two"], status.OK, ["all"]]);
      expect(front.counted).toEqual(["GRPC /shop.v1.Cart/Chat"]);
    }, echo);
  });

  test("passes errors on with their details, and counts calls of methods that are not there", async () => {
    await withApp(async (front, client) => {
      const call = (path: string): Promise<{ code: number; details: string; metadata: Metadata }> =>
        new Promise((resolve) => {
          client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), (error) => resolve(error!));
        });
      const failed = await call("/shop.v1.Cart/Fail");
      expect([failed.code, failed.details, failed.metadata.get("why")]).toEqual([
        status.FAILED_PRECONDITION,
        "not now",
        ["because"],
      ]);
      expect((await call("/shop.v1.Cart/None")).code).toBe(status.UNIMPLEMENTED);
      expect(front.counted).toEqual(["GRPC /shop.v1.Cart/Fail", "GRPC /shop.v1.Cart/None"]);
    }, echo);
  });

  test("cancels at the application what the client cancelled", async () => {
    let onCancel: () => void = () => undefined;
    const cancelled = new Promise<void>((resolve) => {
      onCancel = resolve;
    });
    await withApp(
      async (_, client) => {
        const call = client.makeBidiStreamRequest(CHAT.path, asIs, asIs);
        call.on("error", () => undefined);
        call.write(Buffer.from("x"));
        await once(call, "data");
        call.cancel();
        await cancelled;
      },
      (call) => {
        call.on("data", (message: Buffer) => call.write(message));
        call.on("cancelled", onCancel);
      },
    );
  });

  test("says UNAVAILABLE for an application that is away, as gRPC has it, and counts the call", async () => {
    await using front = await proxied(1);
    const client = new Client(`127.0.0.1:${front.port}`, credentials.createInsecure());
    const error = await new Promise<{ code: number; details: string }>((resolve) => {
      client.makeUnaryRequest("/shop.v1.Cart/Get", asIs, asIs, Buffer.alloc(0), (failed) => resolve(failed!));
    });
    client.close();
    expect([error.code, error.details]).toEqual([status.UNAVAILABLE, "The application could not be reached."]);
    expect(front.counted).toEqual(["GRPC /shop.v1.Cart/Get"]);
    expect(front.failed).toEqual([502]);
  });
});
