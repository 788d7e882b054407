import { chmod, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCounter } from "@count/client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { digestOf, makeToken } from "../../src/auth/token.ts";
import { AgentProcess } from "../agent/support/agent-process.ts";
import { runDoctor } from "../doctor/run-doctor.ts";
import { addMessage } from "../ingest/ingest-support.ts";
import { AddCall } from "../rpc/count-calls.ts";
import { Wire } from "../rpc/grpc-server-support.ts";
import { ServeChild } from "../serve/serve-process-support.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";
import { runCount } from "../support/run-count.ts";

const LOG = [10, 11].map((second) => `127.0.0.1 - - [09/Mar/2026:10:00:${second} +0000] "GET /a HTTP/1.1" 200 5`);
/** The server reads its file every ten seconds. */
const LIMIT_MS = 120_000;

let db: TestDatabaseUrl;
let folder: string;
let serve: ServeChild;
let server: string;
const tokens = { shop: makeToken(), reader: makeToken(), nightly: makeToken(), later: makeToken() };
const at = (name: string) => join(folder, name);
const entry = (name: keyof typeof tokens, scopes: string, more = "") =>
  `  - { name: ${name}, sha256: ${digestOf(tokens[name]).toString("hex")}, scopes: [${scopes}]${more} }\n`;
const FILE = `tokens:\n${entry("shop", "record", ", services: [shop]")}${entry("reader", "read")}${entry("nightly", "rollup")}`;

/** Without a moment in which half of it is there. */
async function put(text: string): Promise<void> {
  await writeFile(at("auth.yaml.new"), text, { mode: 0o600 });
  await rename(at("auth.yaml.new"), at("auth.yaml"));
}

async function total(): Promise<number> {
  const [row] = await db.query<{ n: bigint }>(
    "select coalesce(sum(n), 0)::bigint as n from (select unnest(counts) as n from count.pending) as t",
  );
  return Number(row?.n);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "count-auth-process-"));
  for (const [name, token] of Object.entries(tokens)) await writeFile(at(name), `${token}\n`, { mode: 0o600 });
  await writeFile(at("access.log"), `${LOG.join("\n")}\n`);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  db = await testDatabaseUrl();
  await put(FILE);
  serve = new ServeChild(["--db-url", db.url, "--auth-file", at("auth.yaml")]);
  server = `127.0.0.1:${(await serve.ready()).grpc.port}`;
});
afterEach(async () => {
  await serve[Symbol.asyncDispose]();
  await db.close();
});

