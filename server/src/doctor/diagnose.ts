import type { Config } from "../config/config.ts";
import { resolveDatabaseOptions } from "../db/database-options.ts";
import { redactUrl } from "../db/database-url.ts";
import { inspectConnection } from "../db/inspect-connection.ts";
import { connectDatabase, type PoolDatabase } from "../db/pool-database.ts";
import { CountError } from "../domain/count-error.ts";
import { DEFAULT_RETENTION } from "../domain/retention.ts";
import { hideSecrets } from "../observability/logger.ts";
import { checkClock } from "./check-clock.ts";
import { checkConfiguration, type ReadConfig } from "./check-configuration.ts";
import { checkTls, checkVersion } from "./check-connection.ts";
import { checkAgentQueue, checkEmbeddedDisk } from "./check-disk.ts";
import { checkDurability } from "./check-durability.ts";
import { checkPermissions } from "./check-permissions.ts";
import { checkRetention } from "./check-retention.ts";
import { checkRollupLag } from "./check-rollup-lag.ts";
import { checkSchema } from "./check-schema.ts";
import { checkServer, type ServerToCheck } from "./check-server.ts";
import { checkServerCertificate } from "./check-server-certificate.ts";
import { databaseNext } from "./database-next.ts";
import { FINDINGS, type Finding, type FindingId, ok, skipped, wrong } from "./finding.ts";
import { type Limit, limited } from "./limited.ts";

/** Which database is looked at. Its URL holds a secret; none is ever told. */
export type DatabaseToCheck = { readonly url: string } | { readonly absent: string; readonly next: string };

export interface Patient {
  readonly config: ReadConfig;
  /** Undefined: the configuration does not say. */
  readonly database: DatabaseToCheck | undefined;
  /** Where an embedded PostgreSQL keeps its data. Undefined: the database is somebody else's. */
  readonly embeddedFolder: string | undefined;
  /** Folder of an agent's queue. Undefined: none was named. */
  readonly queueFolder: string | undefined;
  /** Undefined: no address was given. */
  readonly server: (ServerToCheck & { readonly tls: boolean }) | undefined;
}

