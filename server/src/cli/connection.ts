import { readFile } from "node:fs/promises";
import {
  type ClientOptions as ChannelOptions,
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
} from "@grpc/grpc-js";
import { CountError } from "../domain/count-error.ts";
import { bearerInterceptor } from "./bearer-interceptor.ts";
import type { ClientOptions } from "./client-options.ts";
import { explain } from "./explain.ts";
import { isLocal } from "./server-address.ts";
import { readTokenFile } from "./token-file.ts";
import { usageError } from "./usage-error.ts";

/** A year of a busy team's totals is a few MiB; this bounds what a server can make a command hold. */
const MAX_RESPONSE_BYTES = 268_435_456;

/** A connection to a server, opened by its first call. */
export interface Connection {
  readonly server: string;
  /** It shows the token with every call. */
  readonly client: Client;
  readonly token: string | undefined;
  readonly timeoutMs: number;
  /** @throws CountError with the server's name, the reason and the next step. */
  readonly call: <Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    signal: AbortSignal,
  ) => Promise<Response>;
  /** A failed call, as {@link Connection.call} would throw it. */
  readonly explain: (error: Error) => CountError;
}

/** Runs something with a connection, and closes it. @throws CommanderError when a file cannot be read. */
export async function withConnection<Result>(
  options: ClientOptions,
  use: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const { server, timeout } = options;
  const channelOptions: ChannelOptions = {
    "grpc.max_receive_message_length": MAX_RESPONSE_BYTES,
    // grpc-js keeps what it has sent for a retry, and goes through all of it at each message: 300,000 messages on a stream
    // took 66 µs of CPU each with the default of 1 MiB, and 8 with this.
    "grpc.per_rpc_retry_buffer_size": 16_384,
    // A proxy from the environment is no way to this machine.
    ...(isLocal(server) ? { "grpc.enable_http_proxy": 0 } : {}),
  };
  const token = await readTokenFile(options.tokenFile);
  const client = new Client(server, await channelCredentials(options), {
    ...channelOptions,
    ...(token === undefined ? {} : { interceptors: [bearerInterceptor(token)] }),
  });
  const timeoutMs = timeout * 1_000;
  try {
    return await use({
      server,
      client,
      token,
      timeoutMs,
      call: (method, request, signal) => unary(client, server, timeoutMs, method, request, signal),
      explain: (error) => explain(server, error),
    });
  } finally {
    client.close();
  }
}

async function channelCredentials({ tls, ca, cert, key }: ClientOptions) {
  if ((cert === undefined) !== (key === undefined)) {
    throw usageError(
      `--cert and --key must be given together, and only ${cert === undefined ? "--key" : "--cert"} was`,
    );
  }
  if (tls !== true) return credentials.createInsecure();
  const [caPem, keyPem, certPem] = await Promise.all([pem("--ca", ca), pem("--key", key), pem("--cert", cert)]);
  try {
    return credentials.createSsl(caPem, keyPem, certPem);
  } catch (error) {
    throw usageError(`the files of --ca, --cert and --key cannot be used: ${(error as Error).message}`);
  }
}

async function pem(flag: string, file: string | undefined): Promise<Buffer | null> {
  if (file === undefined) return null;
  return readFile(file).catch((error: unknown) => {
    throw usageError(`${flag} ${file} cannot be read: ${(error as Error).message}`);
  });
}

/** The error of a call that its user has ended. */
export function interrupted(): CountError {
  return new CountError("cancelled", "interrupted");
}

function unary<Request, Response>(
  client: Client,
  server: string,
  timeoutMs: number,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
  request: Request,
  signal: AbortSignal,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(interrupted());
      return;
    }
    const options = { deadline: Date.now() + timeoutMs };
    const cancel = () => call.cancel();
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      options,
      (error, response) => {
        signal.removeEventListener("abort", cancel);
        if (error) reject(signal.aborted ? interrupted() : explain(server, error));
        else resolve(response as Response);
      },
    );
    signal.addEventListener("abort", cancel, { once: true });
  });
}
