import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { digestOf, makeToken } from "../../src/auth/token.ts";
import { ServeChild } from "../serve/serve-process-support.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../support/database.ts";
import { runCount } from "../support/run-count.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SAMPLE = fileURLToPath(new URL("../../../examples/access.log", import.meta.url));
const READER = makeToken();
const ADMIN = makeToken();

let db: TestDatabaseUrl;
let folder: string;
let servers: ServeChild[];
let addresses: string[];
beforeAll(async () => {
  db = await testDatabaseUrl();
  folder = await temporaryFolder("count-paths-");
  const entry = (name: string, token: string, scopes: string) =>
    `  - { name: ${name}, sha256: ${digestOf(token).toString("hex")}, scopes: [${scopes}] }\n`;
  await writeFile(
    join(folder, "auth.yaml"),
    `tokens:\n${entry("reader", READER, "read, record, rollup")}${entry("admin", ADMIN, "admin")}`,
  );
  await writeFile(join(folder, "reader"), READER);
  await writeFile(join(folder, "admin"), ADMIN);
  servers = [0, 1].map(
    () => new ServeChild(["--drain-delay-ms", "0", "--auth-file", join(folder, "auth.yaml")], { DB_URL: db.url }),
  );
  addresses = await Promise.all(servers.map(async (server) => `127.0.0.1:${(await server.ready()).grpc.port}`));
}, 120_000);
afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await db.close();
  await rm(folder, { recursive: true, force: true });
});

/** `count` as one of the two who have a token, at one of the two servers. */
function count(who: "reader" | "admin", server: 0 | 1, ...args: readonly string[]) {
  return runCount([...args, "--server", addresses[server]!, "--token-file", join(folder, who)]);
}

async function rulesFile(content: string): Promise<string> {
  const file = join(folder, "rules.yaml");
  await writeFile(file, content);
  return file;
}

interface Total {
  readonly method: string;
  readonly path: string;
  readonly count: number;
}

/** What the second server reads of GET: `/products/17: 8`. */
async function totals(): Promise<string[]> {
  const { stdout } = await count("reader", 1, "totals", "--period", "2026-03", "--pending", "--json");
  return (JSON.parse(stdout) as Total[])
    .filter(({ method, path }) => method === "GET" && path.startsWith("/p"))
    .map(({ path, count: requests }) => `${path}: ${requests}`)
    .sort();
}

const OWN = ["/products/17: 8", "/products/23: 7", "/products: 13"];

describe("count paths", () => {
  test("shows, tries, sets and removes rules, which every server follows", async () => {
    expect(await count("reader", 0, "import", "--no-progress", SAMPLE)).toMatchObject({ code: 0 });
    expect(await count("reader", 1, "paths")).toEqual({ code: 0, stdout: "There are no rules.\n", stderr: "" });
    expect(await totals()).toEqual(OWN);

    const file = await rulesFile('rules:\n  - { glob: "/products/*", to: "/products/:id", method: GET }\n');
    const table = [
      "COUNT  METHOD  SERVICE  COUNTED AS    READ AS       FROM NOW ON",
      "    8  GET              /products/17  /products/17  /products/:id",
      "    7  GET              /products/23  /products/23  /products/:id",
      "",
    ].join("\n");
    expect(await count("admin", 0, "paths", "set", file, "--dry-run")).toEqual({
      code: 0,
      stdout: `${table}2 paths with 15 requests would be read under another path than before.\nNothing was changed: this was a dry run.\n`,
      stderr: "",
    });
    expect(await totals()).toEqual(OWN);
    expect(await count("admin", 0, "paths", "set", file)).toEqual({
      code: 0,
      stdout: `${table}2 paths with 15 requests are read under another path than before.\nIn force: 1 rule.\n`,
      stderr: "",
    });
    expect(await totals()).toEqual(["/products/:id: 15", "/products: 13"]);

    expect(await count("reader", 1, "paths")).toEqual({
      code: 0,
      stdout: "RULE  METHOD  SERVICE  KIND  PATH         TO\n   0  GET     (all)    glob  /products/*  /products/:id\n",
      stderr: "",
    });
    const listed = await count("reader", 1, "paths", "list", "--json");
    expect(JSON.parse(listed.stdout)).toEqual({
      rules: [{ method: "GET", glob: "/products/*", to: "/products/:id" }],
    });
    const again = await count("admin", 1, "paths", "set", await rulesFile(listed.stdout), "--json");
    expect(JSON.parse(again.stdout)).toEqual({ dry_run: false, rules: 1, changes: [], paths: 0, requests: 0 });

    const none = await count("admin", 1, "paths", "set", await rulesFile("rules: []"), "--json");
    expect(JSON.parse(none.stdout)).toEqual({
      dry_run: false,
      rules: 0,
      changes: ["17", "23"].map((id) => ({
        service: "",
        method: "GET",
        counted: `/products/${id}`,
        from: "/products/:id",
        to: `/products/${id}`,
        count: id === "17" ? 8 : 7,
      })),
      paths: 2,
      requests: 15,
    });
    expect(await totals()).toEqual(OWN);
  }, 120_000);

  test("says which rule of which line is wrong, before it asks a server", async () => {
    const file = await rulesFile("rules:\n  - { exact: /a, to: /b }\n  - { glob: /a, too: /b }\n");
    expect(await runCount(["paths", "set", file, "--server", "127.0.0.1:1"])).toEqual({
      code: 5,
      stdout: "",
      stderr: `count paths: ${file}, line 3: rules[1].to is missing; accepted is the path under which requests are counted\n`,
    });
  });

  test("says what a server does not accept", async () => {
    const file = await rulesFile('rules:\n  - { exact: /a, to: "/b?c" }\n');
    expect(await count("admin", 0, "paths", "set", file)).toEqual({
      code: 5,
      stdout: "",
      stderr: 'count paths: rules[0].to "/b?c" has a ? or #; accepted is a path without\n',
    });
  });

  test("needs the scope admin to set rules, also to try them", async () => {
    const file = await rulesFile("rules: []");
    for (const flags of [[], ["--dry-run"]]) {
      const { code, stderr } = await count("reader", 0, "paths", "set", file, ...flags);
      expect([code, stderr]).toEqual([5, expect.stringContaining("it needs the scope admin")]);
    }
  });
});
