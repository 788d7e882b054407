import { CountError } from "../domain/count-error.ts";
import { LineSplitter } from "./line-splitter.ts";
import { parseLogLine } from "./log-line.ts";
import type { LogSource } from "./log-source.ts";
import type { Sink } from "./sink.ts";
import type { Tally } from "./tally.ts";

/** How long an interrupted import waits for the answers that are still to come. */
const STOP_LIMIT_MS = 10_000;

export interface ImportOptions {
  readonly sources: readonly LogSource[];
  /** Lines with a longer path are refused before they are sent, as a server would, which ends a stream for it. */
  readonly maxPathBytes: number;
  /** Its observer is `tally`. */
  readonly sink: Sink;
  readonly tally: Tally;
  /** Ends reading; what was delivered by then is still waited for. */
  readonly signal: AbortSignal;
  /** Hears of each chunk as it is stored. */
  readonly onRead?: (bytes: number) => void;
}

/** How an import ended. The rest is in its tally. */
export interface ImportEnd {
  /** The sources that could not be read to their end, and why. The others were read. */
  readonly faults: readonly { readonly source: string; readonly error: CountError }[];
  /** Why the sink gave up, if it did. Nothing was read after that. */
  readonly failure: CountError | undefined;
  readonly interrupted: boolean;
}

/** Reads logs one after the other and delivers their requests. Memory is bounded by the sink and the longest line. */
export async function importLogs(options: ImportOptions): Promise<ImportEnd> {
  const { sources, sink, signal, onRead } = options;
  const faults: { source: string; error: CountError }[] = [];
  let failure: CountError | undefined;
  const aborted = abortOf(signal);
  try {
    for (const [index, source] of sources.entries()) {
      const lines = new LineReader(index, options, aborted);
      const error = await readSource(source, lines, signal, onRead ?? (() => undefined));
      if (signal.aborted) break;
      if (error !== undefined) faults.push({ source: source.name, error });
      await lines.end(error !== undefined);
    }
    if (!signal.aborted) await Promise.race([sink.finish(), aborted]);
  } catch (error) {
    failure = CountError.from(error);
  }
  const interrupted = signal.aborted;
  if (interrupted || failure !== undefined) await sink.stop(STOP_LIMIT_MS);
  return { faults, failure, interrupted };
}

/**
 * Hands on the chunks of a source until it ends or the signal fires.
 *
 * @returns why the source could not be read to its end
 * @throws what the lines' sink throws, which ends the import
 */
async function readSource(
  source: LogSource,
  lines: LineReader,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
): Promise<CountError | undefined> {
  const chunks = source.read(signal, onRead)[Symbol.asyncIterator]();
  try {
    while (!signal.aborted) {
      const next = await chunks.next().catch((error: unknown) => CountError.from(error));
      if (next instanceof CountError) return next;
      if (next.done === true) return undefined;
      await lines.take(next.value, signal);
    }
    return undefined;
  } finally {
    await chunks.return?.();
  }
}

/** The lines of one source, on their way from bytes to the sink. */
class LineReader {
  readonly #splitter = new LineSplitter();
  readonly #source: number;
  readonly #sink: Sink;
  readonly #tally: Tally;
  readonly #maxPathBytes: number;
  readonly #aborted: Promise<void>;
  #line = 0;

  constructor(source: number, { sink, tally, maxPathBytes }: ImportOptions, aborted: Promise<void>) {
    this.#source = source;
    this.#maxPathBytes = maxPathBytes;
    this.#aborted = aborted;
    this.#sink = sink;
    this.#tally = tally;
  }

  async take(chunk: Buffer, signal: AbortSignal): Promise<void> {
    this.#splitter.push(chunk);
    while (this.#splitter.next()) {
      // An await for each line would cost more than parsing it.
      const full = this.#deliver();
      if (full !== undefined) await Promise.race([full, this.#aborted]);
      if (signal.aborted) return;
    }
  }

  /** The last line, which may lack its newline; or its beginning, when the source broke off inside it. */
  async end(cutOff: boolean): Promise<void> {
    if (!this.#splitter.last()) return;
    if (!cutOff) return this.#deliver();
    this.#tally.lines += 1;
    this.#tally.refused({ source: this.#source, line: this.#line + 1 }, "cut-off");
  }

  #deliver(): void | Promise<void> {
    const { buffer, start, end, tooLong } = this.#splitter;
    const place = { source: this.#source, line: ++this.#line };
    this.#tally.lines += 1;
    if (start === end && !tooLong) {
      this.#tally.blank += 1;
      return;
    }
    const request = tooLong ? "line-too-long" : parseLogLine(buffer, start, end, this.#maxPathBytes);
    if (typeof request === "string") {
      this.#tally.refused(place, request);
      return;
    }
    const { method, path, seconds } = request;
    return this.#sink.add({ method, path, seconds, source: place.source, line: place.line });
  }
}

function abortOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
