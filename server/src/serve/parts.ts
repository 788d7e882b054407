import type { Config } from "../config/config.ts";
import type { Database } from "../db/database.ts";
import type { ConnectionFigures } from "../observability/database-metrics.ts";
import type { Logger } from "../observability/logger.ts";
import type { Metrics } from "../observability/metrics.ts";
import type { GrpcService } from "../rpc/grpc-service.ts";
import type { Tracing } from "../tracing/tracing.ts";
import type { SchemaState } from "./open-database.ts";
import type { Pingable } from "./watch-database.ts";

/** A PostgreSQL that lives and dies with the server. */
export interface EmbeddedServer {
  /** With the password. */
  readonly url: string;
  readonly dataDir: string;
  readonly version: string;
  /** Settles when it has ended, asked to or not. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  close(): Promise<void>;
}

export interface ServeDatabase extends Pingable, Pick<Database, "run"> {
  readonly stats: ConnectionFigures;
  close(): Promise<void>;
}

/** The count service with what it stands on. */
export interface CountParts {
  readonly service: GrpcService;
  /** Flushes what was taken in, within the limit that it was opened with. */
  close(): Promise<void>;
}

/** What every part may need. */
export interface PartContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Undefined: nobody asked for traces. */
  readonly tracing: Tracing | undefined;
  /** Aborted when the server is told to stop: ends what is still starting. */
  readonly signal: AbortSignal;
}

/** The parts that `serve` puts together, so that its lifecycle can be tested without them. */
export interface ServeParts<Served extends ServeDatabase = ServeDatabase> {
  startEmbedded(context: PartContext): Promise<EmbeddedServer>;
  /** One try, or a few. @param onRetry why a try failed */
  connect(url: string, closeLimitMs: number, context: PartContext, onRetry: (reason: string) => void): Promise<Served>;
  migrate(url: string, context: PartContext): Promise<void>;
  schemaState(database: Served, context: PartContext): Promise<SchemaState>;
  openCount(database: Served, closeLimitMs: number, context: PartContext): Promise<CountParts>;
}
