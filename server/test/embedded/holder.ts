import { type EmbeddedPostgresOptions, startEmbeddedPostgres } from "../../src/embedded/embedded-postgres.ts";

/*
 * Runs an embedded PostgreSQL as a process of its own, which a test can kill. Its argument is the options as JSON; it writes
 * lines of JSON, and obeys lines on its standard input: `close`, or `exit` without closing.
 */

function tell(event: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

process.on("SIGINT", () => tell({ event: "interrupted" }));
try {
  const options = JSON.parse(process.argv[2] ?? "") as Omit<EmbeddedPostgresOptions, "log">;
  const log: string[] = [];
  const started = await startEmbeddedPostgres({ ...options, log: (line) => log.push(line) });
  const { url, version, recovered } = started;
  tell({ event: "ready", url, version, recovered, log });
  process.stdin.setEncoding("utf8").on("data", (command: string) => {
    if (command === "exit\n") process.exit(3);
    void started.close().then(() => process.exit(0));
  });
} catch (error) {
  tell({ event: "failed", message: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
