import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { VERSION } from "../src/version.ts";

test("the bundle has the version of the repository and of the command", () => {
  for (const path of ["../../package.json", "../package.json", "../../server/package.json"]) {
    const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as { version: string };
    expect([path, version]).toEqual([path, VERSION]);
  }
});
