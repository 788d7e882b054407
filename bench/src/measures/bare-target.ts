import { Forked } from "../process/forked.ts";
import type { Releases } from "../run/releases.ts";
import type { Target } from "./target.ts";

/** grpc-js alone: what it "stored" is what it received. */
export async function startBare(releases: Releases): Promise<Target> {
  const server = new Forked("bare", "bare/bare-main.js", releases);
  return {
    name: "bare",
    address: await server.call<string>("address"),
    pid: server.pid,
    stored: () => server.call<number>("received"),
    clear: () => Promise.resolve(),
  };
}
