import { readFileSync } from "node:fs";
import { ChannelCredentials } from "@grpc/grpc-js";
import { CountClientError } from "../count-client-error.ts";

/** Files in PEM. They are read whenever a channel is made, so a certificate that was renewed is used after the next disconnect. */
export interface TlsFiles {
  /** The authorities that the server's certificate is checked against. Default: those of Node. */
  readonly caFile?: string;
  /** The client's certificate chain, for mutual TLS; needs `keyFile`. */
  readonly certFile?: string;
  /** The client's private key; needs `certFile`. */
  readonly keyFile?: string;
}

/** How a connection is protected: not at all (false), by TLS (true, or files), or as grpc-js has been told. */
export type Tls = boolean | TlsFiles | ChannelCredentials;

/** @throws CountClientError `invalid` when a file cannot be read or the files do not fit together. */
export function channelCredentials(tls: Tls): ChannelCredentials {
  if (tls instanceof ChannelCredentials) return tls;
  if (tls === false) return ChannelCredentials.createInsecure();
  const { caFile, certFile, keyFile } = tls === true ? {} : tls;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new CountClientError(
      "invalid",
      `tls.certFile (${certFile ?? "not set"}) and tls.keyFile (${keyFile ?? "not set"}) go together`,
    );
  }
  try {
    return ChannelCredentials.createSsl(read(caFile), read(keyFile), read(certFile));
  } catch (error) {
    throw new CountClientError("invalid", `tls: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function read(file: string | undefined): Buffer | null {
  return file === undefined ? null : readFileSync(file);
}
