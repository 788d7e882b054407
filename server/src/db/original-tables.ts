import { CountError } from "../domain/count-error.ts";
import type { Database, Statement } from "./database.ts";

/** Where the original's tables are kept once they are moved aside. */
export const ORIGINAL_SCHEMA = "count_original";

/**
 * In the order in which they are moved: without `requests` every statement of an original server that counts or rolls up
 * fails as a whole, so that nothing is counted where nobody looks for it.
 */
const TABLES = ["requests", "daily_method_totals", "methods"] as const;

type Table = (typeof TABLES)[number];

const SELECT: Statement = {
  name: "select-original-tables",
  text: `
select n.nspname::text as schema_name, c.relname::text as table_name, exists (
  select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'service' and not a.attisdropped
) as has_service
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('count', 'count_original') and c.relkind in ('r', 'p')`,
};

interface TableRow {
  readonly schema_name: string;
  readonly table_name: string;
  readonly has_service: boolean;
}

/** Where the original's tables are, and whether a take-over has begun. */
export interface Originals {
  /** In the schema `count`: `count.methods`; none in a database of ours. */
  readonly inCount: readonly string[];
  /** In `count_original`, moved there by a take-over or by hand. */
  readonly aside: readonly Table[];
  /** The take-over's own table is there. */
  readonly begun: boolean;
}

/** @throws CountError */
export async function findOriginals(database: Database, signal?: AbortSignal): Promise<Originals> {
  const rows = await database.run<TableRow>(SELECT, [], signal && { signal });
  const names = (schema: string) => rows.filter((row) => row.schema_name === schema).map((row) => row.table_name);
  const inCount = names("count");
  // Its methods have no service; only it has requests. Its totals are known by what they lie beside.
  const hasMethods = rows.some(
    (row) => row.schema_name === "count" && row.table_name === "methods" && !row.has_service,
  );
  const isOriginal = hasMethods || inCount.includes("requests");
  const aside = names(ORIGINAL_SCHEMA);
  const here = TABLES.filter(
    (table) => inCount.includes(table) && !aside.includes(table) && (table === "methods" ? hasMethods : isOriginal),
  );
  return {
    inCount: here.map((table) => `count.${table}`).sort(),
    aside: TABLES.filter((table) => aside.includes(table)),
    begun: aside.includes("take_over"),
  };
}

/** Times and days that count.v1 and our tables can hold: the years 1 to 9999. */
const UNUSABLE: Readonly<Record<Exclude<Table, "methods">, string>> = {
  requests:
    "request_timestamp < timestamptz '0001-01-01 00:00:00+00' or request_timestamp >= timestamptz '10000-01-01 00:00:00+00'",
  daily_method_totals: "day < date '0001-01-01' or day >= date '10000-01-01'",
};

/** Looks for what cannot be taken over, before anything is changed. @throws CountError `precondition` */
export async function checkOriginals(database: Database, originals: Originals, signal: AbortSignal): Promise<void> {
  const lacking = TABLES.filter(
    (table) => !originals.aside.includes(table) && !originals.inCount.includes(`count.${table}`),
  );
  if (lacking.length > 0) {
    throw new CountError(
      "precondition",
      `the original Count's tables are not complete: there is no ${lacking.join(" and no ")}; nothing was changed. Start the last ` +
        "version of the original once, which makes them",
    );
  }
  for (const [table, condition] of Object.entries(UNUSABLE)) {
    const schema = originals.aside.includes(table as Table) ? ORIGINAL_SCHEMA : "count";
    if (schema === "count" && !originals.inCount.includes(`count.${table}`)) continue;
    const text = `select count(*) as rows from ${schema}.${table} where ${condition}`;
    const [row] = await database.run<{ rows: bigint }>({ name: `check-${schema}-${table}`, text }, [], { signal });
    if (row === undefined || row.rows === 0n) continue;
    throw new CountError(
      "precondition",
      `${row.rows} rows of ${schema}.${table} have a time outside of the years 1 to 9999, which cannot be taken over; nothing was ` +
        `copied. Look at them, then correct or delete them: select * from ${schema}.${table} where ${condition}`,
    );
  }
}

/**
 * Moves the original's tables out of the schema `count`, with their rows, indexes and sequences. A table waits for the
 * transactions that use it, and is moved at once.
 */
export async function moveOriginals(database: Database, { inCount }: Originals, signal: AbortSignal): Promise<void> {
  for (const table of TABLES) {
    if (!inCount.includes(`count.${table}`)) continue;
    await database
      .run({ name: `move-original-${table}`, text: `alter table count.${table} set schema ${ORIGINAL_SCHEMA}` }, [], {
        signal,
      })
      .catch(async (error: unknown) => {
        // Sent again after its answer was lost.
        const now = await findOriginals(database, signal);
        if (!now.aside.includes(table)) throw error;
      });
  }
}
