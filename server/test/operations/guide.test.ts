import { access, readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import type { Command } from "commander";
import { createProgram } from "../../src/cli/program.ts";
import { FINDINGS } from "../../src/doctor/finding.ts";
import { serverDialect, testDatabaseUrl } from "../support/database.ts";

const repository = new URL("../../../", import.meta.url);
const read = (path: string) => readFile(new URL(path, repository), "utf8");
const guide = await read("docs/operations.md");
const withoutCode = guide.replace(/^ *```[\s\S]*?^ *```/gm, "");

function unique(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort();
}

function program(): Command {
  const silent = { write: () => true };
  const io = { stdin: process.stdin, stdout: silent, stderr: process.stderr, env: {}, now: Date.now };
  return createProgram(io, () => undefined);
}

/** `count doctor --server HOST:7777` of code blocks and of `code` in the text. */
function commandsOfCount(): string[] {
  const inline = [...guide.matchAll(/`(count(?: [^`]+)?)`/g)].map(([, text]) => text ?? "");
  const prompts = [...guide.matchAll(/^ *\$ (count .*)$/gm)].map(([, text]) => text ?? "");
  const inPods = [...guide.matchAll(/-- (count [^`\n]+)/g)].map(([, text]) => text ?? "");
  return unique([...inline, ...prompts, ...inPods]).filter((text) => text !== "count");
}

describe("the operations guide", () => {
  test("names only metrics that exist", async () => {
    const names = [...(await read("docs/metrics.md")).matchAll(/^\| `(count_\w+)/gm)].map(([, name]) => name ?? "");
    const told = unique(guide.match(/\bcount_(?!original\b|runtime\b|restored\b)[a-z_]+[a-z]\b/g) ?? []);
    expect(told.length).toBeGreaterThan(10);
    // `count_(ready|…` of a grep is no name.
    expect(told.filter((name) => !names.includes(name))).toEqual([]);
  });

  test("names only alerts that exist, and all of them", async () => {
    const files = ["server-alerts.ts", "sender-alerts.ts"].map((file) => read(`infra/src/monitoring/${file}`));
    const rules = (await Promise.all(files)).join("");
    const alerts = unique([...rules.matchAll(/^ +name: "(Count[A-Z]\w+)",$/gm)].map(([, name]) => name ?? ""));
    expect(alerts.length).toBeGreaterThan(20);
    // `CountService` is the protocol's.
    expect(unique(guide.match(/\bCount(?!Service\b)[A-Z]\w+/g) ?? [])).toEqual(alerts);
  });

  test("shows only commands and flags that exist", () => {
    const commands = commandsOfCount();
    expect(commands.length).toBeGreaterThan(5);
    for (const line of commands) {
      const [, name, ...rest] = line.split(/\s+/);
      const command = program().commands.find((one) => one.name() === name);
      expect([line, command?.name()]).toEqual([line, name]);
      const sub = command?.commands.find((one) => one.name() === rest[0]);
      const flags = rest.filter((word) => word.startsWith("--"));
      const known = (sub ?? command)?.options.map(({ long }) => long);
      expect([line, flags.filter((flag) => !known?.includes(flag))]).toEqual([line, []]);
    }
    const known = program().commands.flatMap(({ options }) => options.map(({ long }) => long));
    const alone = unique([...withoutCode.matchAll(/`(--[a-z][a-z-]+)`/g)].map(([, flag]) => flag ?? ""));
    expect(alone.filter((flag) => !known.includes(flag))).toEqual([]);
  });

  test("explains every finding of the doctor, in its order", () => {
    const rows = [...guide.matchAll(/^\| `([a-z]+\.[a-z]+)` \|/gm)].map(([, id]) => id);
    expect(rows).toEqual([...FINDINGS]);
  });

  test("names only objects of the bundle that exist", async () => {
    const folder = new URL("charts/postgres/", repository);
    const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
    const yaml = (await Promise.all(files.map((file) => readFile(new URL(file, folder), "utf8")))).join("---\n");
    const told = unique(guide.match(/\b(?:deployment|cronjob)\/[a-z-]+/g) ?? []);
    expect(told).toEqual(["cronjob/count-rollup", "deployment/count"]);
    for (const object of told) {
      const [kind, name] = object.split("/");
      expect(
        yaml
          .split(/^---$/m)
          .some((one) => new RegExp(`^kind: ${kind}$`, "im").test(one) && one.includes(`\n  name: ${name}\n`)),
      ).toBe(true);
    }
  });

  test("links only to sections and files that exist", async () => {
    const headings = [...guide.matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) =>
      text
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, "")
        .replaceAll(" ", "-"),
    );
    const links = unique([...guide.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor ?? ""));
    expect(links.filter((anchor) => !headings.includes(anchor))).toEqual([]);
    for (const [, path = ""] of guide.matchAll(/`((?:server|docs)\/[\w/.-]+)`/g)) {
      await access(new URL(path, repository));
    }
    for (const [, section = ""] of (await read("server/src/doctor/database-next.ts")).matchAll(
      /see \\?"([^"\\]+)\\?" in/g,
    )) {
      expect(guide).toContain(`## ${section}\n`);
    }
  });

  test("shows only SQL that runs", async () => {
    // Its statements ask PostgreSQL's catalog.
    if ((await serverDialect()) === "cockroachdb") return;
    const blocks = [...guide.matchAll(/^ *```sql\n([\s\S]*?)^ *```/gm)].map(([, text]) => text ?? "");
    const inline = [...guide.matchAll(/`(select [^`]+);`/g)].map(([, text]) => text ?? "");
    expect(blocks.length + inline.length).toBeGreaterThan(1);
    const db = await testDatabaseUrl();
    try {
      for (const text of [...blocks, ...inline]) {
        if (/^ *drop schema/.test(text)) continue;
        await db.query(text);
      }
    } finally {
      await db.close();
    }
  });
});
