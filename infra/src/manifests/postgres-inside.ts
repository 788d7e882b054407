import { k8s } from "cdk8s-plus-27";
import type { Inside } from "../config/database.ts";
import { imageName } from "../config/images.ts";
import type { Bundle } from "./bundle.ts";
import { SOCKET_FOLDER, SOCKET_MOUNT } from "./database-access.ts";
import type { ContainerOptions } from "./pod.ts";

/** User and group `postgres` of the official image on Debian. */
const POSTGRES_USER = 999;
const DATA_FOLDER = "/var/lib/postgresql";

/**
 * Both containers are told to stop at once: PostgreSQL goes on until Count has flushed and closed its connections, or until
 * Count's own limit is over.
 */
const WAIT_FOR_COUNT = `others="select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
for _ in $(seq "$1"); do
  [ "$(psql --no-psqlrc --tuples-only --no-align --host ${SOCKET_FOLDER} --username count --command "$others" count)" = 0 ] && exit
  sleep 1
done`;

/**
 * A PostgreSQL in the server's own pod, of the official image or one that takes the same variables. It listens on no port, only on a
 * socket in a folder that the pod's two containers share, so trusting who connects leaves nobody in: whoever can
 * get into the pod could read its files anyway.
 */
export function postgresInside(bundle: Bundle, { storage, resources }: Inside) {
  const seconds = Math.ceil(bundle.config.server.settings.stopLimitMs / 1_000);
  const ready = { exec: { command: ["pg_isready", "--quiet", "--host", SOCKET_FOLDER, "--username", "count"] } };
  const postgres: ContainerOptions = {
    name: "postgres",
    image: imageName(bundle.config.images.postgres),
    args: ["-c", "listen_addresses=", "-c", `unix_socket_directories=${SOCKET_FOLDER}`, "-c", "max_connections=50"],
    env: [
      { name: "POSTGRES_USER", value: "count" },
      { name: "POSTGRES_DB", value: "count" },
      { name: "POSTGRES_HOST_AUTH_METHOD", value: "trust" },
      { name: "PGDATA", value: `${DATA_FOLDER}/pgdata` },
    ],
    mounts: [SOCKET_MOUNT, { name: "data", mountPath: DATA_FOLDER }],
    resources,
    startupProbe: { ...ready, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 150 },
    livenessProbe: { ...ready, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    preStop: { exec: { command: ["sh", "-c", WAIT_FOR_COUNT, "wait", String(seconds)] } },
  };
  return {
    user: POSTGRES_USER,
    containers: [postgres],
    volumes: [{ name: "postgres-socket", emptyDir: {} }] satisfies k8s.Volume[],
    claim: {
      metadata: { name: "data", labels: bundle.selector("server") },
      spec: {
        accessModes: ["ReadWriteOnce"],
        ...(storage.className === undefined ? {} : { storageClassName: storage.className }),
        resources: { requests: { storage: k8s.Quantity.fromString(storage.size) } },
      },
    } satisfies k8s.KubePersistentVolumeClaimProps,
  };
}
