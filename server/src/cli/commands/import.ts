import { type Command, Option } from "commander";
import { DEFAULT_LIMITS } from "../../domain/limits.ts";
import { AddSink } from "../../import/add-sink.ts";
import { drySink } from "../../import/dry-sink.ts";
import { withIdentifiedLogs } from "../../import/identified-logs.ts";
import { type ImportEnd, importLogs } from "../../import/import-logs.ts";
import { type LogSource, logSources, STDIN } from "../../import/log-source.ts";
import { RecordSink } from "../../import/record-sink.ts";
import type { Sink } from "../../import/sink.ts";
import { Tally } from "../../import/tally.ts";
import { addClientOptions, type ClientOptions } from "../client-options.ts";
import { type Connection, withConnection } from "../connection.ts";
import { escapeControls } from "../escape-controls.ts";
import { EXIT, EXIT_OF } from "../exit-code.ts";
import { helpText } from "../help-text.ts";
import { explainDelivery, probe, recordDelivery } from "../import-delivery.ts";
import { startIdentifying, startProgress } from "../import-progress.ts";
import { type ImportResult, importJson, importText } from "../import-report.ts";
import { interruptible } from "../interruptible.ts";
import type { Io } from "../io.ts";
import { toJson } from "../json.ts";
import { usageError } from "../usage-error.ts";
import { wholeNumber } from "../whole-number.ts";

interface ImportOptions extends ClientOptions {
  readonly service: string;
  readonly maxPathBytes: number;
  readonly dryRun?: boolean;
  readonly strict?: boolean;
  readonly json?: boolean;
  readonly progress: boolean;
}

export function importCommand(program: Command, io: Io, done: (code: number) => void): void {
  const command = program
    .command("import")
    .summary("count the requests of access logs")
    .description(
      "Counts the requests of access logs in the Common and Combined Log Formats, as Apache and nginx write them, " +
        "plain or compressed with gzip. Without a file, or for -, it reads standard input.",
    )
    .argument("[files...]", "log files, read one after the other")
    .optionsGroup("What to count:")
    .addOption(new Option("--service <name>", "count the requests as this service's").default("", "none"))
    .addOption(
      new Option("--max-path-bytes <bytes>", "refuse longer paths; no more than the server's limit of that name")
        .argParser(wholeNumber(1, 65_536))
        .default(DEFAULT_LIMITS.maxPathBytes),
    )
    .option("--dry-run", "send nothing; report what would be counted, as far as the logs tell")
    .option(
      "--strict",
      `end with exit code ${EXIT.refused} when any line was refused; the others are counted all the same`,
    )
    .optionsGroup("Output:")
    .option("--json", "a JSON object that says what became of the lines")
    .option("--no-progress", "do not show how far it is");
  addClientOptions(command, 60, "the server may be away or answer nothing").addHelpText("after", helpText(HELP));
  command.action(async (files: string[], options: ImportOptions) => {
    const serviceBytes = Buffer.byteLength(options.service);
    if (serviceBytes > options.maxPathBytes) {
      throw usageError(
        `--service has ${serviceBytes} bytes, and may have --max-path-bytes, which is ${options.maxPathBytes}`,
      );
    }
    const sources = await sourcesOf(files, io);
    const result = await interruptible((signal) => runImport(sources, options, io, signal));
    io.stdout.write(options.json === true ? toJson(importJson(result)) : importText(result));
    warn(io, result);
    done(exitCode(result, options.strict === true));
  });
}

async function sourcesOf(files: readonly string[], io: Io): Promise<LogSource[]> {
  if (files.length === 0 && io.stdin.isTTY === true) {
    throw usageError("give a log file, or pipe a log in: … | count import -");
  }
  if (files.filter((file) => file === STDIN).length > 1) throw usageError("standard input (-) can be read only once");
  try {
    return await logSources(files.length === 0 ? [STDIN] : files, io.stdin);
  } catch (error) {
    throw usageError(`nothing was sent, because not every log can be read:\n${(error as Error).message}`);
  }
}

async function runImport(
  sources: readonly LogSource[],
  options: ImportOptions,
  io: Io,
  signal: AbortSignal,
): Promise<ImportResult> {
  const tally = new Tally();
  const { service, maxPathBytes } = options;
  const warnings: string[] = [];
  const into: Into = async (sink, logs, delivery, server) => {
    const progress = startProgress(io, logs, tally, options.progress);
    let end: ImportEnd;
    try {
      end = await importLogs({ sources: logs, maxPathBytes, sink, tally, signal, onRead: progress.read });
    } finally {
      progress.stop();
    }
    return { sources: sources.map(({ name }) => name), server, delivery, service, tally, end, warnings };
  };
  if (options.dryRun === true) return into(drySink(tally), sources, undefined, undefined);
  return withConnection(options, async (connection) => {
    const { client, server, timeoutMs, explain } = connection;
    if ((await probe(connection, signal)) === "record") {
      return byRecord(sources, options, io, signal, { connection, tally, warnings, into });
    }
    warnings.push(
      `the server at ${server} has no Record: whatever is imported again, be it because this import is interrupted, counts again`,
    );
    return into(new AddSink({ client, service, observer: tally, timeoutMs, explain }), sources, "add", server);
  });
}

