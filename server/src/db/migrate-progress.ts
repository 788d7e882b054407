export type MigrateProgress =
  /** The database is not there yet. Comes after every try: often at first, then about twice a second. */
  | { readonly kind: "waiting-for-database"; readonly reason: string; readonly waitedMs: number }
  /** Another process migrates. Comes a few times a second. */
  | { readonly kind: "waiting-for-migrator"; readonly waitedMs: number }
  /** A migration begins. Comes again if it has to be tried again. */
  | { readonly kind: "applying"; readonly name: string }
  /** The original's counts are copied. Comes at each step; `done` is how many methods or requests, since this start. */
  | {
      readonly kind: "taking-over";
      readonly what: "methods" | "totals" | "requests" | "comparing";
      readonly done: bigint;
    };