export interface DiagnoseOptions {
  /** How long each check may take, in milliseconds. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** This machine's clock, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: () => number;
}

/**
 * Looks at everything, changes nothing, and says of each what it found and what to do next. Checks that need what is
 * wrong are skipped, and say so.
 *
 * @returns one finding for each of {@link FINDINGS} that applies, in their order
 * @throws CountError `cancelled` when the signal is aborted
 */
export async function diagnose(patient: Patient, options: DiagnoseOptions): Promise<Finding[]> {
  const found = [
    ...(await checkConfiguration(patient.config, options.now())),
    ...(await database(patient, options)),
    ...(await folders(patient, options)),
    ...(await server(patient, options)),
  ];
  if (options.signal.aborted) throw new CountError("cancelled", "interrupted");
  return found
    .map((finding) => ({
      ...finding,
      says: hideSecrets(finding.says),
      ...(finding.next !== undefined && { next: hideSecrets(finding.next) }),
    }))
    .sort((a, b) => FINDINGS.indexOf(a.id) - FINDINGS.indexOf(b.id));
}

async function database({ config, database: where }: Patient, options: DiagnoseOptions): Promise<Finding[]> {
  const id = "database.connection";
  const rest = (why: string) => NEED_DATABASE.map((one) => skipped(one, why));
  if (where === undefined) return [skipped(id, "not looked at: the configuration is wrong"), ...rest("not looked at")];
  if ("absent" in where) return [wrong(id, where.absent, where.next), ...rest("not looked at: there is no database")];
  const url = redactUrl(where.url);
  const { limitMs, signal } = options;
  let open: PoolDatabase | undefined;
  try {
    const connected = await limited({ limitMs, signal }, (late) =>
      connectDatabase({
        url: where.url,
        applicationName: "count-doctor",
        maxConnections: 1,
        retryLimitMs: 0,
        // A probe may take twice this.
        connectTimeoutMs: Math.max(1, Math.floor(limitMs / 2)),
        statementTimeoutMs: Math.max(1, Math.ceil(limitMs)),
        closeLimitMs: 0,
        signal: late,
      }),
    );
    open = connected;
    const serving = "config" in config ? config.config : { migrate: false, retention: DEFAULT_RETENTION };
    return [ok(id, `${url} answers`), ...(await examine(connected, where.url, serving, options))];
  } catch (error) {
    if (signal.aborted) throw error;
    return [
      wrong(id, `${url}: ${reason(error)}`, databaseNext(error)),
      ...rest("not looked at: the database cannot be used"),
    ];
  } finally {
    await open?.close();
  }
}

/** Without the name of the statement and the number of tries, which is always one. */
function reason(error: unknown): string {
  return CountError.from(error)
    .message.replace(/^connect: /, "")
    .replace(/ \(1 try in [\d.]+ s\)$/, "");
}

const NEED_DATABASE: readonly FindingId[] = FINDINGS.filter(
  (id) =>
    /^(?:database|schema|clock|permissions|rollup)\./.test(id) &&
    !["database.connection", "database.disk"].includes(id),
);

async function examine(
  database: PoolDatabase,
  url: string,
  { migrate: migrates, retention }: Pick<Config, "migrate" | "retention">,
  options: DiagnoseOptions,
): Promise<Finding[]> {
  const { now } = options;
  const found = [checkVersion(database.dialect, database.version)];
  const add = async (ids: readonly FindingId[], check: (signal: AbortSignal) => Promise<readonly Finding[]>) => {
    found.push(...(await attempt(ids, options, check)));
  };
  await add(["database.tls"], async (signal) => {
    const settings = resolveDatabaseOptions({
      url,
      applicationName: "count-doctor",
      connectTimeoutMs: Math.ceil(options.limitMs),
    });
    return [checkTls(new URL(settings.url).hostname, await inspectConnection(settings, signal), now())];
  });
  await add(["database.durability", "database.writable"], (signal) => checkDurability(database, signal));
  await add(["schema.tables", "schema.migrations"], (signal) => checkSchema(database, signal));
  await add(["clock.offset"], (signal) => checkClock(database, now, signal));
  const stateOf = (id: FindingId) => found.find((finding) => finding.id === id)?.state;
  // With the original's tables there the rights on ours mean nothing. A schema that may not be read is a lack of rights.
  if (stateOf("schema.migrations") !== "skipped") {
    const isBehind = stateOf("schema.tables") === "ok" && stateOf("schema.migrations") === "wrong";
    await add(["permissions.serve", "permissions.rollup", "permissions.migrate"], (signal) =>
      checkPermissions(database, { isBehind, migrates }, signal),
    );
  }
  const hasTables = stateOf("schema.migrations") === "ok" && stateOf("permissions.serve") === "ok";
  if (hasTables) {
    await add(["rollup.lag"], (signal) => checkRollupLag(database, now(), signal));
    await add(["rollup.retention"], (signal) => checkRetention(database, retention, now(), signal));
  }
  const missing = NEED_DATABASE.filter((id) => !found.some((finding) => finding.id === id));
  return [
    ...found,
    ...missing.map((id) => skipped(id, "not looked at: the schema or the rights are not as they should be")),
  ];
}

/** A check that failed is a finding too. */
async function attempt(
  ids: readonly FindingId[],
  limit: Limit,
  check: (signal: AbortSignal) => Promise<readonly Finding[]>,
  next: (error: unknown) => string = databaseNext,
): Promise<readonly Finding[]> {
  try {
    return await limited(limit, check);
  } catch (error) {
    if (limit.signal.aborted) throw error;
    return ids.map((id) => wrong(id, `could not be looked at: ${reason(error)}`, next(error)));
  }
}

async function folders({ embeddedFolder, queueFolder }: Patient, options: DiagnoseOptions): Promise<Finding[]> {
  const next = () => "Look at the folder and its disk from this machine.";
  const found: Finding[] = [];
  if (embeddedFolder !== undefined) {
    const check = async () => [await checkEmbeddedDisk(embeddedFolder)].filter((one) => one !== undefined);
    found.push(...(await attempt(["database.disk"], options, check, next)));
  }
  if (queueFolder !== undefined)
    found.push(...(await attempt(["agent.queue"], options, async () => [await checkAgentQueue(queueFolder)], next)));
  return found;
}

async function server({ server: target }: Patient, options: DiagnoseOptions): Promise<Finding[]> {
  if (target === undefined)
    return [skipped("server.health", "not looked at: name a server with --server or COUNT_SERVER")];
  const { limitMs, now } = options;
  const { signal } = options;
  // Each of its three calls has the limit.
  const calls = await checkServer(target, limitMs, signal);
  if (!target.tls) return calls;
  const next = () => "Look at the server's log and at the network between.";
  const check = async (late: AbortSignal) => [await checkServerCertificate(target.server, now(), late)];
  return [...calls, ...(await attempt(["server.certificate"], options, check, next))];
}
