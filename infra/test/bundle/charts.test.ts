import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { charts } from "../../src/bundle/charts.ts";
import { bundleFiles, bundleManifests } from "../../src/bundle/files.ts";
import { PROFILES } from "../../src/bundle/profiles.ts";
import { checkConfig, readConfig } from "../../src/config/read-config.ts";
import { containersOf, podsOf } from "../support/pods.ts";
import { VARIANTS } from "../support/variants.ts";

const COMMITTED = fileURLToPath(new URL("../../../charts", import.meta.url));

function committed(): Record<string, string> {
  const files = readdirSync(COMMITTED, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ name, parentPath }) => {
      const path = join(parentPath, name);
      return [relative(COMMITTED, path), readFileSync(path, "utf8")];
    }),
  );
}

describe("charts/", () => {
  test("is what `npm run synth` writes, and nothing else", () => {
    const written = [...charts()].flatMap(([folder, files]) =>
      [...files].map(([name, text]) => [join(folder, name), text]),
    );
    expect(committed()).toEqual(Object.fromEntries(written));
  });

  test("is the same at a second synthesis", () => {
    const [first, second] = [charts(), charts()];
    expect([...second].map(([folder, files]) => [folder, [...files]])).toEqual(
      [...first].map(([folder, files]) => [folder, [...files]]),
    );
  });

  test.each(PROFILES)("has the configuration of $name beside it, from which the folder comes", ({ name }) => {
    const config = readConfig(readFileSync(join(COMMITTED, name, "config.yaml"), "utf8"), "config.yaml");
    for (const [file, text] of bundleFiles(config))
      expect(readFileSync(join(COMMITTED, name, file), "utf8")).toBe(text);
  });

  test.each(VARIANTS)("have no secret in a manifest of %s", (_name, config) => {
    const objects = [...bundleManifests(checkConfig(config)).values()].flat();
    expect(objects.filter(({ kind }) => kind === "Secret")).toEqual([]);
    for (const { template } of podsOf(objects)) {
      for (const { name, value } of containersOf(template.spec).flatMap(({ env = [] }) => env)) {
        if (/PASS|TOKEN$|SECRET$|LICENCE$/.test(name)) expect([name, value]).toEqual([name, undefined]);
        if (name === "DB_URL") expect(new URL(value ?? "").password).toBe("");
      }
    }
  });
});