describe("a server with a file of tokens", () => {
  test("serves each command with the token that it needs, and says what is missing to one without", async () => {
    const using = (name: keyof typeof tokens) => ["--server", server, "--token-file", at(name)];
    const imported = await runCount(["import", "--service", "shop", at("access.log"), ...using("shop")]);
    expect([imported.code, imported.stderr]).toEqual([0, ""]);
    const rolledUp = await runCount(["rollup", "--date", "2026-03-09"], {
      env: { COUNT_SERVER: server, COUNT_TOKEN_FILE: at("nightly") },
    });
    expect(rolledUp).toEqual({
      code: 0,
      stdout: "2026-03-09  1 total new or greater\nRolled up 1 day: 1 total new or greater.\n",
      stderr: "",
    });
    const shown = await runCount(["totals", "--day", "2026-03-09", "--csv", ...using("reader")]);
    expect(shown.stdout).toBe("date,service,method,path,count\r\n2026-03-09,shop,GET,/a,2\r\n");

    expect(await runCount(["totals", "--day", "2026-03-09", "--server", server])).toEqual({
      code: 5,
      stdout: "",
      stderr: `count totals: the server at ${server} asks who you are: a token is required, as "authorization: Bearer" and the token\nName a file with a token by --token-file or COUNT_TOKEN_FILE.\n`,
    });
    expect(await runCount(["totals", "--day", "2026-03-09", ...using("shop")])).toEqual({
      code: 5,
      stdout: "",
      stderr: `count totals: the server at ${server} does not allow it: "shop" may not call ListDailyTotals: it needs the scope read, and has record\nName another token by --token-file, or have this one given the right.\n`,
    });
    const refused = await runCount(["import", "--service", "shop", at("access.log"), ...using("reader")]);
    expect([refused.code, refused.stdout]).toEqual([5, ""]);
    expect(refused.stderr).toContain('"reader" may not call Record: it needs the scope record, and has read');
    const unknown = await runCount(["rollup", "--attempts", "1", ...using("later")]);
    expect([unknown.code, unknown.stdout]).toEqual([5, ""]);
    expect(unknown.stderr).toContain("the token is not known here");

    const log = JSON.stringify(serve.records);
    expect(log).toContain("callers were refused");
    for (const token of Object.values(tokens)) expect(log).not.toContain(token);
  });

  test("refuses the counts of another service in an import, and says so", async () => {
    const { code, stdout, stderr } = await runCount([
      ...["import", "--service", "cart", at("access.log")],
      ...["--server", server, "--token-file", at("shop")],
    ]);
    expect([code, stderr]).toEqual([
      5,
      'count import: the server refuses requests (service_forbidden), such as service "cart" is forbidden to "shop"; accepted is "shop"\n' +
        "count import: no line was counted. The server refuses its requests: the reasons are above.\n",
    ]);
    expect(stdout).toContain("  0  counted\n");
    expect(stdout).toContain("  2 lines: the server refused it (service forbidden 2)\n");
    expect(await total()).toBe(0);
  });

  test("is looked at by a doctor with a token", async () => {
    const env = { DB_URL: db.url, COUNT_AUTH_FILE: at("auth.yaml") };
    const known = await runDoctor(env, "--server", server, "--token-file", at("shop"));
    expect(known.find("configuration.auth")).toEqual({
      id: "configuration.auth",
      state: "ok",
      says: `${at("auth.yaml")} knows 3 tokens and 0 certificates`,
    });
    expect(known.find("server.record")).toMatchObject({ state: "ok", says: "Record is available" });
    const reader = await runDoctor(env, "--server", server, "--token-file", at("reader"));
    expect(reader.find("server.add")).toMatchObject({
      state: "ok",
      says: "Add is available, to callers with the scope record",
    });
    await chmod(at("auth.yaml"), 0o666);
    const unknown = await runDoctor(env, "--server", server);
    expect(unknown.find("server.token")).toEqual({
      id: "server.token",
      state: "wrong",
      says: `${server} asks who calls, and does not know who does`,
      next: "Name a file with a token that the server knows by --token-file, or show a certificate.",
    });
    expect(unknown.ids("skipped")).toEqual(["server.add", "server.record"]);
    expect(unknown.find("configuration.auth")).toEqual({
      id: "configuration.auth",
      state: "warning",
      says: `${at("auth.yaml")} knows 3 tokens and 0 certificates; its mode is 666: others than its owner may write it, and let themselves in; everybody on the machine may read it`,
      next: `chmod 640 ${at("auth.yaml")}, or 600.`,
    });
    await writeFile(at("broken.yaml"), "tokens:\n  - name: shop\n");
    const broken = await runDoctor({ ...env, COUNT_AUTH_FILE: at("broken.yaml") });
    expect(broken.find("configuration.auth")).toMatchObject({
      state: "wrong",
      says: `${at("broken.yaml")}, line 2: tokens[0].sha256 is missing; accepted are 64 hexadecimal digits, which \`count token\` prints`,
    });
    await using started = new ServeChild(["--db-url", db.url, "--auth-file", at("broken.yaml")]);
    expect(await started.exited()).toBe(78);
    expect(JSON.stringify(started.records)).toContain("broken.yaml, line 2: tokens[0].sha256 is missing");
  });

  test(
    "loses no count of a client or an agent whose token it does not know yet, and counts each once when it does",
    async () => {
      const warnings: string[] = [];
      let warned = (): void => undefined;
      const counter = createCounter({
        target: server,
        service: "later",
        token: tokens.later,
        sealAfterMs: 50,
        logger: {
          warn: (message) => {
            warnings.push(message);
            warned();
          },
          debug: () => undefined,
        },
      });
      await using agent = new AgentProcess(
        [...["--server", server, "--token-file", at("later"), "--queue-dir", at("queue")]],
        {},
      );
      const { listen } = await agent.ready();
      await using wire = new Wire();
      const [host = "", port = ""] = listen.split(":");
      const beside = wire.client({ address: { host, port: Number(port) } } as Parameters<Wire["client"]>[0]);
      const toldOff = new Promise<void>((resolve) => (warned = resolve));
      for (let i = 0; i < 25; i++) counter.record("GET", "/client");
      const now = Date.now();
      const messages = Array.from({ length: 17 }, () => addMessage({ path: "/agent", atMs: now }));
      expect(await AddCall.all(beside, messages)).toBe("OK");
      await toldOff;
      await agent.says(
        "the server refuses this client, which goes on trying: UNAUTHENTICATED: the token is not known here",
      );
      expect(await total()).toBe(0);
      expect(counter.statistics()).toMatchObject({ recorded: 25, acknowledged: 0, pending: 25 });

      const told = serve.says("tokens and certificates were read again");
      await put(`${FILE}${entry("later", "record")}`);
      await told;
      const end = await counter.close({ limitMs: 60_000 });
      expect(end).toMatchObject({ recorded: 25, acknowledged: 25, pending: 0 });
      while ((await total()) < 42) await serve.until(() => true);
      expect(await total()).toBe(42);
      expect(warnings).toEqual([
        "the server refuses this client, which goes on trying: UNAUTHENTICATED: the token is not known here",
      ]);
      const refusals = agent.records.filter(({ msg }) => String(msg).startsWith("the server refuses this client"));
      expect(refusals).toHaveLength(1);
    },
    LIMIT_MS,
  );
});
