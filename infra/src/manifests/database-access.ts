import type { k8s } from "cdk8s-plus-27";
import type { External } from "../config/database.ts";
import { type Bundle, PORTS } from "./bundle.ts";

/** How a pod reaches the database: environment, volumes, and what belongs into its annotations so that a change rolls it. */
export interface DatabaseAccess {
  readonly env: readonly k8s.EnvVar[];
  readonly volumes: readonly k8s.Volume[];
  readonly mounts: readonly k8s.VolumeMount[];
  readonly annotations: Readonly<Record<string, string>>;
}

const CERTIFICATES = "/etc/count/database";
/** Where PostgreSQL and Count share a socket. */
export const SOCKET_FOLDER = "/var/run/postgresql";
export const SOCKET_MOUNT: k8s.VolumeMount = { name: "postgres-socket", mountPath: SOCKET_FOLDER };

/** @param role whose credentials: the servers' or the migration's */
export function databaseAccess(bundle: Bundle, role: "server" | "migrate"): DatabaseAccess {
  const { database } = bundle.config;
  if (database.kind === "external") return externalAccess(database, role);
  if (database.kind === "cockroachdb") return cockroachAccess(bundle, database.secretRevision);
  // Trust on a socket that only this pod's containers can see: there is no password that could be read or lost.
  const url = `postgresql://count@${encodeURIComponent(SOCKET_FOLDER)}/count`;
  return { env: [{ name: "DB_URL", value: url }], volumes: [], mounts: [SOCKET_MOUNT], annotations: {} };
}

/**
 * The URL has what is no secret, TLS included, so that no Secret can turn it off; name and password come from the Secret as
 * they are, through libpq's variables, so that nobody has to percent-encode them.
 */
function externalAccess(database: External, role: "server" | "migrate"): DatabaseAccess {
  const { credentials, migrationCredentials = credentials, ca } = database;
  const secret = role === "migrate" ? migrationCredentials : credentials;
  const from = (key: string) => ({ secretKeyRef: { name: secret.name, key } });
  const query = `sslmode=verify-full&sslrootcert=${encodeURIComponent(`${CERTIFICATES}/ca.crt`)}`;
  return {
    env: [
      { name: "DB_URL", value: `postgresql://${database.host}:${database.port}/${database.database}?${query}` },
      { name: "PGUSER", valueFrom: from(secret.usernameKey) },
      { name: "PGPASSWORD", valueFrom: from(secret.passwordKey) },
    ],
    volumes: [
      {
        name: "database-ca",
        secret: { secretName: ca.name, defaultMode: 0o440, items: [{ key: ca.key, path: "ca.crt" }] },
      },
    ],
    mounts: [{ name: "database-ca", mountPath: CERTIFICATES, readOnly: true }],
    annotations: { "count/database-secret-revision": database.secretRevision },
  };
}

/** By a client certificate. The host is a variable of its own, so that kustomize renames it with the Service. */
function cockroachAccess(bundle: Bundle, secretRevision: string): DatabaseAccess {
  const file = (name: string) => encodeURIComponent(`${CERTIFICATES}/${name}`);
  const query = `sslmode=verify-full&sslrootcert=${file("ca.crt")}&sslcert=${file("tls.crt")}&sslkey=${file("tls.key")}`;
  return {
    env: [
      { name: "COCKROACH_SERVICE", value: bundle.name("cockroachdb-public") },
      { name: "DB_URL", value: `postgresql://count@$(COCKROACH_SERVICE):${PORTS.cockroachdb}/count?${query}` },
    ],
    volumes: [
      { name: "database-certificates", secret: { secretName: bundle.name("cockroachdb-client"), defaultMode: 0o440 } },
    ],
    mounts: [{ name: "database-certificates", mountPath: CERTIFICATES, readOnly: true }],
    annotations: { "count/database-secret-revision": secretRevision },
  };
}
