export type MigrateProgress =
  /** The database is not there yet. Comes after every try: often at first, then about twice a second. */
  | { readonly kind: "waiting-for-database"; readonly reason: string; readonly waitedMs: number }
  /** Another process migrates. Comes a few times a second. */
  | { readonly kind: "waiting-for-migrator"; readonly waitedMs: number }
  /** A migration begins. Comes again if it has to be tried again. */
  | { readonly kind: "applying"; readonly name: string };
