import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { defaultDataDir } from "../../src/embedded/data-folder.ts";

const isRoot = process.geteuid?.() === 0;

test("Data is kept where the system keeps data for root, and where the user keeps data for a user", () => {
  const own = join(homedir(), ".local", "share", "count");
  expect(defaultDataDir({})).toBe(isRoot ? "/var/lib/count" : own);
  expect(defaultDataDir({ XDG_DATA_HOME: "/data" })).toBe(isRoot ? "/var/lib/count" : "/data/count");
  expect(defaultDataDir({ XDG_DATA_HOME: "relative" })).toBe(isRoot ? "/var/lib/count" : own);
});
