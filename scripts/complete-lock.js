/**
 * Adds to package-lock.json the binaries of other platforms that npm left out: a registry mirror that holds only those of its own
 * platforms makes npm write a lock that its own `npm ci` then refuses, everywhere. Run it after each `npm install`.
 *
 * The entries have no integrity, which is only known where the package is; every platform that installs them takes the
 * version that their package names exactly.
 */
import { readFileSync, writeFileSync } from "node:fs";

const LOCK = new URL("../package-lock.json", import.meta.url);
const NAME =
  /-(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|armv7|ia32|loong64|ppc64|riscv64|s390x|x64)(?:-([a-z]+))?$/;
const EXACT = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/** What npm checks before it fetches a package, told by the package's name. */
function platform(name) {
  const [, os, cpu, abi = ""] = NAME.exec(name) ?? [];
  if (os === undefined) throw new Error(`${name} is missing in the lock, and its name tells no platform`);
  const libc = abi.startsWith("musl") ? { libc: ["musl"] } : abi.startsWith("gnu") ? { libc: ["glibc"] } : {};
  return { cpu: [cpu === "armv7" ? "arm" : cpu], ...libc, optional: true, os: [os] };
}

/** Where Node.js would find a package from another one's place. */
function isThere(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === "") return false;
  }
}

const lock = JSON.parse(readFileSync(LOCK, "utf8"));
const { packages } = lock;
const added = [];
for (const [from, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (isThere(packages, from, name)) continue;
    if (!EXACT.test(version))
      throw new Error(`${name}@${version} is missing in the lock, and that is no exact version`);
    packages[`node_modules/${name}`] = { version, ...(dev === true ? { dev } : {}), ...platform(name) };
    added.push(name);
  }
}
const byName = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, "en"));
if (added.length > 0) {
  writeFileSync(LOCK, `${JSON.stringify({ ...lock, packages: Object.fromEntries(byName) }, undefined, 2)}\n`);
}
process.stdout.write(`${added.length} packages added to package-lock.json\n`);
