/** Why a line of a log is not counted. */
export type Refusal =
  | "line-too-long"
  | "cut-off"
  | "no-log-line"
  | "time-invalid"
  | "no-request-line"
  | "path-empty"
  | "path-too-long"
  | "path-not-utf8"
  | "path-nul"
  | "server";

/** Each reason in words, in the order in which a report lists them. */
export const REFUSALS: Readonly<Record<Refusal, string>> = Object.freeze({
  "no-log-line": "not a line of the Common or Combined Log Format",
  "no-request-line": "no HTTP request line, as after a timeout, a port scan or a TLS handshake",
  "time-invalid": "the time is not a real one like [17/May/2015:10:05:03 +0000]",
  "path-empty": "the path is empty",
  "path-too-long": "the path is longer than --max-path-bytes, without its query string",
  "path-not-utf8": "the path is not UTF-8",
  "path-nul": "the path has a NUL byte",
  "line-too-long": "the line is longer than 65,536 bytes",
  "cut-off": "the file ends inside the line",
  server: "the server refused it",
});
