import { once } from "node:events";
import { connect, constants } from "node:http2";
import { expect, test } from "@jest/globals";
import { attackedServerOfThisFile } from "./attacked-server.ts";
import { callHeaders, closed, END_HEADERS, frame, PREFACE, rawConnection, SETTINGS, TYPE } from "./http2-frames.ts";

const MAX_CALLS = 500;
const server = attackedServerOfThisFile(["--max-calls", String(MAX_CALLS)]);
const CONNECTIONS = 20;
const STREAMS = 5_000;
const CANCEL = Buffer.from([0, 0, 0, constants.NGHTTP2_CANCEL]);

test("streams that are reset as soon as they are opened hold up nobody, and none of them is counted as open", () =>
  server().during(async (others) => {
    const attack = async (method: string) => {
      const socket = rawConnection(server().ports.grpc);
      await once(socket, "connect");
      const headers = callHeaders(`/count.v1.CountService/${method}`);
      const streams = Array.from({ length: STREAMS }, (_, at) => [
        frame(TYPE.headers, END_HEADERS, 2 * at + 1, headers),
        frame(TYPE.reset, 0, 2 * at + 1, CANCEL),
      ]);
      socket.end(Buffer.concat([PREFACE, SETTINGS, ...streams.flat()]));
      await closed(socket);
    };
    const attacks = Array.from({ length: CONNECTIONS }, (_, at) => attack(at % 2 === 0 ? "Add" : "Record"));
    await Promise.all([...attacks, others()]);
    expect(await server().metric('count_limited_total{limit="resets_per_second"}')).toBeGreaterThan(0);
    await others();
  }));

test("streams that come and go on one connection of a well-behaved library leave nothing behind", () =>
  server().during(async (others) => {
    const attack = async () => {
      const session = connect(`http://127.0.0.1:${server().ports.grpc}`).on("error", () => undefined);
      for (let at = 0; at < 500 && !session.destroyed && !session.closed; at++) {
        const stream = session.request({
          ":method": "POST",
          ":path": "/count.v1.CountService/Record",
          te: "trailers",
          "content-type": "application/grpc",
        });
        stream.on("error", () => undefined).resume();
        stream.close(constants.NGHTTP2_CANCEL);
        if (at % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      session.destroy();
    };
    await Promise.all([...Array.from({ length: 4 }, attack), others()]);
    await others();
  }));

test("calls that are too many are refused by their limit, which resets have not used up", async () => {
  const session = connect(`http://127.0.0.1:${server().ports.grpc}`).on("error", () => undefined);
  const streams = Array.from({ length: MAX_CALLS + 1 }, () =>
    session.request({
      ":method": "POST",
      ":path": "/count.v1.CountService/Add",
      te: "trailers",
      "content-type": "application/grpc",
    }),
  );
  const refused = await Promise.race(
    streams.map(
      async (stream) =>
        (
          await once(
            stream.on("error", () => undefined),
            "response",
          )
        )[0] as Record<string, string>,
    ),
  );
  expect([refused["grpc-status"], decodeURIComponent(refused["grpc-message"] ?? "")]).toEqual([
    "8",
    `this server takes at most ${MAX_CALLS} calls at a time; try again later`,
  ]);
  expect(await server().metric('count_limited_total{limit="calls"}')).toBeGreaterThan(0);
  session.destroy();
});
