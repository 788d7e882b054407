import { spawn } from "node:child_process";
import { once } from "node:events";
import { Client, credentials } from "@grpc/grpc-js";
import type { Releases } from "../run/releases.ts";
import type { RunningServer } from "./count-server.ts";

/** The port of every `count.v1` server that is not told otherwise. */
const ADDRESS = "127.0.0.1:7777";
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;

/** The server that BENCH_PEER names. @throws Error when it ends, or does not listen within 30 s */
export async function startPeer(binary: string, dbUrl: string, releases: Releases): Promise<RunningServer> {
  const args = (process.env["BENCH_PEER_ARGS"] ?? "").split(/\s+/).filter((arg) => arg !== "");
  const child = spawn(binary, args, {
    env: { MIGRATION_DRIVER: "pgx", ...process.env, DB_URL: dbUrl },
    stdio: ["ignore", "ignore", "inherit"],
    detached: true,
  });
  const exited = once(child, "exit").catch(() => undefined);
  releases.add(async () => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
    await exited;
    clearTimeout(late);
  });
  const ended = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`BENCH_PEER ${binary} ended (${signal ?? `exit code ${code ?? "unknown"}`})`)),
    );
  });
  await Promise.race([ended, listening()]);
  ended.catch(() => undefined);
  return { address: ADDRESS, pid: child.pid };
}

function listening(): Promise<void> {
  const client = new Client(ADDRESS, credentials.createInsecure());
  return new Promise<void>((resolve, reject) => {
    client.waitForReady(Date.now() + START_LIMIT_MS, (error) => {
      client.close();
      if (error === undefined) resolve();
      else reject(new Error(`BENCH_PEER does not listen on ${ADDRESS} after ${START_LIMIT_MS} ms`, { cause: error }));
    });
  });
}
