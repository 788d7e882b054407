import { int8Array } from "../db/binary-array.ts";
import type { Database } from "../db/database.ts";
import { type RequestsOfMethodRow, requestsOfMethods, storePathRules } from "../db/sql/path-rules.ts";
import { CountError } from "../domain/count-error.ts";
import type { PathRules } from "../domain/path-rules.ts";
import { compareUtf8 } from "../totals/compare-utf8.ts";
import { applyPathRules } from "./apply-path-rules.ts";
import { type MethodToRead, methodsToRead } from "./methods-to-read.ts";
import { readPolicy } from "./policy.ts";
import { formatPathRules } from "./read-path-rules.ts";

export interface SetPathRulesOptions {
  /** Only say what would change. Default false. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface PathChange extends Omit<MethodToRead, "id"> {
  /** Requests of all time. */
  readonly count: bigint;
}

export interface PathChanges {
  /** By path, method and service; {@link MAX_CHANGES} at most. */
  readonly changes: readonly PathChange[];
  /** How many there are. */
  readonly paths: number;
  /** Requests of all of them. */
  readonly requests: bigint;
}

export const MAX_CHANGES = 10_000;
const MAX_TRIES = 5;
/** Ids in a statement. */
const STEP_IDS = 50_000;

/**
 * Replaces all rules, lets every method be read as they say, and tells what that changes.
 *
 * Rules come in force first: from then on no server makes a method that would have to follow them later. Then the methods that are
 * there follow. If that breaks off, whoever notices goes on with it.
 *
 * @throws CountError `unavailable` when others set rules all the time; and as {@link Database.run}
 */
export async function setPathRules(
  database: Pick<Database, "run">,
  rules: PathRules,
  { dryRun = false, signal }: SetPathRulesOptions = {},
): Promise<PathChanges> {
  const changes = await changesBy(database, rules, signal);
  if (!dryRun) {
    const version = await store(database, rules, signal);
    await applyPathRules(database, { rules, version }, signal);
  }
  return changes;
}

async function store(
  database: Pick<Database, "run">,
  rules: PathRules,
  signal: AbortSignal | undefined,
): Promise<bigint> {
  const text = formatPathRules(rules);
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const known = await readPolicy(database, undefined, signal);
    // Sent again after its answer was lost.
    if (tries > 0 && formatPathRules(known.rules) === text) return known.version;
    const values = [known.version, text];
    const [row] = await database.run<{ path_rules_version: bigint }>(storePathRules, values, signal && { signal });
    if (row !== undefined) return row.path_rules_version;
  }
  throw new CountError("unavailable", `other path rules were set ${MAX_TRIES} times in between; try again`);
}

async function changesBy(
  database: Pick<Database, "run">,
  rules: PathRules,
  signal: AbortSignal | undefined,
): Promise<PathChanges> {
  const others: MethodToRead[] = [];
  for await (const methods of methodsToRead(database, rules, signal)) {
    others.push(...methods.filter(({ from, to }) => from !== to));
  }
  const requests = new Map<bigint, bigint>();
  for (let at = 0; at < others.length; at += STEP_IDS) {
    const ids = int8Array(others.slice(at, at + STEP_IDS).map(({ id }) => id));
    const rows = await database.run<RequestsOfMethodRow>(requestsOfMethods, [ids], signal && { signal });
    for (const row of rows) requests.set(row.method_id, row.requests);
  }
  others.sort((a, b) => compareUtf8(a.counted, b.counted) || a.method - b.method || compareUtf8(a.service, b.service));
  return {
    changes: others.slice(0, MAX_CHANGES).map(({ id, ...change }) => ({ ...change, count: requests.get(id) ?? 0n })),
    paths: others.length,
    requests: others.reduce((sum, { id }) => sum + (requests.get(id) ?? 0n), 0n),
  };
}
