import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Releases } from "../run/releases.ts";
import type { ProxyProcess } from "./agent-process.ts";

const BINARIES = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"];
const START_LIMIT_MS = 10_000;

/** As an operator who knows it sets it up: one worker, as the agent is one thread, and kept connections to the application. */
function configuration(folder: string, port: number, appPort: number): string {
  const user = process.geteuid?.() === 0 ? "user root;" : "";
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  return `${user}
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.join("\n  ")}
  keepalive_requests 100000000;
  upstream app { server 127.0.0.1:${appPort}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto http;
    }
  }
}
`;
}

/** nginx in front of the application. @throws Error that says how to get it when it is not there */
export async function startNginx(appPort: number, releases: Releases): Promise<ProxyProcess> {
  const binary = BINARIES.find(existsSync);
  if (binary === undefined) throw new Error("nginx is not installed (apt-get install nginx)");
  const folder = await mkdtemp(join(tmpdir(), "count-bench-nginx-"));
  releases.add(() => rm(folder, { recursive: true, force: true }));
  const port = await freePort();
  await writeFile(join(folder, "nginx.conf"), configuration(folder, port, appPort));
  const child = spawn(binary, ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")], {
    stdio: ["ignore", "ignore", "inherit"],
    detached: true,
  });
  const exited = once(child, "exit");
  releases.add(async () => {
    child.kill("SIGQUIT");
    await exited;
  });
  const endMs = performance.now() + START_LIMIT_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
    if (performance.now() > endMs) throw new Error(`nginx does not listen after ${START_LIMIT_MS} ms`);
    await delay(20);
  }
  return { port, pid: child.pid };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
