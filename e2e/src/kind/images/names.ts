/** Images that the suite builds. None of them is to be had from a registry. */
export const COUNT_IMAGE = "count-server:dev";
export const POSTGRES_IMAGE = "count-e2e-postgres:15";
/** Pods that count: the same image with the programs of `pods/`. */
export const CLIENT_IMAGE = "count-e2e-client:dev";
/** Not CockroachDB: what its commands print and leave behind, as far as a bundle's Jobs go by it. */
export const COCKROACHDB_STAND_IN = "count-e2e-cockroachdb-stand-in:dev";

/** Count's image with further migrations. */
export const NEXT_IMAGES = {
  /** One more, which is quick. */
  next: "count-server:e2e-next",
  /** Two more, of which the second takes {@link SLOW_MIGRATION_SECONDS}. */
  slow: "count-server:e2e-slow",
  /** Two more, of which the second fails. */
  broken: "count-server:e2e-broken",
} as const;

export const SLOW_MIGRATION_SECONDS = 12;
