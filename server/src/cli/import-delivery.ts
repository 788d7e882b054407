import { CountClientError, type DeliverOptions } from "@count/client";
import { CountError, type CountErrorCode } from "../domain/count-error.ts";
import { addStream } from "../import/add-stream.ts";
import { offersRecord } from "../import/record-probe.ts";
import type { ClientOptions } from "./client-options.ts";
import { type Connection, interrupted } from "./connection.ts";
import { escapeControls } from "./escape-controls.ts";
import { isLocal } from "./server-address.ts";

/**
 * How the server takes an import. Ends it before anything was sent when the server is away or no Count.
 *
 * @throws CountError
 */
export async function probe(connection: Connection, signal: AbortSignal): Promise<"record" | "add"> {
  const { client, timeoutMs, explain } = connection;
  try {
    if (await offersRecord(client, timeoutMs, signal)) return "record";
  } catch (error) {
    throw signal.aborted ? interrupted() : explain(error as Error);
  }
  // An empty stream counts nothing.
  const stream = addStream(client, "", [], timeoutMs);
  const cancel = () => stream.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const outcome = await stream.outcome;
  signal.removeEventListener("abort", cancel);
  if (outcome.kind === "failed") throw signal.aborted ? interrupted() : explain(outcome.error);
  return "add";
}

/** The options of a command as those of a delivery by `Record`. */
export function recordDelivery(
  { server, tls, ca, cert, key, timeout }: ClientOptions,
  token: string | undefined,
  warn: (message: string) => void,
): Omit<DeliverOptions, "clientId" | "batches"> {
  const files = {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
  };
  return {
    target: server,
    tls: tls === true ? files : false,
    ...(token === undefined ? {} : { token }),
    maxStallMs: timeout * 1_000,
    logger: { warn, debug: () => undefined },
    // A proxy from the environment is no way to this machine.
    httpProxy: !isLocal(server),
  };
}

const CODES: Readonly<Record<CountClientError["code"], CountErrorCode>> = {
  invalid: "invalid",
  "in-use": "internal",
  unimplemented: "precondition",
  identity: "precondition",
  denied: "forbidden",
  cancelled: "cancelled",
  timeout: "timeout",
};

/** A delivery that failed, as an error for the user. */
export function explainDelivery(server: string, error: unknown): CountError {
  if (!(error instanceof CountClientError)) return CountError.from(error);
  const details = escapeControls(error.message);
  const text =
    error.code === "timeout"
      ? `the server at ${server} cannot be reached or takes nothing: ${details}`
      : `the server at ${server} takes no more of it: ${details}`;
  return new CountError(CODES[error.code], text, error);
}
