import { resolve } from "node:path";
import { CountError } from "../domain/count-error.ts";
import { type Binaries, findBinaryPackage, prepareBinaries } from "./binaries.ts";
import { checkReachable, hasDatabase, makeDataDir, pgDataOf, unusable } from "./data-folder.ts";
import { freePorts, HOST, readLastPort, writeLastPort } from "./free-port.ts";
import { initdb } from "./initdb.ts";
import { stopOrphans } from "./orphan.ts";
import { ensureOwnDatabase } from "./own-database.ts";
import { claimDataDir } from "./owner.ts";
import { ROLE, readPassword, resetPassword, writePassword } from "./password.ts";
import { type Exit, type Postmaster, type PostmasterOptions, startPostmaster } from "./postmaster.ts";
import { chooseRunAs, type RunAs } from "./run-as.ts";
import { waitUntil } from "./wait-until.ts";

/** How long a start is tried again while processes of a killed server still hold its shared memory, in milliseconds. */
const SHARED_MEMORY_LIMIT_MS = 10_000;

export interface EmbeddedPostgresOptions {
  /** Where everything is kept. Made if it does not exist. See `defaultDataDir`. */
  readonly dataDir: string;
  /** On 127.0.0.1; if it is in use, the next free one. Default 0: the one of last time if it is free, else any. */
  readonly port?: number;
  /** Gets each line of PostgreSQL's log. */
  readonly log: (line: string) => void;
  /** Settings of PostgreSQL, over those of `postgresql.conf`. `fsync: "off"` only for data that is thrown away. */
  readonly extraSettings?: Readonly<Record<string, string>>;
  /** Cancels the start. Once started, only `close` stops it. */
  readonly signal?: AbortSignal;
}

export interface EmbeddedPostgres {
  /** Of the database `count`, as a superuser, with the password. */
  readonly url: string;
  /** Absolute. */
  readonly dataDir: string;
  /** PostgreSQL's, such as `18.4`. */
  readonly version: string;
  /** Whether it recovered from a crash. */
  readonly recovered: boolean;
  /** Settles when PostgreSQL has ended, asked to or not. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Stops PostgreSQL, and lets others use the data folder. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a real PostgreSQL on a folder, made at the first time, for this process alone. Whatever was killed before, committed
 * rows are there.
 *
 * @throws CountError `precondition`: the folder, the user or the machine is not fit, and the message says what to do;
 *   `unavailable`: what ran before does not end; `timeout`; `cancelled`
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const pgData = pgDataOf(dataDir);
  const found = findBinaryPackage();
  const runAs = await chooseRunAs(pgData);
  await makeDataDir(dataDir);
  const claim = await claimDataDir(dataDir).catch((error: unknown) => {
    throw unusable(dataDir, error);
  });
  try {
    await checkReachable(dataDir, runAs);
    const exists = await hasDatabase(pgData, found.major);
    const binaries = await prepareBinaries(found, dataDir, runAs);
    if (exists) await stopOrphans(pgData, runAs, options.log, options.signal);
    const password = await ensureDatabase(exists, binaries, dataDir, runAs, options);
    const { postmaster, port } = await startOnFreePort(options.port ?? 0, dataDir, {
      postgres: binaries.postgres,
      runAs,
      pgData,
      settings: options.extraSettings ?? {},
      log: options.log,
      signal: options.signal,
    });
    try {
      const version = await ensureOwnDatabase(port, password, pgData);
      await writeLastPort(dataDir, port);
      const url = `postgres://${ROLE}:${password}@${HOST}:${port}/${ROLE}`;
      let closing: Promise<void> | undefined;
      const close = (): Promise<void> => (closing ??= postmaster.stop().finally(claim.release));
      const { recovered, exited } = postmaster;
      return { url, dataDir, version, recovered, exited, close, [Symbol.asyncDispose]: close };
    } catch (error) {
      await postmaster.stop();
      throw error;
    }
  } catch (error) {
    await claim.release();
    throw CountError.from(unusable(dataDir, error));
  }
}

/** @returns the password */
async function ensureDatabase(
  exists: boolean,
  binaries: Binaries,
  dataDir: string,
  runAs: RunAs,
  options: EmbeddedPostgresOptions,
): Promise<string> {
  const { extraSettings, signal, log } = options;
  if (!exists) await initdb({ binaries, dataDir, runAs, sync: extraSettings?.["fsync"] !== "off", signal });
  const kept = await readPassword(dataDir);
  if (kept !== undefined) return kept;
  log(`the password of the database in ${dataDir} is lost: setting a new one`);
  const password = await resetPassword(binaries, pgDataOf(dataDir), runAs, signal);
  await writePassword(dataDir, password);
  return password;
}

async function startOnFreePort(
  asked: number,
  dataDir: string,
  options: Omit<PostmasterOptions, "port">,
): Promise<{ postmaster: Postmaster; port: number }> {
  let lastLines: readonly string[] = [];
  for await (const port of freePorts(asked, await readLastPort(dataDir))) {
    let postmaster: Postmaster | undefined;
    await waitUntil(
      async () => {
        const result = await startPostmaster({ ...options, port });
        if ("stop" in result) postmaster = result;
        else lastLines = result.lastLines;
        return postmaster !== undefined || !says(lastLines, "pre-existing shared memory block");
      },
      SHARED_MEMORY_LIMIT_MS,
      options.signal,
    );
    if (postmaster) return { postmaster, port };
    if (!says(lastLines, "could not bind IPv4 address")) break;
  }
  const said = lastLines.length > 0 ? `it said last:\n${lastLines.join("\n")}` : `no port from ${asked} on is free`;
  throw new CountError("precondition", `the embedded PostgreSQL in ${options.pgData} does not start; ${said}`);
}

function says(lines: readonly string[], text: string): boolean {
  return lines.some((line) => line.includes(text));
}
