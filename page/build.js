/**
 * Bundles the page into dist/: one script and one style sheet, whose names change with their contents, and index.html that
 * names them. `npm run build` runs it. Sources that were bundled already are left alone: it takes seconds.
 *
 * esbuild as WebAssembly is slower than as a binary, and the same package on every platform: the image is built without
 * optional dependencies, which is what the binaries are.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const here = import.meta.dirname;
const out = join(here, "dist/site");
const stamp = join(out, ".sources");

function hashOfSources() {
  const hash = createHash("sha256");
  const names = readdirSync(join(here, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const name of [...names, join(here, "package.json"), import.meta.filename]) {
    hash.update(`${name.slice(here.length)}\0`).update(readFileSync(name));
  }
  return hash.digest("hex");
}

function stamped() {
  try {
    return readFileSync(stamp, "utf8");
  } catch {
    return "";
  }
}

const sources = hashOfSources();
if (stamped() !== sources) {
  const { build } = await import("esbuild-wasm");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: { page: "src/main.tsx", style: "src/style.css" },
    outdir: "dist/site",
    entryNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022", "chrome109", "firefox115", "safari16"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "linked",
    metafile: true,
    logLevel: "warning",
  });
  const names = Object.keys(metafile.outputs).map((name) => basename(name));
  const named = (ending) => names.find((name) => name.endsWith(ending)) ?? "";
  const html = readFileSync(join(here, "src/index.html"), "utf8")
    .replace("%script%", `/${named(".js")}`)
    .replace("%style%", `/${named(".css")}`);
  writeFileSync(join(out, "index.html"), html);
  writeFileSync(stamp, sources);
}
