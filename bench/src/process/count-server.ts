import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Releases } from "../run/releases.ts";
import { profileFlags } from "./profile-flags.ts";

export interface RunningServer {
  /** host:port of its gRPC. */
  readonly address: string;
  readonly pid: number | undefined;
}

const LAST_LINES = 20;

/** `count serve`, as a user starts it, on ports that the system chooses. @throws Error with the end of its log */
export async function startCountServer(
  dbUrl: string,
  releases: Releases,
  profile: string | undefined,
): Promise<RunningServer> {
  const bin = fileURLToPath(new URL("../../../server/bin/count.js", import.meta.url));
  const ports = ["--grpc-address", "127.0.0.1:0", "--http-address", "127.0.0.1:0", "--web-address", "off"];
  const child = spawn(
    process.execPath,
    [...profileFlags(profile), bin, "serve", "--migrate", "--log-format", "json", ...ports],
    {
      env: { ...process.env, DB_URL: dbUrl },
      stdio: ["ignore", "pipe", "inherit"],
      // Ctrl-C must not reach it: the bench stops it once nobody uses it.
      detached: true,
    },
  );
  const exited = once(child, "exit");
  releases.add(async () => {
    // SIGINT drains without the delay that SIGTERM has for load balancers.
    child.kill("SIGINT");
    await exited;
  });
  const lines: string[] = [];
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      if (lines.length > LAST_LINES) lines.shift();
      const { msg, grpc } = JSON.parse(line) as { msg?: string; grpc?: string };
      if (msg === "Count is ready" && grpc !== undefined) resolve(grpc);
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`count serve ended with ${code ?? "a signal"}:\n${lines.join("\n")}`)),
    );
  });
  return { address, pid: child.pid };
}
