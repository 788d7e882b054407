import { rm } from "node:fs/promises";
import { jestServer } from "./jest-server.ts";

/** Stops and deletes what the global setup started. */
export default async function globalTeardown(): Promise<void> {
  const server = jestServer.countJestServer;
  if (!server) return;
  jestServer.countJestServer = undefined;
  await server.close();
  await rm(server.dataDir, { recursive: true, force: true });
}
