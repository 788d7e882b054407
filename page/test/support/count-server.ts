import { existsSync } from "node:fs";
import { join } from "node:path";
import { ServeChild } from "../../../server/test/serve/serve-process-support.ts";
import { type TestDatabaseUrl, testDatabaseUrl } from "../../../server/test/support/database.ts";
import { runCount } from "../../../server/test/support/run-count.ts";

const ROOT = join(import.meta.dirname, "../../..");
const REAL_LOG = join(ROOT, "../shared/data/access.log.gz");

/** What is imported: 10,000 real requests where they are at hand, else the sample of the repository. */
export const LOG = existsSync(REAL_LOG)
  ? { file: REAL_LOG, from: "2015-05-17", to: "2015-05-20", requests: 10_000, days: [1_632, 2_893, 2_896, 2_579] }
  : {
      file: join(ROOT, "examples/access.log"),
      from: "2026-03-09",
      to: "2026-03-11",
      requests: 61,
      days: [23, 24, 14],
    };

/** A real server on a database of its own, with the log imported under the service `site`. */
export class CountServer implements AsyncDisposable {
  readonly #database: TestDatabaseUrl;
  readonly #flags: readonly string[];
  #child: ServeChild;
  url = "";
  grpc = "";

  private constructor(database: TestDatabaseUrl, flags: readonly string[]) {
    this.#database = database;
    this.#flags = flags;
    this.#child = this.#spawn("127.0.0.1:0");
  }

  static async start(flags: readonly string[] = [], { imported = true } = {}): Promise<CountServer> {
    const server = new CountServer(await testDatabaseUrl(), flags);
    try {
      await server.#ready();
      if (imported) await server.count("import", "--service", "site", LOG.file);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** Runs `count …` against it. */
  async count(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runCount([...args, "--server", this.grpc]);
    // `import` ends with 0 also when lines were refused.
    if (code !== 0) throw new Error(`count ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** As a machine that loses its power. */
  async kill(): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }

  /** Again at the same place. */
  async restart(): Promise<void> {
    this.#child = this.#spawn(new URL(this.url).host);
    await this.#ready();
  }

  #spawn(web: string): ServeChild {
    const flags = ["--web-address", web, "--log-format", "json", "--drain-delay-ms", "0", ...this.#flags];
    return new ServeChild(flags, { DB_URL: this.#database.url });
  }

  async #ready(): Promise<void> {
    const { grpc, record } = await this.#child.ready();
    this.grpc = `${grpc.host}:${grpc.port}`;
    this.url = `http://${String(record["web"])}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    await this.#database.close();
  }
}
