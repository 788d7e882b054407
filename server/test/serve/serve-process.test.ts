import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { timestampNow } from "@bufbuild/protobuf/wkt";
import { AddRequestSchema, CountDailyTotalsRequestSchema, countService, DateSchema, Method } from "@count/proto";
import type { Client } from "@grpc/grpc-js";
import { describe, expect, test } from "@jest/globals";
import type { GrpcServer } from "../../src/rpc/grpc-server.ts";
import { add, unary, Wire } from "../rpc/grpc-server-support.ts";
import { testDatabaseUrl } from "../support/database.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { ServeChild } from "./serve-process-support.ts";

const message = (path: string) =>
  create(AddRequestSchema, { method: Method.GET, path, requestTimestamp: timestampNow() });
const client = (net: Wire, address: GrpcServer["address"]): Client => net.client({ address } as GrpcServer);

/** Everything that is stored, of whichever day of this year. */
async function rolledUp(of: Client): Promise<bigint> {
  const date = create(DateSchema, { year: new Date().getUTCFullYear() });
  const answer = await unary(
    of,
    countService.countDailyTotals,
    create(CountDailyTotalsRequestSchema, { date }),
    20_000,
  );
  if (answer instanceof Error) throw answer;
  return answer.methodCounts.reduce((sum, { count }) => sum + count, 0n);
}

describe("the process of count serve", () => {
  test("tells all that is wrong with its configuration, and exits with 78", async () => {
    await using serve = new ServeChild(["--log-level", "loud", "--tls-key-file", "k"], {
      COUNT_DB_POOL_SIZE: "none",
      DB_URL: "mysql://root:hunter2@db/count",
    });
    expect(await serve.exited()).toBe(78);
    expect(serve.stderr.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^count serve: DB_URL \(--db-url\) is "mysql:\/\/root:\*\*\*@db\/count": it must be /),
      '--log-level (COUNT_LOG_LEVEL) is "loud": it must be one of trace, debug, info, warn, error, fatal, silent',
      'COUNT_DB_POOL_SIZE (--db-pool-size) is "none": it must be a whole number of connections from 2 to 1000',
      'COUNT_TLS_CERT_FILE (--tls-cert-file) is not set (no TLS), --tls-key-file is "k": a certificate and its key must be given together',
    ]);
    expect(serve.records).toEqual([]);
  });

  test("drains under load at SIGTERM: all that was answered for is stored, and the exit code is 0", async () => {
    await using net = new Wire();
    const database = await testDatabaseUrl();
    net.defer(() => database.close());
    await using serve = new ServeChild(["--drain-delay-ms", "100"], { DB_URL: database.url });
    const { grpc, http } = await serve.ready();
    let answered = 0;
    let sent = 0;
    let first: () => void = () => undefined;
    const firstAnswer = new Promise<void>((resolve) => {
      first = resolve;
    });
    // Each sender streams as fast as it is answered, until the server is gone.
    const sender = async (name: string) => {
      const own = client(net, grpc);
      for (;;) {
        const { call, answer } = add(own);
        call.on("error", () => undefined);
        for (let index = 0; index < 50; index++) call.write(message(`/${name}/${index % 10}`));
        sent += 50;
        call.end();
        if ((await answer) !== undefined) return;
        answered += 50;
        first();
      }
    };
    const senders = Promise.all(["a", "b", "c", "d"].map(sender));
    await Promise.race([firstAnswer, senders]);
    expect(answered).toBeGreaterThan(0);
    const begun = Date.now();
    serve.child.kill("SIGTERM");
    await senders;
    expect(await serve.exited()).toBe(0);
    expect(Date.now() - begun).toBeLessThan(25_000);
    await expect(fetch(`${http}/healthz`)).rejects.toThrow();

    await using again = new ServeChild([], { DB_URL: database.url });
    const stored = await rolledUp(client(net, (await again.ready()).grpc));
    expect(Number(stored)).toBeGreaterThanOrEqual(answered);
    expect(Number(stored)).toBeLessThanOrEqual(sent);
    again.child.kill("SIGTERM");
    expect(await again.exited()).toBe(0);
  });

  test("ends at once at a second signal", async () => {
    await using net = new Wire();
    const database = await testDatabaseUrl();
    net.defer(() => database.close());
    await using serve = new ServeChild(["--drain-delay-ms", "20000"], { DB_URL: database.url });
    await serve.ready();
    serve.child.kill("SIGTERM");
    await serve.until((record) => String(record["reasons"]) === "Count is stopping");
    serve.child.kill("SIGTERM");
    expect(await serve.exited()).toBe(143);
  });

  test("waits, not ready, for a schema that is behind, and becomes ready when somebody migrates", async () => {
    await using net = new Wire();
    const database = await testDatabaseUrl({ migrated: false });
    net.defer(() => database.close());
    await using serve = new ServeChild([], { DB_URL: database.url });
    await serve.until((record) => String(record["reasons"]).includes("run `count migrate`"));
    await using migrator = new ServeChild(["--migrate"], { DB_URL: database.url });
    await migrator.ready();
    await serve.ready();
    for (const one of [serve, migrator]) one.child.kill("SIGTERM");
    expect(await Promise.all([serve.exited(), migrator.exited()])).toEqual([0, 0]);
  });

  test("refuses at once a database that does not exist", async () => {
    const database = await testDatabaseUrl({ migrated: false });
    const url = new URL(database.url);
    url.pathname = "/nowhere";
    // An insecure CockroachDB has no passwords, and takes any.
    url.password ||= "swordfish";
    await database.close();
    await using serve = new ServeChild([], { DB_URL: url.href });
    expect(await serve.exited()).toBe(78);
    expect(serve.records.find(({ level }) => level === "fatal")).toMatchObject({
      code: "precondition",
      msg: expect.stringContaining('database "nowhere" does not exist'),
    });
    expect(JSON.stringify(serve.records)).not.toContain(url.password);
  });

  test("keeps its own database across a restart, and stops with 4 when that is killed", async () => {
    await using net = new Wire();
    const dataDir = await temporaryFolder("count-serve-");
    net.defer(() => rm(dataDir, { recursive: true, force: true }));
    {
      await using serve = new ServeChild(["--data-dir", dataDir]);
      const { grpc, record } = await serve.ready();
      expect(record).toMatchObject({ dataDir, tls: false });
      const { call, answer } = add(client(net, grpc));
      call.write(message("/kept"));
      call.end();
      expect(await answer).toBeUndefined();
      serve.child.kill("SIGINT");
      expect(await serve.exited()).toBe(0);
    }
    await using serve = new ServeChild(["--data-dir", dataDir]);
    expect(await rolledUp(client(net, (await serve.ready()).grpc))).toBe(1n);
    process.kill(Number.parseInt(await readFile(join(dataDir, "postgres", "postmaster.pid"), "utf8"), 10), "SIGKILL");
    expect(await serve.exited()).toBe(4);
    await serve.says(
      "the embedded PostgreSQL ended by itself, by SIGKILL; what was answered for is on disk: start Count again",
    );
  });
});
