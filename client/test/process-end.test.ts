import { afterEach, describe, expect, test } from "@jest/globals";
import { BlackHole } from "./support/black-hole.ts";
import { ended, runChild } from "./support/child.ts";
import { RecordServer } from "./support/record-server.ts";

const cleanups: (() => unknown)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

async function server(): Promise<RecordServer> {
  const started = await RecordServer.start();
  cleanups.push(() => started.kill());
  return started;
}

const RECORD_ONLY = `
  const counter = createCounter(argument);
  for (let i = 0; i < 100; i++) counter.record("GET", "/a");
`;

/** Records until the stream is open and idle, then does nothing. */
const RECORD_AND_REST = `
  const counter = createCounter(argument);
  counter.record("GET", "/a");
  const timer = setInterval(() => {
    if (counter.statistics().acknowledged < 1) return;
    say(counter.statistics().state);
    clearInterval(timer);
  }, 5);
`;

describe("a process that does nothing but record", () => {
  test("ends by itself, after it has been flushed", async () => {
    const { target, database } = await server();
    const child = runChild(RECORD_ONLY, { target });
    expect(await ended(child)).toBe(0);
    expect(child.lines).toEqual([]);
    expect(database.total).toBe(100);
  });

  test("ends at once when it is not to be flushed, without a server, and with a stream that is open", async () => {
    const { target, database } = await server();
    const gone = await server();
    gone.kill();
    expect(await ended(runChild(RECORD_ONLY, { target: gone.target, flushAtExitMs: 0 }))).toBe(0);
    const child = runChild(RECORD_AND_REST, { target, flushAtExitMs: 0, sealAfterMs: 10 });
    expect(await ended(child)).toBe(0);
    expect(child.lines).toEqual(["streaming"]);
    expect(database.total).toBe(1);
  });

  test("ends within the limit when the server is away, or does not answer", async () => {
    const gone = await server();
    gone.kill();
    const mute = await server();
    mute.faults.muteHello = true;
    for (const { target } of [gone, mute]) {
      expect(await ended(runChild(RECORD_ONLY, { target, flushAtExitMs: 300 }))).toBe(0);
    }
  });

  test("is not kept by a connection to an address that does not even refuse it", async () => {
    using hole = await BlackHole.open();
    const { target } = hole;
    // The system gives such a connection up after two minutes, longer than this test may take.
    const options = { target, flushAtExitMs: 100, delivery: { connectTimeoutMs: 300 } };
    expect(await ended(runChild(RECORD_ONLY, options))).toBe(0);
    const closing = `
      const counter = createCounter(argument);
      counter.record("GET", "/a");
      const timer = setInterval(async () => {
        if (counter.statistics().state !== "connecting") return;
        clearInterval(timer);
        const { pending } = await counter.close({ limitMs: 100 });
        say(String(pending));
      }, 10);
    `;
    const child = runChild(closing, { target, sealAfterMs: 10, delivery: { connectTimeoutMs: 600_000 } });
    expect(await ended(child)).toBe(0);
    expect(child.lines).toEqual(["1"]);
  });

  test("has no listeners too many, and no sockets that stay, however many counters begin at once", async () => {
    const gone = await server();
    gone.kill();
    using hole = await BlackHole.open();
    const many = `
      const counters = argument.flatMap((target) =>
        Array.from({ length: 20 }, () => createCounter({ target, sealAfterMs: 1, flushAtExitMs: 0 })));
      for (const counter of counters) counter.record("GET", "/a");
      const timer = setInterval(async () => {
        if (counters.some((counter) => counter.statistics().streams === 0)) return;
        clearInterval(timer);
        for (const counter of counters) await counter.close({ limitMs: 0 });
        say("closed");
      }, 10);
    `;
    const child = runChild(many, [gone.target, hole.target]);
    expect(await ended(child)).toBe(0);
    expect(child.lines).toEqual(["closed"]);
  });

  test("is told of drops by a warning of the process, once", async () => {
    const { target } = await server();
    const child = runChild(
      `const counter = createCounter(argument); counter.record("GET", ""); counter.record("GET", "");`,
      { target },
    );
    expect(await ended(child)).toBe(0);
    expect(child.lines.join("\n")).toContain(
      "CountWarning: requests are dropped (path_invalid); see the counter's statistics for how many",
    );
    expect(child.lines.join("\n").split("CountWarning").length).toBe(2);
  });
});
