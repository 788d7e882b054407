import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../src/embedded/embedded-postgres.ts";
import { jestServer } from "./jest-server.ts";
import { JEST_FOLDER, removeLeftovers } from "./leftovers.ts";
import { temporaryBase } from "./temporary-folder.ts";

/**
 * One embedded PostgreSQL for the whole run, unless TEST_DATABASE_URL names another server. Tests find it in
 * COUNT_TEST_EMBEDDED_URL: the workers inherit the environment.
 */
export default async function globalSetup(): Promise<void> {
  if (process.env["TEST_DATABASE_URL"]) return;
  const base = await temporaryBase();
  await removeLeftovers(base);
  const dataDir = join(base, `${JEST_FOLDER}${randomUUID()}`);
  const server = await startEmbeddedPostgres({
    dataDir,
    log: () => undefined,
    // This data is thrown away, so losing it to a power cut is no loss.
    extraSettings: { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" },
  });
  jestServer.countJestServer = server;
  process.env["COUNT_TEST_EMBEDDED_URL"] = server.url;
}
