import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { CountError } from "../domain/count-error.ts";
import { type RereadOptions, reread } from "../files/reread.ts";

export interface CredentialFiles {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string | undefined;
}

/** Certificate, key and client authorities of a server, kept up to date with their files. */
export interface Credentials {
  /** Clients must show a certificate. */
  readonly mutual: boolean;
  /** What the files held when they were last good. */
  readonly context: SecureContextOptions;
  /** Called with every new context. */
  watch(listener: (context: SecureContextOptions) => void): void;
  /** Stops reading the files. Idempotent. */
  close(): void;
}

/**
 * Reads the files, again and again as {@link reread} does. grpc-js has a certificate provider for this that drops every connection while
 * the files do not fit together.
 *
 * @throws CountError `invalid`, with the file's name, when the files are not usable at the start.
 */
export async function openCredentials(files: CredentialFiles, options: RereadOptions): Promise<Credentials> {
  const held = await reread<SecureContextOptions>(
    {
      async read(known) {
        const context = await read(files);
        return known !== undefined && same(context, known) ? known : context;
      },
      changed: () => [{ certFile: files.certFile }, "new TLS certificate: new connections get it"],
      unusable: "TLS files cannot be used: the last good ones stay in force",
    },
    options,
  );
  return {
    mutual: files.clientCaFile !== undefined,
    get context() {
      return held.current;
    },
    watch: (listener) => held.watch(listener),
    close: () => held.close(),
  };
}

async function read({ certFile, keyFile, clientCaFile }: CredentialFiles): Promise<SecureContextOptions> {
  const [cert, key, ca] = await Promise.all([
    contents("certificate", certFile),
    contents("private key", keyFile),
    clientCaFile === undefined ? undefined : contents("client authority", clientCaFile),
  ]);
  if (ca !== undefined) check(`TLS client authority file ${clientCaFile} holds no certificate`, { ca });
  // OpenSSL says which of the two is wrong, or that they do not belong together.
  check(`TLS certificate file ${certFile} and private key file ${keyFile} cannot be used`, { cert, key });
  return ca === undefined ? { cert, key } : { cert, key, ca };
}

async function contents(what: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CountError("invalid", `TLS ${what} file ${file} cannot be read: ${reason}`, error);
  }
}

function check(what: string, context: SecureContextOptions): void {
  // A file without a certificate would be taken for an empty list of authorities, which trusts nobody and says nothing.
  if (context.ca !== undefined && !text(context.ca).includes("-----BEGIN CERTIFICATE-----")) {
    throw new CountError("invalid", `${what}: it is not PEM`);
  }
  try {
    createSecureContext(context);
  } catch (error) {
    throw new CountError("invalid", `${what}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function same(a: SecureContextOptions, b: SecureContextOptions): boolean {
  const parts = ["cert", "key", "ca"] as const;
  return parts.every((part) => text(a[part]) === text(b[part]));
}

/** The certificates of a context of ours, as PEM. */
export function certificateTexts({ cert, ca }: SecureContextOptions): { cert: string; ca: string | undefined } {
  return { cert: text(cert), ca: ca === undefined ? undefined : text(ca) };
}

/** Every part of a context of ours is the contents of one file. */
function text(contents: SecureContextOptions["key"]): string {
  return Buffer.isBuffer(contents) ? contents.toString("latin1") : "";
}
