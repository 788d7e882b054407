// Module hooks for a child process that runs the sources of this repository, as jest does.
import { readFile } from "node:fs/promises";
import { transform } from "@swc/core";

export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  const { code } = await transform(await readFile(new URL(url), "utf8"), {
    swcrc: false,
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "nodenext" },
    isModule: true,
  });
  return { format: "module", source: code, shortCircuit: true };
}
