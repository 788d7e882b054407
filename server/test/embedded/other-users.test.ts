import { chown, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { makeCheckout } from "./checkout.ts";
import { Holding, query } from "./holding.ts";
import { isRoot, users } from "./users.ts";

const nobody = users[1]?.[1];
const extraSettings = { fsync: "off" };

// Only root can start processes of other users.
(isRoot ? describe : describe.skip)("An unprivileged user, and root beside it", () => {
  let base: string;
  let program: string;
  beforeAll(async () => {
    base = await temporaryFolder("count-users-");
    program = await makeCheckout(join(base, "checkout"));
  });
  afterAll(() => rm(base, { recursive: true, force: true }));

  async function folderOf(name: string): Promise<string> {
    const folder = join(base, name);
    await mkdir(folder);
    await chown(folder, nobody!.uid, nobody!.gid);
    return join(folder, "data");
  }

  test("a user who may not write to the packages runs a copy that has the library links", async () => {
    const dataDir = await folderOf("read-only");
    const holding = new Holding(program, { dataDir, extraSettings }, nobody);
    const { event, url } = await holding.next();
    expect(event).toBe("ready");
    expect(await query(url, "select 1 as n")).toEqual([{ n: 1 }]);
    expect(await holding.tell("close")).toBe(0);
    expect((await readdir(dataDir)).filter((name) => name.startsWith("runtime-"))).toHaveLength(1);
  });

  test("root goes on with a user's database as that user, and the user can after it", async () => {
    const dataDir = await folderOf("shared");
    for (const user of [nobody, undefined]) {
      const holding = new Holding(program, { dataDir, extraSettings }, user);
      const { event, url, message } = await holding.next();
      if (user === undefined) {
        // The user's folder is its own, and it may enter it.
        expect([event, message]).toEqual(["ready", undefined]);
        await query(url, "create table kept as select 45 as n");
      }
      expect(await holding.tell("close")).toBe(0);
    }
    expect((await stat(join(dataDir, "postgres"))).uid).toBe(nobody!.uid);
    const holding = new Holding(program, { dataDir, extraSettings }, nobody);
    const { url, message } = await holding.next();
    expect(message).toBeUndefined();
    expect(await query(url, "select n from kept")).toEqual([{ n: 45 }]);
    expect(await holding.tell("close")).toBe(0);
  });

  test("a user is told that a folder is not writable", async () => {
    const dataDir = join(base, "checkout", "data");
    expect(await new Holding(program, { dataDir }, nobody).next()).toEqual({
      event: "failed",
      message: `the data folder ${dataDir} cannot be used: this user may not write to it; choose another one`,
    });
  });

  test("a user is told that a database belongs to another user", async () => {
    const dataDir = await folderOf("of-another");
    await mkdir(join(dataDir, "postgres"), { recursive: true });
    expect(await new Holding(program, { dataDir }, nobody).next()).toEqual({
      event: "failed",
      message:
        `the database in ${dataDir}/postgres belongs to the user with uid 0, and this process runs with uid ${nobody!.uid}: ` +
        "run it as that user or as root, or choose another data folder",
    });
  });

  test("root is told that a database belongs to root", async () => {
    const dataDir = join(base, "of-root");
    await mkdir(join(dataDir, "postgres"), { recursive: true });
    const { message } = await new Holding(program, { dataDir }).next();
    expect(message.replace(/chown -R (postgres|nobody) /, "chown -R X ")).toBe(
      `the database in ${dataDir}/postgres belongs to root, and PostgreSQL does not run as root: chown -R X it, ` +
        "or choose another data folder",
    );
  });
});