type Into = (
  sink: Sink,
  logs: readonly LogSource[],
  delivery: ImportResult["delivery"],
  server: string | undefined,
) => Promise<ImportResult>;

interface RecordParts {
  readonly connection: Connection;
  readonly tally: Tally;
  readonly warnings: string[];
  readonly into: Into;
}

async function byRecord(
  sources: readonly LogSource[],
  options: ImportOptions,
  io: Io,
  signal: AbortSignal,
  { connection: { server, token }, tally, warnings, into }: RecordParts,
): Promise<ImportResult> {
  const sinkOf = (clientIds: readonly Uint8Array[]) =>
    new RecordSink({
      delivery: recordDelivery(options, token, (message) => warnings.push(message)),
      service: options.service,
      clientIds,
      observer: tally,
      explain: (error) => explainDelivery(server, error),
    });
  const progress = startIdentifying(io, sources, options.progress);
  try {
    const result = await withIdentifiedLogs(sources, options, signal, progress.read, (logs) => {
      progress.stop();
      return into(
        sinkOf(logs.map(({ clientId }) => clientId)),
        logs.map(({ source }) => source),
        "record",
        server,
      );
    });
    // Interrupted before anything was sent: there is only that to report.
    return result ?? (await into(sinkOf([]), [], "record", server));
  } finally {
    progress.stop();
  }
}

function warn(io: Io, { tally, end, sources, delivery, warnings }: ImportResult): void {
  for (const warning of warnings) io.stderr.write(`count import: ${escapeControls(warning)}\n`);
  for (const { source, error } of end.faults) io.stderr.write(`count import: ${source}: ${error.message}\n`);
  if (end.failure !== undefined) io.stderr.write(`count import: ${end.failure.message}\n`);
  for (const { source, first, last } of tally.uncertainRanges) {
    io.stderr.write(
      `count import: whether lines ${first} to ${last} of ${sources[source] ?? ""} were counted is not known: ` +
        "they were sent, and the answer never came\n",
    );
  }
  if (end.interrupted) io.stderr.write("count import: interrupted; what is reported as counted is stored\n");
  if (delivery === "record" && (end.interrupted || end.failure !== undefined)) {
    io.stderr.write("count import: import the same again to count the rest; nothing is counted twice\n");
  }
  if (nothingCounted(tally)) {
    const why =
      tally.serverReasons.size > 0
        ? "The server refuses its requests: the reasons are above."
        : "Is it an access log in the Common or Combined Log Format?";
    io.stderr.write(`count import: no line was counted. ${why}\n`);
  }
}

/** A line that cannot be counted is no failure of the import, unless it is every line or the user says so. */
function exitCode({ tally, end }: ImportResult, strict: boolean): number {
  if (end.interrupted) return EXIT.interrupted;
  if (end.failure !== undefined) return EXIT_OF[end.failure.code];
  const refused = nothingCounted(tally) || (strict && tally.refusedLines > 0);
  return refused || end.faults.length > 0 ? EXIT.refused : EXIT.ok;
}

function nothingCounted({ refusedLines, countedRequests, knownRequests }: Tally): boolean {
  return refusedLines > 0 && countedRequests + knownRequests === 0;
}

const HELP = {
  examples: [
    ["count import access.log access.log.1.gz", "count two logs"],
    ["count import --dry-run access.log", "see what they hold first"],
    ["count import --service shop access.log", "as the requests of a service"],
    ["ssh web cat /var/log/nginx/access.log | count import", "from elsewhere"],
    ["zstdcat access.log.zst | count import -", "other compressions"],
  ],
  notes: [
    "A path counts without its query string and fragment. Fields before or after those of the formats, such as a",
    "virtual host or a duration, do no harm. A line that cannot be counted is refused with a reason and takes nothing",
    "else with it; lines of a cut-off or damaged gzip file count up to the damage.",
    "What is reported as counted is stored.",
    "",
    "Importing a log twice counts it once, and an import that was interrupted goes on where it was when it is repeated.",
    "A log is known by its content, whatever its name and compression, together with --service and --max-path-bytes,",
    "until 35 days after its import. A log that has grown is another log, whose beginning would count again: import",
    "logs when nothing more is written to them, as when they were rotated. The same holds for the whole of a gzip file",
    "that was cut off.",
    "Standard input and other pipes are first read to their end into a temporary file without a name, in the folder that",
    "TMPDIR names: it needs as much free space as comes in, and is gone when the import ends.",
    "A server without Record, of an older version, counts a log again each time; the import says so.",
  ],
  exitCodes: [EXIT.ok, EXIT.internal, EXIT.usage, EXIT.unavailable, EXIT.refused, EXIT.interrupted],
} as const;
