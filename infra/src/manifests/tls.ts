import type { Chart } from "cdk8s";
import { ApiObject } from "cdk8s";
import type { k8s } from "cdk8s-plus-27";
import type { Tls } from "../config/surroundings.ts";
import type { Bundle } from "./bundle.ts";

interface TlsParts {
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly k8s.Volume[];
  readonly mounts: readonly k8s.VolumeMount[];
}

const FOLDER = "/etc/count/tls";
const CLIENT_FOLDER = "/etc/count/client-tls";

function secretName(bundle: Bundle, tls: Exclude<Tls, { mode: "off" }>): string {
  return tls.mode === "secret" ? tls.secretName : bundle.name("tls");
}

/** What the server needs to speak TLS, or to say that it does not. */
export function serverTls(bundle: Bundle): TlsParts {
  const { tls, auth } = bundle.config;
  if (tls.mode === "off") return { env: { COUNT_INSECURE: "true" }, volumes: [], mounts: [] };
  const isMutual = tls.mode === "secret" && tls.clientSecretName !== undefined;
  return {
    env: {
      COUNT_TLS_CERT_FILE: `${FOLDER}/tls.crt`,
      COUNT_TLS_KEY_FILE: `${FOLDER}/tls.key`,
      ...(isMutual ? { COUNT_TLS_CLIENT_CA_FILE: `${FOLDER}/ca.crt` } : {}),
      // Nobody is asked who he is, which beyond the loopback interface must be said.
      ...(isMutual || auth !== undefined ? {} : { COUNT_INSECURE: "true" }),
    },
    volumes: [{ name: "tls", secret: { secretName: secretName(bundle, tls), defaultMode: 0o440 } }],
    mounts: [{ name: "tls", mountPath: FOLDER, readOnly: true }],
  };
}

/** What a client in the bundle, such as the roll-up, needs to reach the server: flags, and the authority without the server's key. */
export function clientTls(bundle: Bundle): Omit<TlsParts, "env"> & { readonly args: readonly string[] } {
  const { tls } = bundle.config;
  if (tls.mode === "off") return { args: [], volumes: [], mounts: [] };
  const clientSecret = tls.mode === "secret" ? tls.clientSecretName : undefined;
  const ca = { secretName: secretName(bundle, tls), defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] };
  return {
    args: [
      `--ca=${FOLDER}/ca.crt`,
      ...(clientSecret === undefined ? [] : [`--cert=${CLIENT_FOLDER}/tls.crt`, `--key=${CLIENT_FOLDER}/tls.key`]),
    ],
    volumes: [
      { name: "tls", secret: ca },
      ...(clientSecret === undefined
        ? []
        : [{ name: "client-tls", secret: { secretName: clientSecret, defaultMode: 0o440 } }]),
    ],
    mounts: [
      { name: "tls", mountPath: FOLDER, readOnly: true },
      ...(clientSecret === undefined ? [] : [{ name: "client-tls", mountPath: CLIENT_FOLDER, readOnly: true }]),
    ],
  };
}

/** The certificate, where cert-manager makes it. */
export function serverCertificate(chart: Chart, bundle: Bundle): void {
  const { tls, namespace = "" } = bundle.config;
  if (tls.mode !== "cert-manager") return;
  const services = [bundle.name(), bundle.name("headless")];
  new ApiObject(chart, "server-certificate", {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: { ...bundle.metadata("server", bundle.name("tls")) },
    spec: {
      secretName: bundle.name("tls"),
      dnsNames: services.flatMap((name) => [
        name,
        `${name}.${namespace}`,
        `${name}.${namespace}.svc`,
        `${name}.${namespace}.svc.cluster.local`,
      ]),
      usages: ["digital signature", "key encipherment", "server auth"],
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      issuerRef: { name: tls.issuerRef.name, kind: tls.issuerRef.kind, group: "cert-manager.io" },
    },
  });
}
