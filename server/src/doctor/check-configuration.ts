import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Config, TlsFiles } from "../config/config.ts";
import { CountError } from "../domain/count-error.ts";
import { judgeValidity } from "./certificate.ts";
import { checkAuth } from "./check-auth.ts";
import { type Finding, ok, wrong } from "./finding.ts";

/** Settings that were read, or why they could not be. */
export type ReadConfig = { readonly config: Config } | { readonly error: unknown };

/** The settings of `count serve` together, and the files that they name. */
export async function checkConfiguration(read: ReadConfig, nowMs: number): Promise<Finding[]> {
  if ("error" in read) {
    return [
      wrong(
        "configuration.settings",
        CountError.from(read.error).message.replaceAll("\n", "; "),
        "Correct the flag or variable; `count serve --help` says what each accepts.",
      ),
    ];
  }
  const settings = ok("configuration.settings", "every setting can be used");
  const { grpc, authFile } = read.config;
  return [
    settings,
    ...(grpc.tls === undefined ? [] : [await checkFiles(grpc.tls, nowMs)]),
    ...(authFile === undefined ? [] : [await checkAuth(authFile)]),
  ];
}

async function checkFiles({ certFile, keyFile, clientCaFile }: TlsFiles, nowMs: number): Promise<Finding> {
  const id = "configuration.certificate";
  try {
    const [cert, key, ca] = await Promise.all([readFile(certFile), readFile(keyFile), read(clientCaFile)]);
    createSecureContext({ cert, key, ...(ca && { ca }) });
    const { validFrom, validTo } = new X509Certificate(cert);
    const validity = { validFrom: new Date(validFrom), validTo: new Date(validTo) };
    return judgeValidity(id, `the certificate in ${certFile}`, validity, nowMs);
  } catch (error) {
    const files = [certFile, keyFile, clientCaFile].filter((file) => file !== undefined).join(", ");
    return wrong(
      id,
      `the TLS files ${files} cannot be used: ${(error as Error).message}`,
      "Name PEM files that this user may read and that belong together: --tls-cert-file, --tls-key-file, --tls-client-ca-file.",
    );
  }
}

async function read(file: string | undefined): Promise<Buffer | undefined> {
  return file === undefined ? undefined : await readFile(file);
}
