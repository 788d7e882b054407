import { readOptions, USAGE } from "./options.ts";
import { type Round, totalOf, totals } from "./report/round.ts";
import { table } from "./report/table.ts";
import { runSoak } from "./run-soak.ts";
import { messageOf } from "./support/message-of.ts";
import { Releases } from "./support/releases.ts";

const EXIT = { ok: 0, violated: 1, usage: 2, interrupted: 130 };

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The first signal ends the run after stopping everything in order, a second one this process at once. */
function untilInterrupted(stopping: AbortController): Promise<"interrupted"> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      process.on(name, () => {
        if (stopping.signal.aborted) process.exit(EXIT.interrupted);
        progress("stopping");
        stopping.abort();
        resolve("interrupted");
      });
    }
  });
}

function report(rounds: readonly Round[], seed: number, json: boolean): void {
  const all = totalOf("all", rounds);
  if (json) process.stdout.write(`${JSON.stringify({ seed, rounds, totals: totals(rounds), all }, undefined, 2)}\n`);
  else process.stdout.write(`\n${table(rounds)}`);
  for (const { scenario, seed: roundSeed, tally } of rounds) {
    if (tally.violations.length > 0) progress(`violated: --once --only ${scenario} --seed ${roundSeed}`);
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(USAGE);
    return EXIT.ok;
  }
  progress(`seed ${options.seed}`);
  const stopping = new AbortController();
  const rounds: Round[] = [];
  const releases = new Releases((error) => progress(messageOf(error)));
  const run = runSoak(options, { releases, signal: stopping.signal, progress, onRound: (round) => rounds.push(round) });
  try {
    const ending = await Promise.race([run, untilInterrupted(stopping)]);
    report(rounds, options.seed, options.json);
    if (rounds.some(({ tally }) => tally.violations.length > 0)) return EXIT.violated;
    return ending === "interrupted" ? EXIT.interrupted : EXIT.ok;
  } catch (error) {
    progress(`the soak failed: ${messageOf(error)}; seed ${options.seed}`);
    return EXIT.violated;
  } finally {
    // What fails because everything is being stopped is no news.
    run.catch(() => undefined);
    await releases.release();
  }
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
  return EXIT.usage;
});
// An interrupted run may have left a wait behind; everything has been stopped.
process.exit();
