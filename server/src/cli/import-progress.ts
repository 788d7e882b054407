import { SingleBar } from "cli-progress";
import type { LogSource } from "../import/log-source.ts";
import type { Tally } from "../import/tally.ts";
import type { Io } from "./io.ts";
import { formatCount } from "./table.ts";

/** Between two lines where there is no terminal, in milliseconds. */
const LINE_INTERVAL_MS = 5_000;

export interface Progress {
  /** Takes the size of each chunk, as it is stored. */
  readonly read: (bytes: number) => void;
  stop(): void;
}

/** Shows how far an import is, in stored bytes: a bar on a terminal, a line every few seconds elsewhere. */
export function startProgress(io: Io, sources: readonly LogSource[], tally: Tally, wanted: boolean): Progress {
  if (!wanted) return { read: () => undefined, stop: () => undefined };
  // A pipe has no size, so there is no telling how much of it is left.
  const total = sources.reduce((sum, { size }) => sum + (size ?? Number.NaN), 0);
  return io.stderr.isTTY === true && total > 0 ? bar(io, total, tally) : lines(io, total, tally);
}

/** The same for the reading by which logs are identified, which counts nothing yet. A pipe is read twice for it. */
export function startIdentifying(io: Io, sources: readonly LogSource[], wanted: boolean): Progress {
  if (!wanted) return { read: () => undefined, stop: () => undefined };
  const total = sources.reduce((sum, { size }) => sum + (size ?? Number.NaN), 0);
  let done = 0;
  const tell = (): void => {
    const share = total > 0 ? `, ${Math.floor((100 * Math.min(done, total)) / total)} %` : "";
    io.stderr.write(`count import: looking whether it was imported before: ${mib(done)} MiB read${share}\n`);
  };
  const timer = setInterval(tell, LINE_INTERVAL_MS);
  return {
    read: (bytes) => {
      done += bytes;
    },
    stop: () => clearInterval(timer),
  };
}

function mib(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}

function bar(io: Io, total: number, tally: Tally): Progress {
  const single = new SingleBar({
    stream: io.stderr,
    format: "{bar} {percentage}% of {mib} MiB, {lines} lines, {counted} counted, {eta_formatted} left",
    clearOnComplete: true,
    // Interrupts are the import's: it still waits for answers then.
    gracefulExit: false,
  });
  const figures = () => ({
    lines: formatCount(tally.lines),
    counted: formatCount(tally.countedRequests + tally.knownRequests),
  });
  single.start(total, 0, { ...figures(), mib: mib(total) });
  // A file may grow while it is read.
  return { read: (bytes) => single.increment(bytes, figures()), stop: () => single.stop() };
}

function lines(io: Io, total: number, tally: Tally): Progress {
  let done = 0;
  const timer = setInterval(() => {
    const share = total > 0 ? `, ${Math.floor((100 * Math.min(done, total)) / total)} % read` : "";
    const figures = `${formatCount(tally.lines)} lines, ${formatCount(tally.countedRequests + tally.knownRequests)} counted`;
    io.stderr.write(`count import: ${figures}${share}\n`);
  }, LINE_INTERVAL_MS);
  return {
    read: (bytes) => {
      done += bytes;
    },
    stop: () => clearInterval(timer),
  };
}
