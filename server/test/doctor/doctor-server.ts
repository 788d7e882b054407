import { randomUUID } from "node:crypto";
import { chown, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../src/embedded/embedded-postgres.ts";
import { temporaryBase } from "../support/temporary-folder.ts";

/**
 * A PostgreSQL as somebody runs one whose counts must last: the one of the whole test run has fsync and more off, which is
 * just what a doctor complains of. From then on `testDatabaseUrl` of this file makes its databases there.
 */
export class DoctorServer implements AsyncDisposable {
  readonly dataDir: string;
  readonly #postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;

  private constructor(dataDir: string, postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>) {
    this.dataDir = dataDir;
    this.#postgres = postgres;
    this.#announce();
  }

  static async start(): Promise<DoctorServer> {
    const dataDir = join(await temporaryBase(), `count-doctor-${randomUUID()}`);
    return new DoctorServer(dataDir, await startEmbeddedPostgres({ dataDir, log: () => undefined }));
  }

  get url(): string {
    return this.#postgres.url;
  }

  /** A standby beside it: another data folder, which waits for a primary that never comes and answers questions meanwhile. */
  async standby(): Promise<{ readonly url: string } & AsyncDisposable> {
    const dataDir = `${this.dataDir}-standby`;
    const made = await startEmbeddedPostgres({ dataDir, log: () => undefined });
    await made.close();
    const pgData = join(dataDir, "postgres");
    const { uid, gid } = await stat(pgData);
    await writeFile(join(pgData, "standby.signal"), "");
    await chown(join(pgData, "standby.signal"), uid, gid);
    const stop = new AbortController();
    let listening: () => void = () => undefined;
    const listens = new Promise<void>((resolve) => {
      listening = resolve;
    });
    const log = (line: string) => {
      if (line.includes("ready to accept read-only connections")) listening();
    };
    // Its start never ends: it is not ready for a server of counts.
    const starting = startEmbeddedPostgres({ dataDir, log, signal: stop.signal }).catch(() => undefined);
    await listens;
    return {
      url: made.url,
      [Symbol.asyncDispose]: async () => {
        stop.abort();
        await starting;
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#postgres.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Each test file has an environment of its own. */
  #announce(): void {
    delete process.env["TEST_DATABASE_URL"];
    process.env["COUNT_TEST_EMBEDDED_URL"] = this.#postgres.url;
  }
}
