import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

/** A file of the page, as it is sent. */
export interface StaticFile {
  readonly type: string;
  readonly plain: Buffer;
  /** Undefined where it would not be smaller. */
  readonly gzip: Buffer | undefined;
  readonly tag: string;
  /** Its name changes with its content, so that a browser never has to ask again. */
  readonly immutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml; charset=utf-8",
  txt: "text/plain; charset=utf-8",
};

/** Where the package of the page has what it was bundled to. */
export function pageFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve("@count/page/package.json")), "dist/site");
}

/**
 * The files of a folder by their URL paths, `index.html` as `/`. They are read once: a page is a few hundred kilobytes, and
 * no path that a request names ever reaches the file system.
 *
 * @returns none when the folder is not there: a checkout that has not been built.
 */
export function readStaticFiles(folder: string): ReadonlyMap<string, StaticFile> {
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
  const files = new Map<string, StaticFile>();
  for (const name of names) {
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)];
    if (type === undefined) continue;
    files.set(name === "index.html" ? "/" : `/${name}`, staticFile(name, type, readFileSync(join(folder, name))));
  }
  return files;
}

function staticFile(name: string, type: string, plain: Buffer): StaticFile {
  const packed = gzipSync(plain, { level: 9 });
  const hash = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
  return {
    type,
    plain,
    gzip: packed.length < plain.length ? packed : undefined,
    tag: `"${hash}"`,
    immutable: /-[A-Z0-9]{8}\.\w+$/.test(name),
  };
}
