import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The package as it is built: a child process runs it as a host does. `npx tsc -b client` makes it. */
const DIST = fileURLToPath(new URL("../../dist/index.js", import.meta.url));

/** Runs a script in a process of its own. `createCounter` is imported; `argument` is there as `argument`. */
export function runChild(script: string, argument: unknown): ChildProcess & { readonly lines: string[] } {
  const source = `
    import { createCounter } from ${JSON.stringify(DIST)};
    import { writeSync } from "node:fs";
    const argument = ${JSON.stringify(argument)};
    const say = (line) => writeSync(1, line + "\\n");
    ${script}
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  const lines: string[] = [];
  let rest = "";
  const read = (chunk: Buffer): void => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  };
  child.stdout.on("data", read);
  child.stderr.on("data", (chunk: Buffer) => lines.push(`stderr: ${chunk.toString()}`));
  return Object.assign(child, { lines });
}

/** How a child ended: its exit code, or the signal that killed it. */
export async function ended(child: ChildProcess): Promise<number | string> {
  if (child.exitCode !== null) return child.exitCode;
  if (child.signalCode !== null) return child.signalCode;
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return code ?? signal ?? "";
}
