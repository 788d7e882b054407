import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:http2";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "@jest/globals";
import { attackedServerOfThisFile } from "./attacked-server.ts";
import { grpcMessage } from "./http2-frames.ts";

const server = attackedServerOfThisFile();
const BYTES = 1_073_741_824;
const TIMES = 20;
/** Of all bombs together: a server that inflated only one of them would need more. */
const MAX_SERVER_MIB = 700;
const RESOURCE_EXHAUSTED = "8";

let bomb: Buffer;
beforeAll(() => {
  // Members of gzip one after the other are one text: it is made of a smaller one, many times.
  const member = gzipSync(Buffer.alloc(BYTES / 64));
  bomb = Buffer.concat(new Array<Buffer>(64).fill(member));
});

/** The most memory that a process ever had; undefined where the system does not tell. */
function peakMib(pid: number): number | undefined {
  try {
    const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1_024;
  } catch {
    return undefined;
  }
}

test("messages of a megabyte that inflate to a gigabyte end their call with RESOURCE_EXHAUSTED over gRPC", () =>
  server().during(async (others) => {
    const attack = async (method: string): Promise<string> => {
      const session = connect(`http://127.0.0.1:${server().ports.grpc}`);
      const stream = session.request({
        ":method": "POST",
        ":path": `/count.v1.CountService/${method}`,
        te: "trailers",
        "content-type": "application/grpc",
        "grpc-encoding": "gzip",
      });
      stream.on("error", () => undefined).resume();
      const told: Record<string, unknown> = {};
      stream.on("response", (headers) => void Object.assign(told, headers));
      stream.on("trailers", (headers) => void Object.assign(told, headers));
      stream.end(grpcMessage(bomb, { compressed: true }));
      await once(stream, "close");
      session.close();
      return String(told["grpc-status"]);
    };
    const methods = ["Add", "Record", "QueryTotals"];
    const before = (await server().metric('count_limited_total{limit="message_bytes"}')) ?? 0;
    const [answers] = await Promise.all([
      Promise.all(Array.from({ length: TIMES }, (_, at) => attack(methods[at % methods.length] ?? ""))),
      others(),
    ]);
    await others();
    expect(new Set(answers)).toEqual(new Set([RESOURCE_EXHAUSTED]));
    expect(await server().metric('count_limited_total{limit="message_bytes"}')).toBe(before + TIMES);
    expect(peakMib(server().pid) ?? 0).toBeLessThan(MAX_SERVER_MIB);
  }));

test("the same over HTTP is answered with 429", () =>
  server().during(async (others) => {
    const attack = async (): Promise<number> => {
      const posted = request({
        host: "127.0.0.1",
        port: server().ports.web,
        method: "POST",
        path: "/count.v1.CountService/QueryTotals",
        agent: false,
        headers: { "content-type": "application/json", "content-encoding": "gzip" },
      });
      posted.end(bomb);
      const [response] = (await once(posted, "response")) as [IncomingMessage];
      response.resume();
      return response.statusCode ?? 0;
    };
    const [statuses] = await Promise.all([Promise.all(Array.from({ length: TIMES }, attack)), others()]);
    await others();
    expect(new Set(statuses)).toEqual(new Set([429]));
    expect(peakMib(server().pid) ?? 0).toBeLessThan(MAX_SERVER_MIB);
  }));
