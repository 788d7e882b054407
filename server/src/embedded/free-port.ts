import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";

/** How many ports are tried before starting is given up. */
const ATTEMPTS = 20;
export const HOST = "127.0.0.1";

/**
 * Ports that are free at this moment, best first: the one asked for and those after it; or, when any will do, the one of
 * last time, so that a connection string that was written down stays right, and then ones that the system chooses.
 */
export async function* freePorts(asked: number, lastTime: number | undefined): AsyncGenerator<number> {
  for (let i = 0; i < ATTEMPTS; i += 1) {
    const wanted = asked > 0 ? asked + i : i === 0 ? (lastTime ?? 0) : 0;
    if (wanted > 65_535) return;
    const port = await tryPort(wanted);
    if (port !== undefined) yield port;
  }
}

/** @param port 0: any. @returns `undefined`: it is in use, or not allowed. */
async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, HOST);
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The port of last time. */
export async function readLastPort(dataDir: string): Promise<number | undefined> {
  const text = await readFile(join(dataDir, "port"), "utf8").catch(() => "");
  return /^[1-9][0-9]{0,4}\n$/.test(text) ? Number(text) : undefined;
}

export async function writeLastPort(dataDir: string, port: number): Promise<void> {
  await writeFile(join(dataDir, "port"), `${port}\n`);
}
