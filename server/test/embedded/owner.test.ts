import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { CountError } from "../../src/domain/count-error.ts";
import { claimDataDir, livingOwner } from "../../src/embedded/owner.ts";
import { isRunning, processStart } from "../../src/embedded/process-start.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "count-owner-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("A claim holds until it is released, and can be had again then", async () => {
  const claim = await claimDataDir(folder);
  expect(await livingOwner(folder)).toBe(process.pid);
  await claim.release();
  await claim.release();
  expect(await livingOwner(folder)).toBeUndefined();
  await (await claimDataDir(folder)).release();
  expect(await readdir(folder)).toEqual([]);
});

test("A claim of a living process is respected, one of a process that ended is removed", async () => {
  const child = spawn("sleep", ["600"]);
  const name = `owner.${child.pid!}.${(await processStart(child.pid!)) ?? "none"}`;
  await writeFile(join(folder, name), "");
  const message =
    `the data folder ${folder} is in use by another count process, pid ${child.pid!}: ` +
    "stop that process, or choose another data folder";
  await expect(claimDataDir(folder)).rejects.toEqual(new CountError("precondition", message));
  expect(await readdir(folder)).toEqual([name]);
  child.kill("SIGKILL");
  await once(child, "exit");
  const claim = await claimDataDir(folder);
  expect((await readdir(folder)).includes(name)).toBe(false);
  await claim.release();
});

test("A claim of an ended process does not count because another process got its number", async () => {
  await writeFile(join(folder, `owner.${process.ppid}.another-start`), "");
  await (await claimDataDir(folder)).release();
  expect(await readdir(folder)).toEqual([]);
});

test("A process has one start, also seen by others, and none after its end", async () => {
  const mine = await processStart(process.pid);
  expect(mine).toMatch(/^[0-9A-Za-z-]+$/);
  expect(await isRunning(process.pid, mine!)).toBe(true);
  expect(await isRunning(process.pid, `${mine!}0`)).toBe(false);
  const child = spawn("true");
  await once(child, "exit");
  expect(await processStart(child.pid!)).toBeUndefined();
});
