import { describe, expect, test } from "@jest/globals";
import { settings } from "../../src/config/settings.ts";
import { runCount } from "../support/run-count.ts";

describe("the count command", () => {
  test("says its version", async () => {
    expect(await runCount(["--version"])).toEqual({ code: 0, stdout: "0.1.0\n", stderr: "" });
  });

  test("shows its commands, examples and exit codes", async () => {
    const { code, stdout, stderr } = await runCount(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const word of ["serve", "migrate", "import", "rollup", "totals", "paths", "doctor", "token", "Examples:"])
      expect(stdout).toContain(word);
    expect(stdout.slice(stdout.indexOf("Exit codes:"))).toBe(
      [
        "Exit codes:",
        "    0  done",
        "    1  a fault of count itself",
        "    2  wrong usage: a flag, an argument, a file that is not there",
        "    3  there is nothing to show",
        "    4  the server or its database is away or busy; try again later",
        "    5  the data or the request was refused",
        "    6  something was found to be wrong",
        "   78  the configuration is wrong",
        "  130  interrupted",
        "",
      ].join("\n"),
    );
  });

  test.each(["serve", "migrate", "import", "rollup", "totals", "paths", "doctor", "token"])(
    "explains %s with examples and exit codes",
    async (name) => {
      const { code, stdout, stderr } = await runCount([name, "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^Usage: count ${name} `));
      expect(stdout).toContain(`\nExamples:\n`);
      expect(stdout).toContain("\nExit codes:\n    0  done\n");
    },
  );

  test("documents every setting of the server, with its variable", async () => {
    const { stdout } = await runCount(["serve", "--help"]);
    const words = stdout.replace(/\s+/g, " ");
    for (const { flag, env } of settings) {
      expect(words).toContain(`${flag} `);
      expect(words).toContain(`env: ${env})`);
    }
  });

  test.each([
    [[], ""],
    [["nonsense"], "count: unknown command 'nonsense'\n(add --help to see how it is used)\n"],
    [["totals", "--nonsense"], "count: unknown option '--nonsense'\n(add --help to see how it is used)\n"],
    [["totals", "--day"], "count: option '--day <day>' argument missing\n(add --help to see how it is used)\n"],
    [
      ["totals", "--top", "0"],
      "count: option '--top <n>' argument '0' is invalid. It must be a whole number from 1 to 999999999.\n" +
        "(add --help to see how it is used)\n",
    ],
    [
      ["totals", "--json", "--csv"],
      "count: option '--json' cannot be used with option '--csv'\n(add --help to see how it is used)\n",
    ],
    [
      ["totals", "--server", "http://localhost"],
      "count: option '--server <address>' argument 'http://localhost' is invalid. Leave out http://.\n" +
        "(add --help to see how it is used)\n",
    ],
    [
      ["totals", "--timeout", "0"],
      "count: option '--timeout <seconds>' argument '0' is invalid. It must be a number of seconds above 0, up to 86400.\n" +
        "(add --help to see how it is used)\n",
    ],
    [
      ["rollup", "--cert", "cert.pem"],
      "count rollup: --cert and --key must be given together, and only --cert was\n(count rollup --help says more)\n",
    ],
    [
      ["rollup", "--ca", "/none.pem"],
      "count rollup: --ca /none.pem cannot be read: ENOENT: no such file or directory, open '/none.pem'\n" +
        "(count rollup --help says more)\n",
    ],
  ])("ends with 2 when it is used wrongly: %j", async (args, message) => {
    const { code, stdout, stderr } = await runCount(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(args.length === 0 ? "" : stderr).toBe(message);
  });

  test.each(["serve", "migrate"])(
    "tells all that is wrong with the configuration of %s at once, with 78",
    async (name) => {
      const { code, stdout, stderr } = await runCount([name, "--log-level", "loud"], {
        env: { DB_URL: "mysql://db", COUNT_MIGRATE_WAIT_MS: "soon" },
      });
      expect({ code, stdout }).toEqual({ code: 78, stdout: "" });
      expect(stderr.trimEnd().split("\n").length).toBe(3);
      expect(stderr).toMatch(new RegExp(`^count ${name}: DB_URL `));
      expect(stderr).toContain('--log-level (COUNT_LOG_LEVEL) is "loud": it must be one of trace, debug,');
    },
  );

  test.each([["totals"], ["rollup", "--attempts", "1"], ["import", "--no-progress"]])(
    "names the server that is away and the next step, with 4: %s",
    async (...args) => {
      // Port 1 of the loopback interface is nobody's.
      const { code, stdout, stderr } = await runCount(args, { env: { COUNT_SERVER: "127.0.0.1:1" } });
      expect({ code, stdout, stderr }).toEqual({
        code: 4,
        stdout: "",
        stderr:
          `count ${args[0]}: cannot reach the server at 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n` +
          "Is `count serve` running? Start it with `npm start`, or name another server with --server or COUNT_SERVER.\n",
      });
    },
  );
});
