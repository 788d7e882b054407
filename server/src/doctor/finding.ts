/** Everything that a doctor looks at, in the order in which it is told: the check, a dot, and what of it. */
export const FINDINGS = [
  "configuration.settings",
  "configuration.certificate",
  "configuration.auth",
  "database.connection",
  "database.version",
  "database.tls",
  "database.durability",
  "database.writable",
  "database.disk",
  "schema.tables",
  "schema.migrations",
  "clock.offset",
  "permissions.serve",
  "permissions.rollup",
  "permissions.migrate",
  "rollup.lag",
  "rollup.retention",
  "server.health",
  "server.certificate",
  "server.token",
  "server.add",
  "server.record",
  "agent.queue",
] as const;

export type FindingId = (typeof FINDINGS)[number];

/**
 * `ok`: as it should be. `warning`: it works, and somebody should know of it; it does not make a doctor fail. `wrong`: something
 * does not work, or counts are at risk. `skipped`: it was not looked at, and `says` tells why.
 */
export type FindingState = "ok" | "warning" | "wrong" | "skipped";

export interface Finding {
  readonly id: FindingId;
  readonly state: FindingState;
  /** What was found, in a sentence without a secret. */
  readonly says: string;
  /** What to do next; of what is `wrong` or a `warning`. */
  readonly next?: string;
}

export const ok = (id: FindingId, says: string): Finding => ({ id, state: "ok", says });
export const skipped = (id: FindingId, says: string): Finding => ({ id, state: "skipped", says });
export const warning = (id: FindingId, says: string, next: string): Finding => ({ id, state: "warning", says, next });
export const wrong = (id: FindingId, says: string, next: string): Finding => ({ id, state: "wrong", says, next });
