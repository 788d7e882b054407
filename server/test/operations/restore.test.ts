import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createCounter } from "@count/client";
import { expect, test } from "@jest/globals";
import { ServeChild } from "../serve/serve-process-support.ts";
import { serverDialect, testDatabaseUrl } from "../support/database.ts";
import { runCount } from "../support/run-count.ts";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const line = (path: string) => `192.0.2.1 - - [09/Mar/2026:10:00:00 +0000] "GET ${path} HTTP/1.1" 200 5\n`;

// A copy by template is what pg_dump and pg_restore make, a snapshot of everything committed; CockroachDB has none.
test("After an older backup is restored, what it lacks is lost, what was not acknowledged is not, and nothing doubles", async () => {
  if ((await serverDialect()) === "cockroachdb") return;
  const port = await freePort();
  const server = `127.0.0.1:${port}`;
  const lost = await testDatabaseUrl();
  const admin = await testDatabaseUrl({ migrated: false });
  const backup = `${new URL(lost.url).pathname.slice(1)}_backup`;
  const restored = new URL(lost.url);
  restored.pathname = `/${backup}`;
  const serve = (url: string) => new ServeChild(["--db-url", url, "--grpc-address", server]);
  const stop = async (child: ServeChild) => {
    child.child.kill("SIGINT");
    expect(await child.exited()).toBe(0);
  };
  const importLog = (path: string, lines: number) =>
    runCount(["import", "--server", server, "--no-progress"], { stdin: line(path).repeat(lines) });
  const warnings: string[] = [];
  const logger = { debug: () => undefined, warn: (text: string) => void warnings.push(text) };
  const counter = createCounter({
    target: server,
    service: "shop",
    sealAfterMs: 50,
    logger,
  });
  const record = (times: number) => {
    for (let time = 0; time < times; time++) counter.record("GET", "/");
  };
  const acknowledged = async (requests: number) => {
    while (counter.statistics().acknowledged < requests) await pause(20);
    expect(counter.statistics().acknowledged).toBe(requests);
  };
  try {
    const first = serve(lost.url);
    await first.ready();
    record(100);
    await acknowledged(100);
    expect((await importLog("/before", 7)).code).toBe(0);
    await stop(first);

    await admin.query(`create database ${backup} template ${new URL(lost.url).pathname.slice(1)}`);

    const second = serve(lost.url);
    await second.ready();
    record(50);
    await acknowledged(150);
    expect((await importLog("/after", 9)).code).toBe(0);
    await second[Symbol.asyncDispose]();
    record(30);
    expect(counter.statistics()).toMatchObject({ recorded: 180, pending: 30 });

    const third = serve(restored.href);
    await third.ready();
    await acknowledged(180);
    // What was imported is imported again: what the backup has is known, what it lacks is counted.
    expect((await importLog("/before", 7)).code).toBe(0);
    expect((await importLog("/after", 9)).code).toBe(0);
    const { stdout } = await runCount(["totals", "--server", server, "--period", "2026", "--pending", "--json"]);
    const totals = JSON.parse(stdout) as { path: string; count: number }[];
    expect(Object.fromEntries(totals.map(({ path, count }) => [path, count]))).toEqual({
      // 100 of the backup and the 30 that were not acknowledged; the 50 that were are nowhere.
      "/": 130,
      "/before": 7,
      "/after": 9,
    });
    expect(warnings.filter((text) => text.startsWith("the server has forgotten this client"))).toHaveLength(1);
    await counter.close({ limitMs: 5_000 });
    expect(counter.statistics()).toMatchObject({ recorded: 180, acknowledged: 180, pending: 0 });
    await stop(third);
  } finally {
    await counter.close({ limitMs: 0 });
    await lost.close();
    await admin.query(`drop database if exists ${backup} with (force)`);
    await admin.close();
  }
});
