import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  accessLogService,
  RequestMethod,
  StreamAccessLogsMessageSchema,
  HTTPAccessLogEntry_HTTPVersion as Version,
} from "@count/proto/envoy";
import { Client, credentials, status } from "@grpc/grpc-js";
import { describe, expect, test } from "@jest/globals";
import { AgentProcess } from "../support/agent-process.ts";
import { RecordSink } from "../support/record-sink.ts";

type Entry = NonNullable<Parameters<typeof create<typeof StreamAccessLogsMessageSchema>>[1]>;

function http(...logEntry: object[]): Entry {
  return { logEntries: { case: "httpLogs", value: { logEntry } } };
}

function entry(method: RequestMethod, path: string, more: object = {}): object {
  return {
    commonProperties: { startTime: { seconds: BigInt(Math.floor(Date.now() / 1_000)), nanos: 5 } },
    protocolVersion: Version.HTTP11,
    request: { requestMethod: method, path },
    ...more,
  };
}

/** A field of Envoy's that this program does not know: number 4,000, with a text. */
function withUnknownField(message: Entry): Buffer {
  const bytes = toBinary(StreamAccessLogsMessageSchema, create(StreamAccessLogsMessageSchema, message));
  const unknown = toBinary(TimestampSchema, create(TimestampSchema, { seconds: 1n }));
  return Buffer.concat([Buffer.from([0x82, 0xfa, 0x01, unknown.length]), unknown, bytes]);
}

describe("count agent as Envoy's access log service", () => {
  test("counts each HTTP request once, in its own quarter of an hour, and ignores what is not one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "count-envoy-"));
    await using sink = await RecordSink.start();
    await using agent = new AgentProcess(["--server", sink.address, "--queue-dir", folder, "--service", "mesh"]);
    const { listen, http: web } = await agent.ready();
    const client = new Client(listen, credentials.createInsecure());
    const ended = new Promise<number>((resolve) => {
      const call = client.makeClientStreamRequest(
        accessLogService.streamAccessLogs.path,
        (bytes: Buffer) => bytes,
        accessLogService.streamAccessLogs.responseDeserialize,
        (error) => resolve(error?.code ?? status.OK),
      );
      const grpc = { protocolVersion: Version.HTTP2 };
      for (const message of [
        http(
          entry(RequestMethod.GET, "/users/42?token=x"),
          entry(RequestMethod.PATCH, "/users/43"),
          entry(RequestMethod.METHOD_UNSPECIFIED, "/odd"),
          entry(RequestMethod.GET, "/rewritten", {
            request: { requestMethod: 1, path: "/inner", originalPath: "/outer" },
          }),
        ),
        http(
          // An entry of a stream that goes on, and its last one.
          entry(RequestMethod.POST, "/shop.v1.Cart/Watch", {
            ...grpc,
            commonProperties: { intermediateLogEntry: true },
          }),
          entry(RequestMethod.POST, "/shop.v1.Cart/Watch", grpc),
          // The headers say more than the look of a path.
          entry(RequestMethod.POST, "/Cart/Add", {
            request: {
              requestMethod: 3,
              path: "/Cart/Add",
              requestHeaders: { "content-type": "application/grpc+proto" },
            },
          }),
          entry(RequestMethod.POST, "/shop.v1.Cart/Json", {
            ...grpc,
            request: {
              requestMethod: 3,
              path: "/shop.v1.Cart/Json",
              requestHeaders: { "content-type": "application/json" },
            },
          }),
          entry(RequestMethod.POST, "/Cart/Get", { response: { responseTrailers: { "grpc-status": "0" } } }),
        ),
        { logEntries: { case: "tcpLogs", value: { logEntry: [{}, {}] } } } as Entry,
      ]) {
        call.write(withUnknownField(message));
      }
      // Envoy never ends a stream.
    });
    await sink.until(() => sink.total === 8);
    const metrics = await (await fetch(`${web}/metrics`)).text();
    for (const [kind, count] of Object.entries({ http: 8, tcp: 2, intermediate: 1 })) {
      expect(metrics).toContain(`\ncount_agent_envoy_entries_total{kind="${kind}"} ${count}\n`);
    }
    expect(await agent.stop()).toBe(0);
    expect(await ended).toBe(status.OK);
    client.close();
    await rm(folder, { recursive: true, force: true });
    expect(sink.table).toEqual({
      "mesh 0 /odd": 1,
      "mesh 100 /Cart/Add": 1,
      "mesh 100 /Cart/Get": 1,
      "mesh 100 /shop.v1.Cart/Watch": 1,
      "mesh 3 /outer": 1,
      "mesh 3 /users/:id": 1,
      "mesh 6 /shop.v1.Cart/Json": 1,
      "mesh 9 /users/:id": 1,
    });
  });
});
