import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, test } from "@jest/globals";
import type { CountOptions } from "../../src/adapters/node-http.ts";
import { until } from "../support/until.ts";
import { Stage } from "./support/stage.ts";
import { SUBJECTS } from "./support/subjects.ts";
import { fail, throwingCounter } from "./support/throwing.ts";
import type { Seen, Wire } from "./support/wire.ts";

const REQUESTS = [
  ["GET", "/"],
  ["GET", "/users/7"],
  ["HEAD", "/users/7"],
  ["OPTIONS", "/users/7"],
  ["POST", "/users"],
  ["GET", "/api/acme/items/5"],
  ["GET", "/nothing/here"],
  ["POST", "/only-get"],
  ["GET", "/boom"],
  ["GET", "/async-boom"],
] as const;

async function responses(client: Wire): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const [method, path] of REQUESTS) seen.push(await client.send(method, path));
  return seen;
}

/** Accepts every connection and answers whatever it hears with what no gRPC client understands. */
async function nonsenseServer(stage: Stage): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("data", () => socket.write("HTTP/1.1 200 OK\r\n\r\n<html>what?</html>"));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  stage.onEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What may be wrong: options, and how often the adapter fails in consequence (undefined: it works). */
const TROUBLES: readonly (readonly [
  name: string,
  options: (stage: Stage) => CountOptions | Promise<CountOptions>,
  warning: RegExp | undefined,
])[] = [
  [
    "no target",
    () => ({}),
    /^nothing is counted by the adapter for .*: neither target nor the environment's COUNT_SERVER names/,
  ],
  [
    "a target that is none",
    () => ({ target: "nonsense" }),
    /^nothing is counted by the adapter for .*: target "nonsense" is not/,
  ],
  ["options that are none", () => ({ target: "a:1", ignore: "/x" as never }), /ignore is not an array of rules$/],
  [
    "rules that are none",
    () => ({ target: "a:1", rename: [["/x", 5 as never]] }),
    /rename\[0\] is not \[path or RegExp, path\]/,
  ],
  ["a Count server that is away", () => ({ target: "127.0.0.1:1" }), undefined],
  [
    "a Count server that does not answer",
    async (stage) => {
      const server = await stage.count();
      server.faults.muteHello = true;
      return { target: server.target };
    },
    undefined,
  ],
  [
    "a Count server that is slow",
    async (stage) => {
      const server = await stage.count();
      server.faults.delayMs = 5_000;
      return { target: server.target };
    },
    undefined,
  ],
  ["a Count server that answers nonsense", async (stage) => ({ target: await nonsenseServer(stage) }), undefined],
  ["a counter that throws", () => ({ counter: throwingCounter() }), /failed: thrown by the host; requests are served/],
  [
    "a clock that throws",
    () => ({ target: "127.0.0.1:1", now: fail }),
    /failed: thrown by the host; requests are served/,
  ],
  [
    "ignore rules that throw",
    () => ({ target: "127.0.0.1:1", ignore: [fail] }),
    /failed: thrown by the host; requests/,
  ],
  [
    "rename rules that throw or answer nonsense",
    () => ({
      target: "127.0.0.1:1",
      rename: [fail, (() => Promise.reject(new Error("late"))) as never, (() => undefined) as never],
    }),
    /failed: thrown by the host; requests/,
  ],
];

describe.each(SUBJECTS)("beside the adapter for %s, the host", (_name, start) => {
  test("answers as it does without, whatever is wrong", async () => {
    await using stage = new Stage();
    const without = await stage.app(start, undefined);
    const expected = await responses(without.client);
    for (const [name, options, warning] of TROUBLES) {
      const lines: string[] = [];
      const logger = { warn: (line: string) => lines.push(line), debug: () => undefined };
      const app = await stage.app(start, { ...(await options(stage)), logger });
      expect({ name, responses: await responses(app.client) }).toEqual({ name, responses: expected });
      expect(await app.client.talk("/live/1")).toBe("hello");
      await until(() => app.counting?.statistics().open === 0);
      expect({ name, observed: app.counting?.statistics().observed }).toEqual({ name, observed: REQUESTS.length + 1 });
      // Once, however often it fails.
      if (warning === undefined) expect({ name, lines }).toEqual({ name, lines: [] });
      else expect({ name, lines }).toEqual({ name, lines: [expect.stringMatching(warning)] });
    }
  });
});

describe("an adapter that is misconfigured", () => {
  test.each(SUBJECTS)("drops what it sees as closed (%s)", async (_name, start) => {
    await using stage = new Stage();
    const logger = { warn: () => undefined, debug: () => undefined };
    const { client, counting } = await stage.app(start, { target: "nonsense", logger });
    await client.send("GET", "/users/7");
    await until(() => counting?.statistics().open === 0);
    expect(counting?.counter.statistics()).toMatchObject({ recorded: 1, dropped: { closed: 1 }, state: "closed" });
    expect(await counting?.close()).toMatchObject({ recorded: 1, acknowledged: 0, pending: 0 });
  });
});

describe("rules that fail", () => {
  test.each(SUBJECTS)("do not keep a request from being counted (%s)", async (_name, start) => {
    await using stage = new Stage();
    const count = await stage.count();
    const logger = { warn: () => undefined, debug: () => undefined };
    const rules = { ignore: [fail], rename: [fail, ({ path }: { path: string }) => `/v1${path}`] };
    const { client, counting } = await stage.app(start, { target: count.target, service: "", logger, ...rules });
    await client.send("GET", "/users/7");
    await until(() => counting?.statistics().open === 0);
    await counting?.close();
    expect([...count.database.stored.keys()].map((key) => key.split(" ")[2])).toEqual(["/v1/users/:id"]);
    expect(counting?.statistics()).toEqual({ observed: 1, ignored: 0, open: 0, failures: 2 });
  });
});
