import { messageOf } from "../soak/support/message-of.ts";
import { Releases } from "../soak/support/releases.ts";
import { readOptions, USAGE } from "./options.ts";
import { type Result, summary } from "./report/result.ts";
import { runSuite } from "./run-suite.ts";

const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 };

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The first signal ends what runs and cleans up, a second one this process at once. */
function interruption(): AbortController {
  const stopping = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(EXIT.interrupted);
      progress("stopping");
      stopping.abort();
    });
  }
  return stopping;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  const { signal } = interruption();
  const results: Result[] = [];
  const releases = new Releases((error) => progress(`cleaning up: ${messageOf(error)}`));
  const started = performance.now();
  try {
    await runSuite(options, { releases, signal, progress, onResult: (result) => results.push(result) });
  } catch (error) {
    progress(`the suite could not run: ${messageOf(error)}`);
    return signal.aborted ? EXIT.interrupted : EXIT.failed;
  } finally {
    await releases.release();
    const seconds = Math.round((performance.now() - started) / 1_000);
    progress(`\n${seconds} s in all.\n${summary(results)}`);
    if (options.json) process.stdout.write(`${JSON.stringify({ seconds, results }, undefined, 2)}\n`);
  }
  if (signal.aborted) return EXIT.interrupted;
  return results.some(({ outcome }) => outcome === "failed") ? EXIT.failed : EXIT.ok;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
  return EXIT.usage;
});
