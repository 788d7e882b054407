import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCounter } from "@count/client";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { REFUSAL_REASONS } from "../../src/domain/refusal.ts";
import { AgentProcess } from "./support/agent-process.ts";
import { batch, hello, PlainClient, response } from "./support/clients.ts";
import { http1App } from "./support/proxied.ts";
import { RecordSink } from "./support/record-sink.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "count-agent-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function agent(server: string, ...flags: readonly string[]): AgentProcess {
  return new AgentProcess(["--server", server, "--queue-dir", join(folder, "queue"), ...flags]);
}

/** Nobody listens there. */
const AWAY = "127.0.0.1:1";

describe("count agent", () => {
  test("answers Add when it is on disk, and delivers after SIGKILL what it answered for, once", async () => {
    await using sink = await RecordSink.start();
    await using first = agent(AWAY);
    {
      using client = new PlainClient((await first.ready()).listen);
      await client.add(["/a", "/b?x=1", "/a"]);
    }
    await first.kill();
    await using second = agent(sink.address);
    await sink.until(() => sink.total === 3);
    expect(sink.table).toEqual({ " 3 /a": 2, " 3 /b": 1 });
    expect(await second.stop()).toBe(0);
    await using third = agent(sink.address);
    await third.ready();
    expect(await third.stop()).toBe(0);
    expect([sink.total, sink.gaps]).toEqual([3, 0]);
  });

  test("loses none of the Adds that it answered for, however often it is killed while they come", async () => {
    await using sink = await RecordSink.start();
    const socket = join(folder, "agent.sock");
    const flags = ["--listen", `unix:${socket}`];
    let running = agent(AWAY, ...flags);
    await running.ready();
    let sent = 0;
    let answered = 0;
    let ended = false;
    const isOver = (): boolean => ended;
    const adding = Array.from({ length: 4 }, async () => {
      while (!isOver()) {
        using client = new PlainClient(`unix:${socket}`);
        try {
          while (!isOver()) {
            sent++;
            await client.add(["/a"]);
            answered++;
          }
        } catch {
          // Killed: this one may have been stored, or not.
        }
      }
    });
    for (let round = 0; round < 4; round++) {
      const before = answered;
      while (answered < before + 50) await new Promise((resolve) => setTimeout(resolve, 1));
      await running.kill();
      running = agent(round === 3 ? sink.address : AWAY, ...flags);
      await running.ready();
    }
    ended = true;
    await Promise.all(adding);
    expect(await running.stop()).toBe(0);
    expect(sink.total).toBeGreaterThanOrEqual(answered);
    expect(sink.total).toBeLessThanOrEqual(sent);
    expect([answered >= 200, sink.gaps]).toEqual([true, 0]);
  });

  test("refuses as a server does: what, why, and what is accepted", async () => {
    await using sink = await RecordSink.start();
    await using running = agent(sink.address);
    using client = new PlainClient((await running.ready()).listen);
    await expect(client.add(["/a", "", "/b"])).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: "message 2: path is empty; it is required",
    });
    await expect(client.add(["/late"], Date.now() + 3_600_000)).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringMatching(
        /^message 1: request_timestamp .* is 3\d\d\d s ahead; accepted are at most 300 s$/,
      ),
    });
    await expect(client.add(["/x".repeat(600)])).rejects.toMatchObject({
      details: "message 1: path has 1200 bytes; accepted are at most 1024",
    });
    await sink.until(() => sink.total === 1);
    expect(await running.stop()).toBe(0);
    expect(sink.table).toEqual({ " 3 /a": 1 });
  });

  test("counts the batches of a local sender once, over SIGKILLs of the agent and of the server", async () => {
    await using sink = await RecordSink.start();
    const socket = join(folder, "agent.sock");
    let running = agent(sink.address, "--listen", `unix:${socket}`);
    await running.ready();
    const counter = createCounter({
      target: `unix:${socket}`,
      service: "shop",
      sealAfterMs: 5,
      logger: { warn: () => undefined, debug: () => undefined },
      delivery: { minBackoffMs: 5, maxBackoffMs: 20, maxInFlight: 4 },
    });
    let recorded = 0;
    const record = (): void => {
      for (let i = 0; i < 7; i++) counter.record("GET", `/p${recorded++ % 50}`);
    };
    const recording = setInterval(record, 2);
    for (let round = 0; round < 5; round++) {
      const before = counter.statistics().acknowledged;
      while (counter.statistics().acknowledged < before + 200) await new Promise((resolve) => setTimeout(resolve, 5));
      if (round === 2) {
        sink.kill();
        await sink.listen();
      }
      await running.kill();
      running = agent(sink.address, "--listen", `unix:${socket}`);
      await running.ready();
    }
    clearInterval(recording);
    const report = await counter.close({ limitMs: 20_000 });
    expect(report).toMatchObject({ recorded, acknowledged: recorded, pending: 0 });
    expect(await running.stop()).toBe(0);
    expect([sink.total, sink.gaps]).toEqual([recorded, 0]);
    expect(existsSync(socket)).toBe(false);
  });

  test("knows after SIGKILL how far a sender was, also when everything was delivered and its files are gone", async () => {
    await using sink = await RecordSink.start();
    const clientId = Uint8Array.from({ length: 16 }, (_, at) => at);
    for (const [start, expected] of [0n, 2n, 4n].entries()) {
      await using running = agent(sink.address);
      using client = new PlainClient((await running.ready()).listen);
      const call = client.record();
      call.write(hello(clientId));
      expect((await response(call)).lastNumber).toBe(expected);
      const number = Number(expected) + 1;
      // The one before was answered for, and may be sent again all the same.
      if (number > 1) call.write(batch(number - 1, "/again"));
      if (number > 1) expect((await response(call)).lastNumber).toBe(expected);
      call.write(batch(number, "/a"));
      call.write(batch(number + 1, "/a", 10));
      while ((await response(call)).lastNumber < BigInt(number + 1));
      await sink.until(() => sink.total === 11 * (start + 1));
      if (start === 1) expect(await running.stop()).toBe(0);
      else await running.kill();
    }
    expect(sink.table).toEqual({ "shop 3 /a": 33 });
    expect(sink.repeated).toBe(0);
  });

  test("when its queue is full refuses Add, stops reading Record, says so, and goes on with all of it later", async () => {
    await using sink = await RecordSink.start();
    sink.kill();
    await using running = agent(sink.address, "--queue-max-bytes", "65536");
    const { listen, http } = await running.ready();
    using client = new PlainClient(listen);
    let added = 0;
    const fill = async (): Promise<never> => {
      for (;;) {
        // A long path, so that it takes many bytes; by itself, since a stream that fails may be stored in part.
        await client.add([`/${String(added).padStart(900, "x")}`]);
        added++;
      }
    };
    await expect(fill()).rejects.toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: expect.stringMatching(
        /^the agent's queue is full: \d+ batches and \d+ of 65536 bytes wait for a Count server$/,
      ),
    });
    const unready = await fetch(`${http}/readyz`);
    expect([unready.status, await unready.json()]).toMatchObject([
      503,
      { status: "not ready", reasons: [expect.stringMatching(/^the queue is full: /)] },
    ]);
    const call = client.record();
    call.write(hello(Uint8Array.from({ length: 16 }, () => 7)));
    expect((await response(call)).lastNumber).toBe(0n);
    call.write(batch(1, "/waits", 5));
    await sink.listen();
    // Not before there was room.
    while ((await response(call)).lastNumber < 1n);
    await sink.until(() => sink.total === added + 5);
    await client.add(["/again"]);
    expect((await fetch(`${http}/readyz`)).status).toBe(200);
    call.end();
    expect(await running.stop()).toBe(0);
    expect(sink.total).toBe(added + 6);
  });

  test("never lets the application behind its proxy feel that its queue is full", async () => {
    await using sink = await RecordSink.start();
    sink.kill();
    const app = await http1App((request, response) => response.end(request.url));
    const { port } = app.address() as { port: number };
    const flags = ["--proxy-listen", "127.0.0.1:0", "--upstream", `http://127.0.0.1:${port}`, "--seal-after-ms", "5"];
    await using running = agent(sink.address, "--queue-max-bytes", "65536", ...flags);
    const { listen, http, proxy } = await running.ready();
    using client = new PlainClient(listen);
    let added = 0;
    const fill = async (): Promise<never> => {
      for (;;) {
        await client.add([`/${String(added).padStart(900, "x")}`]);
        added++;
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    for (let at = 0; at < 50; at++) expect((await fetch(`${proxy}/users/${at}`)).status).toBe(200);
    expect((await fetch(`${http}/readyz`)).status).toBe(200);
    await sink.listen();
    expect(await running.stop()).toBe(0);
    expect([sink.total, sink.counts.get(" 3 /users/:id")]).toEqual([added + 50, 50]);
    app.closeAllConnections();
    app.close();
  });

  test("says of a queue in memory what it is worth, in the log and in its readiness", async () => {
    await using sink = await RecordSink.start();
    await using running = new AgentProcess(["--server", sink.address, "--queue", "memory"]);
    const { listen, http } = await running.ready();
    await running.says("the queue is in memory: what waits for a server is lost when this process ends");
    expect(await (await fetch(`${http}/readyz`)).json()).toEqual({
      status: "ready",
      queue: "in memory: what is answered for is lost when this process ends before a server has it",
    });
    using client = new PlainClient(listen);
    await client.add(["/a"]);
    await sink.until(() => sink.total === 1);
    expect(await running.stop()).toBe(0);
  });

  test("ends quickly with 0 on SIGTERM as a sidecar of a Job does, and delivers what it counted up to then", async () => {
    await using sink = await RecordSink.start();
    const app = await http1App((request, response) => response.end(request.url));
    const { port } = app.address() as { port: number };
    const flags = ["--proxy-listen", "127.0.0.1:0", "--upstream", `http://127.0.0.1:${port}`, "--service", "job"];
    await using running = agent(sink.address, ...flags, "--seal-after-ms", "60000");
    const { proxy } = await running.ready();
    for (const path of ["/users/1", "/users/2", "/"]) expect(await (await fetch(`${proxy}${path}`)).text()).toBe(path);
    // A connection that is kept, as the client of the test has it, holds nothing up.
    expect(await running.stop()).toBe(0);
    expect(sink.table).toEqual({ "job 3 /": 1, "job 3 /users/:id": 2 });
    app.closeAllConnections();
    app.close();
  });

  test("stops within its limit, with 0, when nobody takes what it has, and says what waits", async () => {
    await using running = agent(AWAY, "--drain-timeout-ms", "300");
    using client = new PlainClient((await running.ready()).listen);
    await client.add(["/a", "/b"]);
    // A stream that would go on for ever is cut off.
    const call = client.record();
    call.write(hello(new Uint8Array(16)));
    await response(call);
    expect(await running.stop()).toBe(0);
    expect(await running.says("no server took these requests in time; they wait in the queue on disk")).toMatchObject({
      requests: 2,
    });
  });

  test("ends at once at a second signal", async () => {
    await using running = agent(AWAY, "--drain-timeout-ms", "60000");
    using client = new PlainClient((await running.ready()).listen);
    await client.add(["/a"]);
    running.child.kill("SIGTERM");
    await running.says("not ready");
    running.child.kill("SIGTERM");
    expect(await running.exited()).toBe(143);
  });

  test("tells in its log and metrics what only the server refused", async () => {
    await using sink = await RecordSink.start();
    sink.refusedPath = "/odd";
    await using running = agent(sink.address);
    const { listen, http } = await running.ready();
    using client = new PlainClient(listen);
    await client.add(["/odd", "/even", "/odd"]);
    await sink.until(() => sink.total === 1);
    await running.says("the server refuses requests (path_invalid), such as /odd");
    expect(await (await fetch(`${http}/metrics`)).text()).toContain(
      '\ncount_agent_requests_refused_upstream_total{reason="path_invalid"} 2\n',
    );
    expect(await running.stop()).toBe(0);
  });

  test("does not take the place of a file that is no socket", async () => {
    await using running = agent(AWAY, "--listen", `unix:${folder}`);
    expect(await running.exited()).toBe(78);
    expect(running.records.map(({ msg }) => msg)).toContain(
      `${folder} exists and is not a socket; choose another path, or remove it`,
    );
  });

  test("has its folder for itself, and tells the second one who has it", async () => {
    await using first = agent(AWAY);
    await first.ready();
    await using second = agent(AWAY);
    expect(await second.exited()).toBe(4);
    expect(second.records.map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/belongs to process \d+ on .*, which is alive$/),
    );
  });

  test("serves health and metrics, and tells all that is wrong with its configuration at once", async () => {
    await using sink = await RecordSink.start();
    await using running = agent(sink.address);
    const { http, listen } = await running.ready();
    expect([(await fetch(`${http}/healthz`)).status, (await fetch(`${http}/readyz`)).status]).toEqual([200, 200]);
    using client = new PlainClient(listen);
    await client.add(["/a", "/a"]);
    await sink.until(() => sink.total === 2);
    const metrics = await (await fetch(`${http}/metrics`)).text();
    expect(metrics).toContain('\ncount_agent_requests_taken_total{call="add"} 2\n');
    expect(metrics).toContain("\ncount_agent_ready 1\n");
    await using wrong = new AgentProcess(["--upstream", "https://app", "--queue", "paper", "--cert", "a.pem"]);
    await once(wrong.child, "close");
    expect(wrong.child.exitCode).toBe(78);
    expect(wrong.stderr.trimEnd().split("\n")).toEqual([
      'count agent: --queue (COUNT_AGENT_QUEUE) is "paper": it must be one of disk, memory',
      '--upstream (COUNT_AGENT_UPSTREAM) is "https://app": it must be an http:// URL with host and port and nothing behind them, such as http://127.0.0.1:8080',
      '--cert is "a.pem", COUNT_AGENT_KEY (--key) is not set (none): a certificate and its key must be given together',
    ]);
  });

  test("keeps cursors in a file that holds nothing else", async () => {
    await using sink = await RecordSink.start();
    await using running = agent(sink.address);
    using client = new PlainClient((await running.ready()).listen);
    const call = client.record();
    call.write(hello(Uint8Array.from({ length: 16 }, () => 1)));
    await response(call);
    call.write(batch(1, "/a"));
    while ((await response(call)).lastNumber < 1n);
    await sink.until(() => sink.total === 1);
    call.end();
    expect(await running.stop()).toBe(0);
    const saved = JSON.parse(readFileSync(join(folder, "queue", "origins.json"), "utf8")) as Record<string, number[]>;
    expect(Object.keys(saved)).toEqual(["01010101-0101-0101-0101-010101010101"]);
    expect(Object.values(saved)[0]!.slice(1)).toEqual([1, 0, ...REFUSAL_REASONS.map(() => 0)]);
  });
});
