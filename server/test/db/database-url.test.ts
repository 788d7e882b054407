import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { normalizeDatabaseUrl, redactUrl } from "../../src/db/database-url.ts";
import { CountError } from "../../src/domain/count-error.ts";

describe("normalizeDatabaseUrl", () => {
  test.each(["postgresql", "postgres", "pgx", "pgx4", "pgx5", "cockroach", "cockroachdb", "crdb-postgres", "POSTGRES"])(
    "takes the scheme %s",
    (scheme) => {
      expect(normalizeDatabaseUrl(`${scheme}://u:p%40ss@db:26257/count?sslmode=verify-full`)).toBe(
        "postgresql://u:p%40ss@db:26257/count?sslmode=verify-full",
      );
    },
  );

  test("keeps the options that the original's documentation shows", () => {
    const url = "postgresql://u:p@h:26257/db?sslmode=verify-full&options=--cluster%3Dmine-1";
    expect(normalizeDatabaseUrl(` ${url}\n`)).toBe(url);
  });

  test.each([
    ["", "the database URL is empty; accepted is a URL such as postgresql://user:password@host:5432/database"],
    [
      "host=db password=hunter2",
      "the database URL has no scheme; accepted is a URL such as postgresql://user:password@host:5432/database",
    ],
    [
      "mysql://u:hunter2@db/count",
      "the database URL has the scheme mysql://; accepted are postgresql://, postgres://, pgx://, pgx4://, pgx5://, " +
        "cockroach://, cockroachdb://, crdb-postgres://",
    ],
    [
      "postgres://u:hunter2@db:notaport/count",
      "the database URL postgres://*** cannot be read; accepted is a URL such as " +
        "postgresql://user:password@host:5432/database with one host, and characters such as / # ? @ % in user and " +
        "password percent-encoded",
    ],
    [
      "postgres://u:hunter2%zz@db/count",
      "the database URL postgres://u:***@db/count cannot be read; accepted is a URL such as " +
        "postgresql://user:password@host:5432/database with one host, and characters such as / # ? @ % in user and " +
        "password percent-encoded",
    ],
  ])("refuses %j without the password", (text, message) => {
    expect(() => normalizeDatabaseUrl(text)).toThrow(new CountError("invalid", message));
  });
});

describe("redactUrl", () => {
  test("hides the password wherever it may stand", () => {
    expect(redactUrl("postgresql://u:hunter2@h/db?password=hunter2&sslpassword=hunter2&sslmode=require")).toBe(
      "postgresql://u:***@h/db?password=***&sslpassword=***&sslmode=require",
    );
  });

  test("leaves a URL without a password alone", () => {
    expect(redactUrl("postgresql://u@h:5432/db")).toBe("postgresql://u@h:5432/db");
  });

  test("shows nothing of what is no URL", () => {
    expect(redactUrl("hunter2")).toBe("***");
  });

  test("never shows a password, however it is written", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (noise) => {
        const secret = `Zq7#${noise}`;
        for (const written of [secret, encodeURIComponent(`Zq7${noise}`)]) {
          expect(redactUrl(`postgres://u:${written}@h/db`).includes("Zq7")).toBe(false);
        }
      }),
    );
  });
});
