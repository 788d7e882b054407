import type { Chart } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { imageName } from "../../config/images.ts";
import type { Bundle } from "../bundle.ts";
import { contentHash } from "../migrate.ts";
import { podTemplate, serviceAccount } from "../pod.ts";
import { CREATE_SECRETS } from "./create-secrets.ts";
import { COCKROACH, COCKROACH_USER, certificateSecret, nodeNames, nodesVariable } from "./names.ts";

const FOLDER = "/certificates";
const TOKEN_FOLDER = "/var/run/bootstrap";

/** Makes an authority and the certificates under it, in $1, which is empty at first. $2 is the program, the rest are the names of a node. */
export const MAKE_CERTIFICATES = `set -eu
folder=$1 cockroach=$2; shift 2
cert() { "$cockroach" cert "$@" --certs-dir="$folder" --ca-key="$folder/ca.key" --lifetime="$lifetime"; }
lifetime=87600h; cert create-ca
lifetime=43800h; cert create-node "$@"; cert create-client root; cert create-client count
mv "$folder/client.root.crt" "$folder/root.crt"; mv "$folder/client.root.key" "$folder/root.key"
mv "$folder/client.count.crt" "$folder/client.crt"; mv "$folder/client.count.key" "$folder/client.key"
`;

/**
 * Certificates without cert-manager and without anybody's hands: a Job that makes them once. Its pod is the only one with a token,
 * a short-lived one, and may do nothing but create Secrets and read the one that it made first.
 */
export function certificateBootstrap(chart: Chart, bundle: Bundle): void {
  const name = bundle.name("cockroachdb-certificates");
  const metadata = bundle.metadata("database-certificates", name);
  const authority = bundle.name("cockroachdb-ca");
  new k8s.KubeServiceAccount(chart, "certificates-account", serviceAccount(bundle, "database-certificates", name));
  new k8s.KubeRole(chart, "certificates-role", {
    metadata,
    rules: [
      // Which names may be created cannot be said: there is no object yet.
      { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
      { apiGroups: [""], resources: ["secrets"], resourceNames: [authority], verbs: ["get"] },
    ],
  });
  new k8s.KubeRoleBinding(chart, "certificates-binding", {
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name }],
  });
  new k8s.KubeConfigMap(chart, "certificates-script", { metadata, data: { "create-secrets.mjs": CREATE_SECRETS } });
  const spec = bootstrapSpec(bundle, name, authority);
  new k8s.KubeJob(chart, "certificates", {
    metadata: { ...metadata, name: `${name}-${contentHash(k8s.toJson_JobSpec(spec))}` },
    spec,
  });
}

function bootstrapSpec(bundle: Bundle, name: string, authority: string): k8s.JobSpec {
  const { images, server } = bundle.config;
  const namespace = { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } };
  const service = { name: "COCKROACH_SERVICE", value: bundle.name("cockroachdb-public") };
  const certificates = { name: "certificates", mountPath: FOLDER };
  const secrets = {
    ca: authority,
    node: certificateSecret(bundle, "node"),
    root: certificateSecret(bundle, "root"),
    client: certificateSecret(bundle, "client"),
  };
  return {
    backoffLimit: 20,
    activeDeadlineSeconds: 3_600,
    template: podTemplate(bundle, {
      component: "database-certificates",
      serviceAccountName: name,
      user: COCKROACH_USER,
      restartPolicy: "Never",
      placement: server.placement,
      initContainers: [
        {
          name: "make",
          image: imageName(images.cockroachdb),
          command: ["/bin/bash", "-c", MAKE_CERTIFICATES, "make"],
          args: [FOLDER, COCKROACH, ...nodeNames("$(COCKROACH_NODES)", "$(COCKROACH_SERVICE)", "$(POD_NAMESPACE)")],
          env: [namespace, nodesVariable(bundle), service],
          mounts: [certificates],
          resources: { cpu: "50m", memory: "128Mi", memoryLimit: "512Mi" },
        },
      ],
      containers: [
        {
          name: "store",
          image: imageName(images.count),
          command: ["node", "/etc/bootstrap/create-secrets.mjs"],
          env: [
            { name: "TOKEN_FOLDER", value: TOKEN_FOLDER },
            { name: "CERTIFICATES", value: FOLDER },
            { name: "SECRETS", value: JSON.stringify(secrets) },
            { name: "LABELS", value: JSON.stringify(bundle.labels("database-certificates")) },
          ],
          mounts: [
            certificates,
            { name: "script", mountPath: "/etc/bootstrap", readOnly: true },
            { name: "token", mountPath: TOKEN_FOLDER, readOnly: true },
          ],
          resources: { cpu: "20m", memory: "64Mi", memoryLimit: "192Mi" },
        },
      ],
      volumes: [
        { name: "certificates", emptyDir: { medium: "Memory", sizeLimit: k8s.Quantity.fromString("8Mi") } },
        { name: "script", configMap: { name, defaultMode: 0o444 } },
        { name: "token", projected: { defaultMode: 0o440, sources: apiAccess() } },
      ],
    }),
  };
}

/** What `automountServiceAccountToken` would mount, only here and for an hour at most. */
function apiAccess(): k8s.VolumeProjection[] {
  return [
    { serviceAccountToken: { path: "token", expirationSeconds: 3_600 } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardApi: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
  ];
}
