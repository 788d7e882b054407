import { afterEach, describe, expect, test } from "@jest/globals";
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
    const before = performance.now();
    expect(await ended(runChild(RECORD_ONLY, { target: gone.target, flushAtExitMs: 0 }))).toBe(0);
    const child = runChild(RECORD_AND_REST, { target, flushAtExitMs: 0, sealAfterMs: 10 });
    expect(await ended(child)).toBe(0);
    expect(child.lines).toEqual(["streaming"]);
    expect(performance.now() - before).toBeLessThan(4_000);
    expect(database.total).toBe(1);
  });

  test("ends within the limit when the server is away, or does not answer", async () => {
    const gone = await server();
    gone.kill();
    const mute = await server();
    mute.faults.muteHello = true;
    for (const { target } of [gone, mute]) {
      const before = performance.now();
      expect(await ended(runChild(RECORD_ONLY, { target, flushAtExitMs: 300 }))).toBe(0);
      expect(performance.now() - before).toBeLessThan(3_000);
    }
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
