import { chown, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { processStart } from "../../src/embedded/process-start.ts";
import { waitUntil } from "../../src/embedded/wait-until.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { makeCheckout } from "./checkout.ts";
import { Holding, postmasterPid, query } from "./holding.ts";
import { users } from "./users.ts";

let base: string;
let program: string;
beforeAll(async () => {
  base = await temporaryFolder("count-survival-");
  program = await makeCheckout(join(base, "checkout"));
});
afterAll(() => rm(base, { recursive: true, force: true }));

describe.each(users)("An embedded PostgreSQL that is started by %s", (_, user) => {
  let dataDir: string;
  let folder: string;
  let number = 0;
  beforeEach(async () => {
    number += 1;
    folder = join(base, `${user ? "unprivileged" : "own"}-${number}`);
    dataDir = join(folder, "data");
    await mkdir(folder);
    if (user) await chown(folder, user.uid, user.gid);
  });
  const start = (): Holding => new Holding(program, { dataDir }, user);
  // What these tests kill is processes, and those lose nothing that the system has; it saves seconds.
  const startFast = (): Holding => new Holding(program, { dataDir, extraSettings: { fsync: "off" } }, user);

  test("keeps its rows and its port over a clean restart", async () => {
    const first = start();
    const { url, version, recovered } = await first.next();
    expect({ version, recovered }).toEqual({ version: "18.4", recovered: false });
    await query(url, "create table kept as select 41 as n");
    expect(await first.tell("close")).toBe(0);

    const second = start();
    const again = await second.next();
    expect(again).toMatchObject({ event: "ready", url, recovered: false });
    expect(await query(again.url, "select n from kept")).toEqual([{ n: 41 }]);
    expect(await second.tell("close")).toBe(0);
    const files = (await readdir(dataDir)).filter((name) => !name.startsWith("runtime-")).sort();
    expect(files).toEqual(["password", "port", "postgres"]);
    expect((await stat(join(dataDir, "password"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, "postgres"))).mode & 0o777).toBe(0o700);
  });

  test("finds the committed rows after both processes were killed", async () => {
    const first = start();
    const { url } = await first.next();
    await query(url, "create table kept as select 42 as n");
    const pid = await postmasterPid(dataDir);
    await first.kill();
    process.kill(pid, "SIGKILL");

    const second = start();
    const again = await second.next();
    expect(again).toMatchObject({ event: "ready", url, recovered: true });
    expect(await query(again.url, "select n from kept")).toEqual([{ n: 42 }]);
    expect(await second.tell("close")).toBe(0);
  });

  test("stops the PostgreSQL that outlived its killed count process, and starts it again", async () => {
    const first = startFast();
    const { url } = await first.next();
    await query(url, "create table kept as select 43 as n");
    const pid = await postmasterPid(dataDir);
    await first.kill();
    expect(await query(url, "select n from kept")).toEqual([{ n: 43 }]);

    const second = startFast();
    const again = await second.next();
    expect(again).toMatchObject({ event: "ready", url, recovered: false });
    expect(again.log[0]).toBe(`stopping PostgreSQL, pid ${pid}, which a count process that was killed left running`);
    expect(await processStart(pid)).toBeUndefined();
    expect(await query(again.url, "select n from kept")).toEqual([{ n: 43 }]);
    expect(await second.tell("close")).toBe(0);
  });

  test("ends a busy backend of a killed PostgreSQL before it starts again", async () => {
    const first = startFast();
    const { url } = await first.next();
    const client = new pg.Client(url);
    client.on("error", () => undefined);
    await client.connect();
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    // It never looks whether its postmaster is alive.
    const busy = client.query("do $$ begin loop end loop; end $$").catch(() => undefined);
    const active = "select from pg_stat_activity where query like 'do %' and state = 'active'";
    expect(await waitUntil(async () => (await query(url, active)).length === 1, 10_000)).toBe(true);
    const pid = await postmasterPid(dataDir);
    await first.kill();
    process.kill(pid, "SIGKILL");

    const second = startFast();
    const again = await second.next();
    await busy;
    expect(again).toMatchObject({ event: "ready", url, recovered: true });
    expect(again.log[0]).toBe(`waiting for what a killed PostgreSQL left running: pid ${rows[0]?.pid ?? "none"}`);
    expect(await processStart(rows[0]!.pid)).toBeUndefined();
    expect(await second.tell("close")).toBe(0);
  });

  test("starts from the beginning after an initdb that was killed half-way", async () => {
    const first = start();
    const halfMade = async (): Promise<boolean> => {
      const name = (await readdir(dataDir).catch(() => [])).find((entry) => entry.startsWith("initdb."));
      return (
        name !== undefined &&
        (await stat(join(dataDir, name, "data", "PG_VERSION")).catch(() => undefined)) !== undefined
      );
    };
    expect(await waitUntil(halfMade, 30_000)).toBe(true);
    await first.kill();
    expect((await readdir(dataDir)).includes("postgres")).toBe(false);

    const second = start();
    expect(await second.next()).toMatchObject({ event: "ready", recovered: false });
    expect(await second.tell("close")).toBe(0);
  });
});
