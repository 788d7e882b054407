import type { k8s } from "cdk8s-plus-27";
import { type Bundle, PORTS } from "../bundle.ts";

/** User and group of the nodes; the image asks for none. */
export const COCKROACH_USER = 1_000;
export const COCKROACH = "/cockroach/cockroach";
export const CERTIFICATES = "/cockroach/certs";

/** The Secrets with certificates, each with tls.crt, tls.key and ca.crt, whoever makes them. */
export type CertificateOf = "node" | "root" | "client";

export function certificateSecret(bundle: Bundle, of: CertificateOf): string {
  return bundle.name(`cockroachdb-${of}`);
}

/** As cockroach looks for them in its folder: `node.crt`, or `client.root.crt` for the user root. */
export function certificateVolume(bundle: Bundle, of: "node" | "root"): k8s.Volume {
  const file = of === "node" ? "node" : "client.root";
  return {
    name: "certificates",
    secret: {
      secretName: certificateSecret(bundle, of),
      // cockroach refuses a key that others may read; root's file may be read by the pod's group.
      defaultMode: 0o440,
      items: [
        { key: "ca.crt", path: "ca.crt" },
        { key: "tls.crt", path: `${file}.crt` },
        { key: "tls.key", path: `${file}.key` },
      ],
    },
  };
}

export const CERTIFICATE_MOUNT: k8s.VolumeMount = { name: "certificates", mountPath: CERTIFICATES, readOnly: true };

/**
 * The name of the nodes' headless Service, which is the beginning of their pods' names as well. A variable, so that kustomize
 * renames what is made of it.
 */
export function nodesVariable(bundle: Bundle): k8s.EnvVar {
  return { name: "COCKROACH_NODES", value: bundle.name("cockroachdb") };
}

export const FIRST_NODE = `$(COCKROACH_NODES)-0.$(COCKROACH_NODES):${PORTS.cockroachdb}`;

/** The names that a node's certificate must bear. */
export function nodeNames(nodes: string, service: string, namespace: string): string[] {
  const forms = (name: string) => [name, `${name}.${namespace}`, `${name}.${namespace}.svc.cluster.local`];
  return ["localhost", "127.0.0.1", ...forms(service), ...forms(`*.${nodes}`)];
}
