import { status } from "@grpc/grpc-js";
import { CountError, type CountErrorCode } from "../domain/count-error.ts";
import { escapeControls } from "./escape-controls.ts";

interface Explanation {
  readonly code: CountErrorCode;
  /** What happened, and what to do next. */
  readonly text: (server: string, details: string) => string;
}

const as = (code: CountErrorCode, text: Explanation["text"] = (_, details) => details): Explanation => ({ code, text });

/** What each gRPC status means to the user of a command. A status that is not here is a fault of the server. */
const EXPLANATIONS: Partial<Record<status, Explanation>> = {
  [status.UNAVAILABLE]: as("unavailable", unavailable),
  [status.DEADLINE_EXCEEDED]: as(
    "timeout",
    (server) => `the server at ${server} did not answer in time\nGive it longer with --timeout, or try again later.`,
  ),
  [status.UNIMPLEMENTED]: as(
    "precondition",
    (server, details) => `the server at ${server} is no count.v1 server, or an older one: ${details}`,
  ),
  [status.RESOURCE_EXHAUSTED]: as("exhausted"),
  [status.FAILED_PRECONDITION]: as("precondition"),
  [status.INVALID_ARGUMENT]: as("invalid"),
  [status.OUT_OF_RANGE]: as("invalid"),
  [status.NOT_FOUND]: as("not-found"),
  // A user's own interrupt is known where it happens; this is a server that was told to stop at once.
  [status.CANCELLED]: as("unavailable", (server) => `the server at ${server} ended the call\nTry again later.`),
  // Retried transactions end as these where they cannot be helped; the same call may succeed later.
  [status.ABORTED]: as("unavailable"),
  [status.UNAUTHENTICATED]: as(
    "unauthenticated",
    (server, details) =>
      `the server at ${server} asks who you are: ${details}\nName a file with a token by --token-file or COUNT_TOKEN_FILE.`,
  ),
  [status.PERMISSION_DENIED]: as(
    "forbidden",
    (server, details) =>
      `the server at ${server} does not allow it: ${details}\nName another token by --token-file, or have this one given the right.`,
  ),
};

/** A failed call as an error for the user: which server, why, and the next step. */
export function explain(server: string, error: Error & { code?: unknown; details?: unknown }): CountError {
  const { code, text } = EXPLANATIONS[error.code as status] ?? as("internal", serverFault);
  const details = typeof error.details === "string" && error.details !== "" ? error.details : error.message;
  return new CountError(code, text(server, escapeControls(details)), error);
}

function serverFault(server: string, details: string): string {
  return `the server at ${server} failed: ${details}`;
}

function unavailable(server: string, details: string): string {
  const connecting = /^(?:No connection established|Name resolution failed)/.test(details);
  const reason = details
    .replace(/^No connection established\. Last error: /, "")
    .replace(/^Error: /, "")
    .replace(/\.? ?Resolution note: *$/, "");
  if (!connecting) return `the server at ${server} is not available: ${reason}\nTry again later.`;
  const protocol = /ECONNRESET|EPROTO|wrong version number|Protocol error|certificate|TLS|SSL/i.test(reason)
    ? " If only one of the two uses TLS, add or leave out --tls."
    : "";
  return (
    `cannot reach the server at ${server}: ${reason}\n` +
    `Is \`count serve\` running? Start it with \`npm start\`, or name another server with --server or COUNT_SERVER.${protocol}`
  );
}
