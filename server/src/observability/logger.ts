import { pino, stdTimeFunctions } from "pino";
import { prettyFactory } from "pino-pretty";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

/** What the parts of the server need of a log: pino's shape, so that a fake is a few methods. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  fatal(fields: object, message: string): void;
}

/** Where log lines go. Writing is synchronous, so that the last words of a process that dies are written. */
export interface LogStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `auto` is `pretty` on a terminal and `json` elsewhere. */
  readonly format: "auto" | "json" | "pretty";
  readonly stream: LogStream;
  /** Told the level of each record that is written. Must not throw. */
  readonly onRecord?: (level: string) => void;
}

/** Values of these fields are never written, wherever they are in the first three levels of a record. */
const SECRET_FIELDS = [
  "password",
  "passwd",
  "secret",
  "token",
  "authorization",
  "connectionString",
  "key",
  "databaseUrl",
  "dbUrl",
  "DB_URL",
];

/** `user:password@` of any URL in any text: drivers put whole URLs into their messages. */
const CREDENTIALS_IN_URL = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"'\\]*):[^\s/"'\\]+@/gi;
const PASSWORD_IN_DSN = /\b(password|sslpassword)=[^\s&"'\\]+/gi;
/** A token of Count's, and whatever follows "Bearer": a library may put a whole header into its message. */
const TOKEN = /\bcount_[\w-]{43}(?![\w-])/g;
const BEARER = /\b(bearer) +[\w.~+/=-]{16,}/gi;

/**
 * A log of one JSON object a line, or of pretty lines for people. No secret is written: named fields are hidden, and so
 * are the credentials of every URL in what has become text.
 */
export function createLogger({ level, format, stream, onRecord }: LoggerOptions): Logger {
  const isPretty = format === "pretty" || (format === "auto" && stream.isTTY === true);
  // The factory and not the stream of pino-pretty: the stream writes later, and a process that ends has no later.
  const shape = isPretty
    ? prettyFactory({ colorize: stream.isTTY === true, translateTime: "SYS:HH:MM:ss.l", singleLine: true })
    : (line: string) => line;
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: {
        logMethod(args, method, number) {
          onRecord?.(pino.levels.labels[number] ?? String(number));
          method.apply(this, args);
        },
      },
      redact: { paths: SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "***" },
    },
    { write: (line: string) => stream.write(shape(hideSecrets(line))) },
  );
}

/** A text without the tokens, and the passwords of URLs and connection strings, in it. */
export function hideSecrets(text: string): string {
  return text
    .replace(TOKEN, "count_***")
    .replace(BEARER, "$1 ***")
    .replace(CREDENTIALS_IN_URL, "$1:***@")
    .replace(PASSWORD_IN_DSN, "$1=***");
}
