import { describe, expect, test } from "@jest/globals";
import { makeToken } from "../../src/auth/token.ts";
import { createLogger, hideSecrets, type LoggerOptions } from "../../src/observability/logger.ts";

function logged(
  options: Partial<LoggerOptions>,
  isTTY: boolean,
  log: (logger: ReturnType<typeof createLogger>) => void,
): string {
  let text = "";
  const stream = { isTTY, write: (line: string) => (text += line) };
  log(createLogger({ level: "info", format: "auto", stream, ...options }));
  return text;
}

describe("the log", () => {
  test("is one JSON object a line where there is no terminal", () => {
    const before = Date.now();
    const text = logged({}, false, (logger) => {
      logger.debug({}, "not shown");
      logger.info({ grpc: "127.0.0.1:7777" }, "ready");
      logger.warn({ err: new Error("lost") }, "retrying");
    });
    const [first, second, ...rest] = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rest).toEqual([]);
    expect(first).toEqual({ level: "info", time: expect.any(String), grpc: "127.0.0.1:7777", msg: "ready" });
    expect(Date.parse(String(first?.["time"]))).toBeGreaterThanOrEqual(before);
    expect(second).toMatchObject({ level: "warn", err: { type: "Error", message: "lost" }, msg: "retrying" });
  });

  test("is pretty on a terminal, and where it is asked for", () => {
    const say = (logger: ReturnType<typeof createLogger>) => logger.info({ port: 1 }, "ready");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of a terminal
    expect(logged({}, true, say)).toMatch(/^\[\d\d:\d\d:\d\d\.\d\d\d\] \u001b\[32mINFO\u001b\[39m: .*ready/);
    expect(logged({ format: "pretty" }, false, say)).toMatch(/^\[\d\d:\d\d:\d\d\.\d\d\d\] INFO: ready \{"port":1\}\n$/);
    expect(logged({ format: "json" }, true, say)).toMatch(/^\{"level":"info"/);
  });

  test.each(["json", "pretty"] as const)("holds no secret as %s", (format) => {
    const url = "postgresql://count:hunter2@db:5432/count?password=hunter2&x=1";
    const text = logged({ format }, false, (logger) => {
      logger.info(
        { password: "hunter2", database: { password: "hunter2", url }, a: { b: { token: "hunter2" } } },
        `at ${url}`,
      );
      logger.error({ err: Object.assign(new Error(`cannot reach ${url}`), { connectionString: "hunter2" }) }, "failed");
      logger.error({ reason: "host=db password=hunter2 user=x" }, "failed");
    });
    expect(text).not.toContain("hunter2");
    expect(text).toContain("postgresql://count:***@db:5432/count?password=***&x=1");
  });

  test("leaves what only looks like a secret", () => {
    expect(hideSecrets("http://127.0.0.1:7780/metrics and a@b at 12:30")).toBe(
      "http://127.0.0.1:7780/metrics and a@b at 12:30",
    );
  });
});

describe("hideSecrets", () => {
  test("hides tokens, and whatever follows Bearer, and leaves names of metrics", () => {
    const token = makeToken();
    expect(hideSecrets(`refused ${token}, "authorization: Bearer abcdefghijklmnopqrstuvwxyz012345"`)).toBe(
      'refused count_***, "authorization: Bearer ***"',
    );
    const names =
      "count_tls_certificate_expiry_timestamp_seconds count_flush_last_success_timestamp_seconds Bearer of news";
    expect(hideSecrets(names)).toBe(names);
  });
});
