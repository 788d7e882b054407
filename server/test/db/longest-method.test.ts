import { randomBytes } from "node:crypto";
import { expect, test } from "@jest/globals";
import { serveConfig } from "../../src/config/config.ts";
import { insertMethods } from "../../src/db/sql/methods.ts";
import { HIGHEST_MAX_PATH_BYTES } from "../../src/domain/limits.ts";
import { testDatabase } from "../support/database.ts";

/** Digits of chance: PostgreSQL compresses what repeats, and then has room for more. */
const text = (bytes: number) => randomBytes(bytes).toString("base64").slice(0, bytes);

test("the longest path and the longest service that can be configured fit into the database's index together", async () => {
  expect(serveConfig({ maxPathBytes: String(HIGHEST_MAX_PATH_BYTES) }, {}).limits.maxPathBytes).toBe(1_300);
  expect(() => serveConfig({ maxPathBytes: "1301" }, {})).toThrow(
    '--max-path-bytes (COUNT_MAX_PATH_BYTES) is "1301": it must be a whole number of bytes from 1 to 1300',
  );
  const own = await testDatabase();
  try {
    const [service, path] = [text(HIGHEST_MAX_PATH_BYTES), text(HIGHEST_MAX_PATH_BYTES)];
    // By the rules of version 0: there are none.
    await own.database.run(insertMethods, [[service], [3], [path], 0n]);
    expect(await own.query("select service, path from count.methods")).toEqual([{ service, path }]);
  } finally {
    await own.close();
  }
});
