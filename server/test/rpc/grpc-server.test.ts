import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { create } from "@bufbuild/protobuf";
import { AddRequestSchema, CountDailyTotalsRequestSchema, countService } from "@count/proto";
import { connectivityState } from "@grpc/grpc-js";
import { describe, expect, test } from "@jest/globals";
import { formatAddress } from "../../src/config/address.ts";
import { CountError } from "../../src/domain/count-error.ts";
import { startGrpcServer } from "../../src/rpc/grpc-server.ts";
import { add, fakeService, unary, Wire } from "./grpc-server-support.ts";

const ASK = create(CountDailyTotalsRequestSchema);

function message(path: string) {
  return create(AddRequestSchema, { path });
}

/** Sends bytes as they are, and resolves with what came back once the server has closed. */
async function wire(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.write(bytes);
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

describe("a gRPC server", () => {
  test("serves calls, and says where with the real port", async () => {
    await using net = new Wire();
    const service = fakeService();
    const server = await net.serve({ services: [service] });
    const client = net.client(server);
    const { call, answer } = add(client);
    call.write(message("/a"));
    call.write(message("/b"));
    call.end();
    expect(await answer).toBeUndefined();
    expect(service.paths).toEqual(["/a", "/b"]);
    expect(server.address.host).toBe("127.0.0.1");
    expect(server.address.port).toBeGreaterThan(0);
  });

  test("says which address is in use, and what to do", async () => {
    await using net = new Wire();
    const { address } = await net.serve({ services: [] });
    await expect(startGrpcServer({ address, services: [] })).rejects.toEqual(
      new CountError(
        "unavailable",
        `${formatAddress(address)} is in use by another program, perhaps another Count: stop it, or choose another address`,
      ),
    );
  });

  test("says when an address is not one of this machine", async () => {
    const address = { host: "192.0.2.1", port: 0 };
    await expect(startGrpcServer({ address, services: [] })).rejects.toEqual(
      new CountError("invalid", "192.0.2.1:0 is not an address of this machine (EADDRNOTAVAIL)"),
    );
  });

  test("ends a call with a message over the limit with RESOURCE_EXHAUSTED, and no other call on the connection", async () => {
    await using net = new Wire();
    const service = fakeService();
    const client = net.client(await net.serve({ services: [service], maxMessageBytes: 2_048 }));
    const other = add(client);
    other.call.write(message("/before"));
    await service.received(1);
    const large = add(client);
    large.call.on("error", () => undefined);
    large.call.write(message("/".repeat(3_000)));
    expect((await large.answer)?.message).toMatch(/^8 RESOURCE_EXHAUSTED: Received message larger than max/);
    other.call.write(message("/after"));
    other.call.end();
    expect(await other.answer).toBeUndefined();
    expect(service.paths).toEqual(["/before", "/after"]);
  });

  test("answers a method that it does not have with UNIMPLEMENTED", async () => {
    await using net = new Wire();
    const client = net.client(await net.serve({ services: [fakeService()] }));
    const answer = await unary(
      client,
      { ...countService.countDailyTotals, path: "/count.v1.CountService/Nothing" },
      ASK,
    );
    expect(String(answer as Error)).toContain("12 UNIMPLEMENTED");
  });

  test("tells HTTP/1 to speak gRPC, closes what is neither, and disturbs no call under way", async () => {
    await using net = new Wire();
    const service = fakeService();
    const server = await net.serve({ services: [service] });
    const { port } = server.address;
    const { call, answer } = add(net.client(server));
    call.write(message("/before"));
    await service.received(1);

    const response = await new Promise<number | undefined>((resolve) => {
      httpRequest({ port, host: "127.0.0.1", path: "/", agent: false }, (got) => {
        got.resume();
        resolve(got.statusCode);
      }).end();
    });
    expect(response).toBe(426);
    expect(await wire(port, "POST / HTTP/1.1\r\nHost: x\r\n\r\n")).toMatch(/This port speaks gRPC \(HTTP\/2\)/);
    expect(await wire(port, Buffer.from("00ff00ff00ff", "hex"))).toBe("");
    // A preface that goes on with nonsense gets HTTP/2's own answer, if any.
    await wire(port, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${"nonsense".repeat(100)}`);
    await wire(port, "PRI * HTTP/1.1\r\n\r\n and so on and so on");
    const tls = connectTls({ port, host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false });
    tls.on("error", () => undefined);
    await new Promise((resolve) => tls.once("close", resolve));
    // One that says nothing holds up nobody either.
    const silent = connect(port, "127.0.0.1");
    net.defer(() => silent.destroy());

    call.write(message("/after"));
    call.end();
    expect(await answer).toBeUndefined();
    expect(service.paths).toEqual(["/before", "/after"]);
  });

  test("takes a preface that arrives byte by byte", async () => {
    await using net = new Wire();
    const server = await net.serve({ services: [] });
    const socket = connect({ port: server.address.port, host: "127.0.0.1", noDelay: true });
    net.defer(() => socket.destroy());
    await once(socket, "connect");
    for (const byte of "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    // An empty SETTINGS frame; the server's own SETTINGS comes first (type 4 at byte 3).
    socket.write(Buffer.from("000000040000000000", "hex"));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer[3]).toBe(4);
  });

  test("draining lets calls under way end, and takes no new connection", async () => {
    await using net = new Wire();
    const service = fakeService();
    const server = await net.serve({ services: [service] });
    const { call, answer } = add(net.client(server));
    call.write(message("/before"));
    await service.received(1);
    const drained = server.drain(10_000);
    expect(server.drain(1)).toBe(drained);
    const refused = connect(server.address.port, "127.0.0.1");
    const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNREFUSED");
    call.write(message("/after"));
    await service.received(2);
    call.end();
    expect(await answer).toBeUndefined();
    expect(await drained).toBe(true);
  });

  test("draining cuts off calls that do not end within the limit, and idle connections at once", async () => {
    await using net = new Wire();
    const service = fakeService();
    const server = await net.serve({ services: [service] });
    const idle = net.client(server);
    await unary(idle, countService.countDailyTotals, ASK);
    const { call, answer } = add(net.client(server));
    call.on("error", () => undefined);
    call.write(message("/before"));
    await service.received(1);
    expect(await server.drain(50)).toBe(false);
    expect((await answer)?.code).toBe(14);
  });

  test("an old connection takes no new calls, and those under way end as they would", async () => {
    await using net = new Wire();
    const service = fakeService();
    const server = await net.serve({ services: [service], maxConnectionAgeMs: 50 });
    const client = net.client(server);
    const { call, answer } = add(client);
    call.write(message("/old"));
    await service.received(1);
    const channel = client.getChannel();
    await new Promise((resolve) =>
      channel.watchConnectivityState(connectivityState.READY, Date.now() + 10_000, resolve),
    );
    const { call: next, answer: nextAnswer } = add(client);
    next.write(message("/new"));
    next.end();
    expect(await nextAnswer).toBeUndefined();
    call.end();
    expect(await answer).toBeUndefined();
    expect(service.paths).toEqual(["/old", "/new"]);
  });
});
