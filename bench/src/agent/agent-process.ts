import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { profileFlags } from "../process/profile-flags.ts";
import type { Releases } from "../run/releases.ts";

/** A reverse proxy that is a process of its own. */
export interface ProxyProcess {
  readonly port: number;
  readonly pid: number | undefined;
}

/** `count agent` in front of an application, with its queue on disk. @throws Error with the end of its log */
export async function startAgent(
  appPort: number,
  server: string,
  releases: Releases,
  profile: string | undefined,
): Promise<ProxyProcess> {
  const bin = fileURLToPath(new URL("../../../server/bin/count.js", import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), "count-bench-agent-"));
  releases.add(() => rm(folder, { recursive: true, force: true }));
  const child = spawn(
    process.execPath,
    [
      ...[...profileFlags(profile), bin, "agent", "--log-format", "json", "--server", server, "--queue-dir", folder],
      ...["--listen", "127.0.0.1:0", "--http-address", "127.0.0.1:0"],
      ...["--proxy-listen", "127.0.0.1:0", "--upstream", `http://127.0.0.1:${appPort}`],
    ],
    { stdio: ["ignore", "pipe", "inherit"], detached: true },
  );
  const exited = once(child, "exit");
  releases.add(async () => {
    child.kill("SIGINT");
    await exited;
  });
  const lines: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      const { msg, proxy } = JSON.parse(line) as { msg?: string; proxy?: string };
      if (msg === "Count agent is ready" && proxy !== undefined) resolve(Number(proxy.split(":").at(-1)));
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new Error(`count agent ended with ${code ?? "a signal"}:\n${lines.slice(-20).join("\n")}`));
    });
  });
  return { port, pid: child.pid };
}
