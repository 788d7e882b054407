import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { run, runAny } from "../../../src/kind/support/command.ts";

const STAND_IN = fileURLToPath(new URL("../../../images/cockroachdb-stand-in/cockroach.cjs", import.meta.url));
const LIMIT_MS = 30_000;

let folder = "";
const nodes: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "count-e2e-stand-in-"));
  for (const args of [["create-ca"], ["create-node", "localhost", "127.0.0.1"], ["create-client", "root"]]) {
    await cockroach(["cert", ...args, `--ca-key=${join(folder, "ca.key")}`]);
  }
});
afterEach(async () => {
  for (const node of nodes.splice(0)) {
    if (node.exitCode !== null || node.signalCode !== null) continue;
    const ended = once(node, "exit");
    node.kill();
    await ended;
  }
  rmSync(folder, { recursive: true });
});

function cockroach(args: readonly string[]): Promise<string> {
  return run(process.execPath, [STAND_IN, ...args, `--certs-dir=${folder}`], { limitMs: LIMIT_MS });
}

function init(port: number) {
  const args = [STAND_IN, "init", `--host=localhost:${port}`, `--certs-dir=${folder}`];
  return runAny(process.execPath, args, { limitMs: LIMIT_MS });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** Starts a node. @returns what waits until it has said something */
async function start(name: string, ports: readonly [number, number], peers: readonly number[]) {
  const store = join(folder, name);
  mkdirSync(store, { recursive: true });
  const node = spawn(
    process.execPath,
    [
      STAND_IN,
      "start",
      `--certs-dir=${folder}`,
      `--listen-addr=:${ports[0]}`,
      `--http-addr=:${ports[1]}`,
      `--join=${peers.map((port) => `localhost:${port}`).join(",")}`,
      `--store=path=${store}`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  nodes.push(node);
  const lines = createInterface({ input: node.stdout })[Symbol.asyncIterator]();
  const says = async (expected: RegExp): Promise<string> => {
    for (;;) {
      const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
      if (done) throw new Error(`${name} ended without saying ${String(expected)}`);
      if (expected.test(value)) return value;
    }
  };
  await says(/^the stand-in has started$/);
  return { says };
}

/** What the readiness probe is answered. */
async function readiness(port: number): Promise<number | undefined> {
  const ca = readFileSync(join(folder, "ca.crt"));
  const asked = request({ host: "localhost", port, path: "/health?ready=1", ca, agent: false }).end();
  const [response] = (await once(asked, "response")) as [{ statusCode?: number; resume: () => void }];
  response.resume();
  return response.statusCode;
}

test("a node that starts after its cluster was initialized joins it, and no cluster is initialized twice", async () => {
  const ports = await freePorts(6);
  const [first = 0, second = 0, third = 0, firstHttp = 0, secondHttp = 0, thirdHttp = 0] = ports;
  const peers = [first, second, third];
  await start("first", [first, firstHttp], peers);
  const early = await start("second", [second, secondHttp], peers);
  expect([await readiness(firstHttp), await readiness(secondHttp)]).toEqual([503, 503]);

  expect(await init(first)).toEqual({ code: 0, stdout: "Cluster successfully initialized\n", stderr: "" });
  expect(await early.says(/joined/)).toBe(`joined the cluster of localhost:${first}`);
  const late = await start("third", [third, thirdHttp], peers);
  await late.says(/joined/);
  expect([await readiness(firstHttp), await readiness(secondHttp), await readiness(thirdHttp)]).toEqual([
    200, 200, 200,
  ]);
  const again = { code: 1, stdout: "", stderr: "ERROR: cluster has already been initialized\n" };
  expect([await init(first), await init(third)]).toEqual([again, again]);
}, 60_000);
