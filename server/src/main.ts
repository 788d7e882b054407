import { EXIT } from "./cli/exit-code.ts";
import { runCli } from "./cli/run-cli.ts";

// A reader that has seen enough, such as head, is no fault; nothing more can be told then.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: Error & { code?: string }) => {
    process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.internal);
  });
}

const { stdin, stdout, stderr, env } = process;
// Not process.exit: what was written to a pipe must still get there.
process.exitCode = await runCli(process.argv.slice(2), { stdin, stdout, stderr, env, now: Date.now });
