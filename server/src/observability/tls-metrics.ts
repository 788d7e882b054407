import { X509Certificate } from "node:crypto";
import { Counter, Gauge, type Registry } from "prom-client";

/** PEM texts in force. */
export interface CertificateTexts {
  readonly cert: string;
  /** Authorities that sign clients. */
  readonly ca: string | undefined;
}

export interface TlsMetrics {
  /** These are in force from now on. */
  inForce(texts: CertificateTexts): void;
  /** The files were read again and could not be used. */
  reloadFailed(): void;
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** When the certificates of the gRPC server end. Without TLS there is no sample. */
export function tlsMetrics(registry: Registry): TlsMetrics {
  const registers = [registry];
  const expiry = new Gauge({
    name: "count_tls_certificate_expiry_timestamp_seconds",
    help: "When the first certificate of a file ends: the server's chain, or the authorities of clients. No sample without TLS.",
    labelNames: ["file"],
    registers,
  });
  const failures = new Counter({
    name: "count_tls_reload_failures_total",
    help: "Readings of TLS files that could not be used; the last good ones stay in force.",
    registers,
  });
  return {
    inForce: ({ cert, ca }) => {
      expiry.set({ file: "server" }, firstEnd(cert));
      if (ca !== undefined) expiry.set({ file: "client_ca" }, firstEnd(ca));
    },
    reloadFailed: () => failures.inc(),
  };
}

/** Of the certificates of a file, the end of the one that ends first, in seconds since 1970. */
function firstEnd(pem: string): number {
  const ends = (pem.match(PEM) ?? []).map((text) => Date.parse(new X509Certificate(text).validTo) / 1_000);
  return Math.min(...ends);
}
