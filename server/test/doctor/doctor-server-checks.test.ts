import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { ServerCredentials } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ServeChild } from "../serve/serve-process-support.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";
import { FakeCount } from "../support/fake-count.ts";
import { Certificates } from "./certificates.ts";
import { runDoctor } from "./run-doctor.ts";

let certificates: Certificates;
beforeAll(async () => {
  certificates = await Certificates.open();
  await Promise.all([
    certificates.make("good", -1, 100),
    certificates.make("soon", -80, 5.5),
    certificates.make("expired", -90, -1),
    certificates.make("early", 1, 90),
  ]);
});
afterAll(() => certificates[Symbol.asyncDispose]());

/** Only the server is of interest: its database is nowhere. */
const doctor = (...args: readonly string[]) => runDoctor({ DB_URL: "postgres://127.0.0.1:1/none" }, ...args);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("a running server", () => {
  let db: TestDatabaseUrl;
  beforeAll(async () => {
    db = await testDatabaseUrl();
  });
  afterAll(() => db.close());

  test("that is ready takes Add and Record, and nothing is counted by asking", async () => {
    await using serve = new ServeChild(["--db-url", db.url]);
    const { grpc } = await serve.ready();
    const found = await doctor("--server", `127.0.0.1:${grpc.port}`);
    expect(found.findings.filter(({ id }) => id.startsWith("server."))).toEqual([
      { id: "server.health", state: "ok", says: `127.0.0.1:${grpc.port} is ready` },
      { id: "server.add", state: "ok", says: "Add is available" },
      { id: "server.record", state: "ok", says: "Record is available" },
    ]);
    // A server has a cursor of its own once it has stored something.
    expect(
      await db.query("select (select count(*) from count.pending) + (select count(*) from count.clients) as n"),
    ).toEqual([{ n: 0n }]);
  });

  test("that waits for its database is not ready", async () => {
    const port = await freePort();
    const flags = ["--db-url", "postgres://127.0.0.1:1/none", "--grpc-address", `127.0.0.1:${port}`];
    await using serve = new ServeChild([...flags, "--log-level", "info"]);
    await serve.until(({ msg }) => msg === "not ready");
    const found = await doctor("--server", `127.0.0.1:${port}`);
    expect(found.find("server.health")).toEqual({
      id: "server.health",
      state: "wrong",
      says: `127.0.0.1:${port} runs and is not ready`,
      next: "Ask its HTTP port why: GET /readyz tells the reasons.",
    });
    expect(found.find("server.add")).toMatchObject({ state: "wrong", says: expect.stringMatching(/^Add fails: /) });
    expect(found.find("server.record").state).toBe("wrong");
  });

  test("that is not there is wrong", async () => {
    const found = await doctor("--server", "127.0.0.1:1");
    expect(found.find("server.health")).toEqual({
      id: "server.health",
      state: "wrong",
      says: "cannot reach the server at 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1",
      next: "Is `count serve` running? Start it with `npm start`, or name another server with --server or COUNT_SERVER.",
    });
    expect(found.find("server.record").state).toBe("skipped");
  });

  test("that never answers is given up on", async () => {
    const silent = createServer((socket) => void socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const found = await doctor("--server", `127.0.0.1:${port}`, "--timeout", "0.5");
    expect(found.find("server.health")).toMatchObject({ state: "wrong" });
    silent.close();
  });

  test("that is older has no Record and no health service", async () => {
    await using fake = await FakeCount.start();
    const found = await doctor("--server", fake.address);
    expect(found.find("server.health")).toMatchObject({
      state: "warning",
      says: `${fake.address} has no health service`,
    });
    expect(found.find("server.add").state).toBe("ok");
    expect(found.find("server.record")).toMatchObject({ state: "wrong", says: `${fake.address} has no Record` });
    expect(fake.stored).toEqual([]);
  });
});

describe("the certificate of a server", () => {
  async function shows(name: string): Promise<FakeCount> {
    const [cert, key] = await Promise.all([readFile(certificates.cert(name)), readFile(certificates.key(name))]);
    return FakeCount.start({}, ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]));
  }

  test.each([
    ["good", "ok", /^the certificate of localhost:\d+ is valid until 20\d\d-\d\d-\d\dT\d\d:\d\dZ$/],
    ["soon", "warning", /, for 5 days more$/],
    ["expired", "wrong", / expired at 20\d\d-\d\d-\d\dT\d\d:\d\dZ: clients refuse it$/],
    ["early", "wrong", / is not valid before 20\d\d-\d\d-\d\dT\d\d:\d\dZ: clients refuse it$/],
  ])("that is %s is %s", async (name, state, says) => {
    await using fake = await shows(name);
    const server = fake.address.replace("127.0.0.1", "localhost");
    const found = await doctor("--server", server, "--ca", certificates.cert(name));
    expect(found.find("server.certificate")).toMatchObject({ state, says: expect.stringMatching(says) });
    // Whether it is trusted is the call's to say.
    const reached = name === "good" || name === "soon";
    expect(found.find("server.add").state).toBe(reached ? "ok" : "skipped");
  });

  test.each([
    ["good", "good", "ok", /^the certificate in .*good\.pem is valid until /],
    ["soon", "soon", "warning", /, for 5 days more$/],
    ["expired", "expired", "wrong", / expired at /],
    ["good", "soon", "wrong", /^the TLS files .*good\.pem, .*soon\.key cannot be used: .*key values mismatch/],
    ["good", "none", "wrong", /cannot be used: ENOENT: no such file/],
  ])("in a file is judged before it is served: %s with the key of %s", async (cert, key, state, says) => {
    const files = ["--tls-cert-file", certificates.cert(cert), "--tls-key-file", certificates.key(key)];
    const found = await doctor(...files);
    expect(found.find("configuration.certificate")).toMatchObject({ state, says: expect.stringMatching(says) });
  });
});

test("A configuration that is wrong is told with all its faults, and a database that it names is looked at all the same", async () => {
  const found = await runDoctor({
    DB_URL: "postgres://count:hunter2@127.0.0.1:1/counts",
    COUNT_GRPC_ADDRESS: "0.0.0.0:7777",
    COUNT_DB_POOL_SIZE: "1",
  });
  expect(found.find("configuration.settings")).toMatchObject({
    state: "wrong",
    says: expect.stringMatching(
      /^COUNT_DB_POOL_SIZE .* from 2 to 1000; COUNT_GRPC_ADDRESS is "0\.0\.0\.0:7777", .* needs TLS/,
    ),
  });
  expect(found.find("database.connection")).toMatchObject({
    state: "wrong",
    says: expect.stringContaining("ECONNREFUSED"),
  });
  expect(JSON.stringify(found)).not.toContain("hunter2");
  const bad = await runDoctor({ DB_URL: "mysql://count:hunter2@db/counts" });
  expect(bad.find("database.connection")).toEqual({
    id: "database.connection",
    state: "skipped",
    says: "not looked at: the configuration is wrong",
  });
  expect(JSON.stringify(bad)).not.toContain("hunter2");
});
