import type { EmbeddedPostgres } from "../../src/embedded/embedded-postgres.ts";

/** Handed from jest's global setup to its teardown, which run in one process but are loaded apart. */
export const jestServer = globalThis as { countJestServer?: EmbeddedPostgres | undefined };
