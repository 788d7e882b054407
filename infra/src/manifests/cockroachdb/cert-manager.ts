import { ApiObject, type Chart } from "cdk8s";
import type { Bundle } from "../bundle.ts";
import { type CertificateOf, certificateSecret, nodeNames } from "./names.ts";

interface IssuerRef {
  readonly name: string;
  readonly kind: "Issuer" | "ClusterIssuer";
}

const USAGES = ["digital signature", "key encipherment", "client auth"];

/** The certificates of nodes and clients, made and renewed by cert-manager; by default under an authority of the bundle's own. */
export function cockroachCertificates(chart: Chart, bundle: Bundle, given: IssuerRef | undefined): void {
  const issuerRef = given ?? ownAuthority(chart, bundle);
  const [nodes, service] = [bundle.name("cockroachdb"), bundle.name("cockroachdb-public")];
  const names = nodeNames(nodes, service, bundle.config.namespace ?? "");
  const certificate = (of: CertificateOf, commonName: string, spec: object) =>
    certManagerObject(chart, bundle, "Certificate", certificateSecret(bundle, of), {
      secretName: certificateSecret(bundle, of),
      commonName,
      duration: "2160h",
      renewBefore: "720h",
      privateKey: { algorithm: "RSA", size: 2_048, rotationPolicy: "Always" },
      issuerRef: { ...issuerRef, group: "cert-manager.io" },
      ...spec,
    });
  certificate("node", "node", {
    dnsNames: names.filter((name) => name !== "127.0.0.1"),
    ipAddresses: ["127.0.0.1"],
    usages: [...USAGES, "server auth"],
  });
  certificate("root", "root", { usages: USAGES });
  certificate("client", "count", { usages: USAGES });
}

function ownAuthority(chart: Chart, bundle: Bundle): IssuerRef {
  const [selfSigned, authority] = [bundle.name("cockroachdb-self-signed"), bundle.name("cockroachdb-ca")];
  certManagerObject(chart, bundle, "Issuer", selfSigned, { selfSigned: {} });
  certManagerObject(chart, bundle, "Certificate", authority, {
    isCA: true,
    commonName: authority,
    secretName: authority,
    duration: "87600h",
    privateKey: { algorithm: "RSA", size: 2_048, rotationPolicy: "Never" },
    issuerRef: { name: selfSigned, kind: "Issuer", group: "cert-manager.io" },
  });
  certManagerObject(chart, bundle, "Issuer", authority, { ca: { secretName: authority } });
  return { name: authority, kind: "Issuer" };
}

function certManagerObject(chart: Chart, bundle: Bundle, kind: string, name: string, spec: object): void {
  new ApiObject(chart, `${kind}-${name}`, {
    apiVersion: "cert-manager.io/v1",
    kind,
    metadata: { ...bundle.metadata("database-certificates", name) },
    spec,
  });
}
