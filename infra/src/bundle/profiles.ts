import type { ConfigInput } from "../config/config.ts";

/** A bundle that is committed in `charts/`. */
export interface Profile {
  readonly name: string;
  readonly about: string;
  readonly config: ConfigInput;
}

export const PROFILES: readonly Profile[] = [
  {
    name: "postgres",
    about: "Count with a PostgreSQL of yours, over TLS.",
    config: { database: { kind: "external" } },
  },
  {
    name: "cockroachdb",
    about: "Count with a secure CockroachDB of three nodes in the cluster.",
    config: { database: { kind: "cockroachdb" } },
  },
  {
    name: "demo",
    about: "One small server with its PostgreSQL beside it, for a laptop.",
    config: {
      database: { kind: "inside" },
      server: {
        resources: { cpu: "50m", memory: "128Mi", memoryLimit: "384Mi" },
        settings: { dbPoolSize: 4 },
      },
    },
  },
];
