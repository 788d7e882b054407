import { chown, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { processStart } from "../../src/embedded/process-start.ts";
import { waitUntil } from "../../src/embedded/wait-until.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { makeCheckout } from "./checkout.ts";
import { Holding, postmasterPid, query } from "./holding.ts";
import { users } from "./users.ts";

let base: string;
let program: string;
beforeAll(async () => {
  base = await temporaryFolder("count-sharing-");
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
  const start = (): Holding => new Holding(program, { dataDir, extraSettings: { fsync: "off" } }, user);

  test("refuses a data folder that another count process uses, naming it", async () => {
    const first = start();
    const { url } = await first.next();
    const second = start();
    expect(await second.next()).toEqual({
      event: "failed",
      message:
        `the data folder ${dataDir} is in use by another count process, pid ${first.child.pid ?? "none"}: ` +
        "stop that process, or choose another data folder",
    });
    expect(await query(url, "select 1 as n")).toEqual([{ n: 1 }]);
    expect(await first.tell("close")).toBe(0);
  });

  test("lets at most one of several that start at once have the data folder", async () => {
    const all = Array.from({ length: 4 }, start);
    const events = await Promise.all(all.map((holding) => holding.next()));
    const ready = all.filter((_holding, i) => events[i]?.event === "ready");
    expect(ready.length).toBeLessThanOrEqual(1);
    for (const { event, message } of events) {
      if (event === "failed") expect(message).toContain("is in use by another count process, pid ");
    }
    for (const holding of ready) expect(await holding.tell("close")).toBe(0);
  });

  test("goes on when a terminal's Ctrl-C reaches the process group", async () => {
    const first = start();
    const { url } = await first.next();
    process.kill(-first.child.pid!, "SIGINT");
    expect(await first.next()).toEqual({ event: "interrupted" });
    expect(await query(url, "select 1 as n")).toEqual([{ n: 1 }]);
    expect(await first.tell("close")).toBe(0);
  });

  test("ends with a process that exits without closing it", async () => {
    const first = start();
    await first.next();
    const pid = await postmasterPid(dataDir);
    expect(await first.tell("exit")).toBe(3);
    expect(await waitUntil(async () => (await processStart(pid)) === undefined, 30_000)).toBe(true);
    const second = start();
    expect(await second.next()).toMatchObject({ event: "ready", recovered: false });
    expect(await second.tell("close")).toBe(0);
  });
});
