// Takes over as a process of its own, writes a line for each step, and stops for ever after some, so that a test can kill it there.
import { type MigrateOptions, migrate } from "../../src/db/migrate.ts";

export interface TakeOverChildOptions extends Pick<MigrateOptions, "url" | "leaseMs"> {
  /** The line that is the last: the n-th, or the first that says so. */
  readonly stopAt: number | string;
}

const { stopAt, ...options } = JSON.parse(process.argv[2] ?? "") as TakeOverChildOptions;
let lines = 0;

function say(line: string): void {
  console.log(line);
  lines += 1;
  // Not an await: nothing of this process goes on, as when the kernel takes it away.
  if (lines === stopAt || line === stopAt) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

await migrate({
  ...options,
  takeOver: true,
  onProgress: (progress) => {
    if (progress.kind === "taking-over") say(progress.what);
    if (progress.kind === "applying") say(`applying ${progress.name}`);
  },
});
