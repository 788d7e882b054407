import { readOptions, USAGE } from "./options.ts";
import { tables } from "./report/tables.ts";
import { messageOf } from "./run/message-of.ts";
import { Releases } from "./run/releases.ts";
import { type Report, runBench } from "./run-bench.ts";

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 };

function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The first signal stops everything in order, a second one this process at once. */
function untilInterrupted(starting: AbortController): Promise<"interrupted"> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      process.on(name, () => {
        if (starting.signal.aborted) process.exit(EXIT.interrupted);
        progress("stopping");
        starting.abort();
        resolve("interrupted");
      });
    }
  });
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  const starting = new AbortController();
  const interrupted = untilInterrupted(starting);
  const releases = new Releases(progress);
  const onSummary = options.json ? () => undefined : (summary: Parameters<typeof tables>[0]) => print(tables(summary));
  const run = runBench(options, { releases, signal: starting.signal, progress, onSummary });
  try {
    const report: Report | "interrupted" = await Promise.race([run, interrupted]);
    if (report === "interrupted") return EXIT.interrupted;
    if (options.json) print(`${JSON.stringify(report, undefined, 2)}\n`);
    else print(`\n${machineLine(report)}`);
    return EXIT.ok;
  } catch (error) {
    if (starting.signal.aborted) return EXIT.interrupted;
    progress(`the bench failed: ${messageOf(error)}`);
    return EXIT.failed;
  } finally {
    // What fails because everything is being stopped is no news.
    run.catch(() => undefined);
    await releases.release();
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

function machineLine({ machine: { cpus, model, memoryBytes, node, postgres } }: Report): string {
  const gibibytes = Math.round(memoryBytes / 1_073_741_824);
  return `${cpus} × ${model}, ${gibibytes} GiB, Node ${node}, PostgreSQL ${postgres}, client and servers on this machine\n`;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
  return EXIT.usage;
});
// An interrupted run may have left a wait behind; everything has been stopped.
process.exit();
