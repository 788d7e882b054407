import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { parseIdentities } from "../../src/auth/parse-identities.ts";
import { runCount } from "../support/run-count.ts";

const hash = (token: string) => createHash("sha256").update(token).digest("hex");

describe("count token", () => {
  test("prints a new token, and the entry by which a server knows it", async () => {
    const args = ["token", "--name", "shop", "--scope", "record", "read", "--service", "shop"];
    const { code, stdout, stderr } = await runCount(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [, token = "", file = ""] =
      /^The token, shown only this once:\n\n {2}(count_[\w-]{43})\n\nIts entry in the file of --auth-file, under tokens:\n\n(tokens:\n.*\n)$/s.exec(
        stdout,
      ) ?? [];
    expect(file).not.toContain(token);
    const [entry] = parseIdentities(file, "auth.yaml").entries;
    expect(entry).toEqual({
      sha256: hash(token),
      identity: { name: "shop", scopes: new Set(["record", "read"]), services: new Set(["shop"]) },
    });
    expect((await runCount(args)).stdout).not.toContain(token);
  });

  test("prints JSON for programs", async () => {
    const { code, stdout } = await runCount(["token", "--name", "ops", "--scope", "admin", "--json"]);
    expect(code).toBe(0);
    const { token, entry } = JSON.parse(stdout) as { token: string; entry: object };
    expect(entry).toEqual({ name: "ops", sha256: hash(token), scopes: ["admin"] });
  });

  test("takes a token that exists from standard input, and does not print it", async () => {
    const token = "correct-horse-battery-staple";
    expect(await runCount(["token", "--name", "a", "--scope", "read", "--hash"], { stdin: `${token}\n` })).toEqual({
      code: 0,
      stdout: `tokens:\n  - {"name":"a","sha256":"${hash(token)}","scopes":["read"]}\n`,
      stderr: "",
    });
    for (const stdin of ["", "short", "two words of a secret\n", "x".repeat(5_000)]) {
      const { code, stderr } = await runCount(["token", "--name", "a", "--scope", "read", "--hash"], { stdin });
      expect(code).toBe(2);
      expect(stderr).toBe(
        "count token: standard input holds no token: accepted are 20 to 4096 characters of printable ASCII without spaces\n(count token --help says more)\n",
      );
    }
  });

  test.each([
    [["--scope", "read"], "count: required option '--name <name>' not specified\n"],
    [["--name", "a"], "count: required option '--scope <scope...>' not specified\n"],
    [
      ["--name", "a", "--scope", "write"],
      "count: option '--scope <scope...>' argument 'write' is invalid. Allowed choices are record, read, rollup, admin.\n",
    ],
    [
      ["--name", "a b", "--scope", "read"],
      'count token: --name "a b" is not 1 to 64 letters, digits and . _ - @ / :\n',
    ],
    [
      ["--name", "a", "--scope", "admin", "--service", "shop"],
      "count token: --scope admin is for all services, and --service was given\n",
    ],
  ])("says what is wrong with %j", async (args, message) => {
    const { code, stdout, stderr } = await runCount(["token", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.startsWith(message)).toBe(true);
  });
});
