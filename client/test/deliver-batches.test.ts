import { afterEach, describe, expect, test } from "@jest/globals";
import { type CountRow, clientIdOf, type DeliverOptions, deliverBatches } from "../src/index.ts";
import { RecordServer } from "./support/record-server.ts";
import { until } from "./support/until.ts";

const cleanups: (() => unknown)[] = [];

afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

async function server(): Promise<RecordServer> {
  const started = await RecordServer.start();
  cleanups.push(() => started.kill());
  return started;
}

/** An input of `batches` batches of 3 requests. */
function* input(batches: number): Generator<readonly CountRow[]> {
  for (let i = 0; i < batches; i++) {
    yield [
      { service: "", method: 3, path: `/${i}`, bucket: 0, count: 2 },
      { service: "", method: 6, path: "/", bucket: 0, count: 1 },
    ];
  }
}

function deliver(target: string, options: Partial<DeliverOptions> = {}) {
  return deliverBatches({
    target,
    clientId: clientIdOf("access.log"),
    batches: input(50),
    logger: { warn: () => undefined, debug: () => undefined },
    delivery: { minBackoffMs: 2, maxBackoffMs: 10 },
    ...options,
  });
}

describe("deliverBatches", () => {
  test("counts an input once, however often it is delivered", async () => {
    const { target, database } = await server();
    expect(await deliver(target)).toEqual({
      batches: 50,
      requests: 150,
      batchesKnownBefore: 0,
      requestsKnownBefore: 0,
      refused: {},
    });
    expect(await deliver(target)).toEqual({
      batches: 0,
      requests: 0,
      batchesKnownBefore: 50,
      requestsKnownBefore: 150,
      refused: {},
    });
    expect(database.total).toBe(150);
  });

  test("goes on where an earlier run was interrupted", async () => {
    const { target, database } = await server();
    const interruption = new AbortController();
    const first = deliver(target, {
      signal: interruption.signal,
      onProgress: ({ batches }) => {
        if (batches >= 10) interruption.abort();
      },
    });
    await expect(first).rejects.toMatchObject({ code: "cancelled", message: "the delivery was cancelled" });
    const second = await deliver(target);
    expect(second.batches + second.batchesKnownBefore).toBe(50);
    expect(second.batchesKnownBefore).toBeGreaterThanOrEqual(10);
    expect(database.total).toBe(150);
  });

  test("counts an input once when it is delivered twice at the same time, through a server that is flaky", async () => {
    const running = await server();
    Object.assign(running.faults, { cutBefore: 0.1, cutAfter: 0.1 });
    await Promise.all([deliver(running.target), deliver(running.target)]);
    expect(running.database.total).toBe(150);
  });

  test("says that there is no Record, so that the caller can choose Add", async () => {
    const running = await server();
    running.faults.unimplemented = true;
    await expect(deliver(running.target)).rejects.toMatchObject({
      code: "unimplemented",
      message: "no Record: UNIMPLEMENTED: no Record",
    });
  });

  test("says that the input has become shorter, or was cut differently", async () => {
    const { target } = await server();
    await deliver(target);
    await expect(deliver(target, { batches: input(20) })).rejects.toMatchObject({
      code: "identity",
      message:
        "the server knows 50 batches of this input, which has only 20: it is another input, or was cut into batches differently",
    });
  });

  test("says that the server has forgotten what it acknowledged during the run", async () => {
    const running = await server();
    let isForgotten = false;
    const result = deliver(running.target, {
      onProgress: ({ batches }) => {
        if (batches < 20 || isForgotten) return;
        isForgotten = true;
        running.database.forgetClients();
        running.cut();
      },
    });
    await expect(result).rejects.toMatchObject({ code: "identity" });
  });

  test("gives up when there is no progress, and tells the last failure", async () => {
    const running = await server();
    running.kill();
    await expect(deliver(running.target, { maxStallMs: 200 })).rejects.toMatchObject({
      code: "timeout",
      message: expect.stringMatching(/^no progress in 200 ms; last: no connection to dns:\/\/\/127\.0\.0\.1:\d+$/),
    });
  });

  test("throws what the input throws, and ends the input when delivery fails", async () => {
    const running = await server();
    async function* broken() {
      yield* input(3);
      throw new Error("line 7 is unreadable");
    }
    await expect(deliver(running.target, { batches: broken() })).rejects.toThrow("line 7 is unreadable");
    running.faults.unimplemented = true;
    let isEnded = false;
    async function* watched() {
      try {
        yield* input(1_000);
      } finally {
        isEnded = true;
      }
    }
    running.faults.unimplemented = false;
    const interruption = new AbortController();
    const onProgress = (): void => interruption.abort();
    const cancelled = deliver(running.target, { batches: watched(), signal: interruption.signal, onProgress });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    await until(() => isEnded);
  });

  test("names options that are wrong", async () => {
    await expect(deliver("x")).rejects.toThrow('target "x" is not host:port');
    await expect(deliver("x:1", { clientId: new Uint8Array(3) })).rejects.toThrow("clientId has 3 bytes, not 16");
  });
});

describe("clientIdOf", () => {
  test("is a UUIDv8 that depends on the identity only", () => {
    const id = Buffer.from(clientIdOf("access.log")).toString("hex");
    expect(id).toMatch(/^[0-9a-f]{12}8[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
    expect(Buffer.from(clientIdOf(Buffer.from("access.log"))).toString("hex")).toBe(id);
    expect(Buffer.from(clientIdOf("other.log")).toString("hex")).not.toBe(id);
  });
});
