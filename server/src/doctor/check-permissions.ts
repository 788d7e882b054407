import type { Database } from "../db/database.ts";
import {
  type DoctorRightsRow,
  type DoctorSchemaRightsRow,
  doctorRights,
  doctorSchemaRights,
} from "../db/sql/doctor-rights.ts";
import { type Finding, type FindingId, ok, skipped, warning, wrong } from "./finding.ts";

type Right = "select" | "insert" | "update" | "delete";
type Needs = Readonly<Record<string, readonly Right[]>>;

/** What the statements of each command do. The grants in docs/running.md are these together. */
const SERVE: Needs = {
  migrations: ["select"],
  methods: ["select", "insert", "update"],
  pending: ["select", "insert"],
  daily_method_totals: ["select"],
  monthly_method_totals: ["select"],
  bucket_counts: ["select"],
  lost_requests: ["select", "insert"],
  clients: ["select", "insert", "update", "delete"],
  state: ["select", "update"],
};
const ROLLUP: Needs = {
  methods: ["select", "update"],
  pending: ["select", "delete"],
  daily_method_totals: ["select", "insert", "update", "delete"],
  monthly_method_totals: ["select", "insert", "update", "delete"],
  bucket_counts: ["select", "insert", "update", "delete"],
  lost_requests: ["select", "insert", "update", "delete"],
  state: ["select", "update"],
};
const MIGRATOR_TABLES = ["migration_lease", "migrations", "migrations_lock"];

export interface PermissionNeeds {
  /** The schema lacks migrations, so that somebody has to migrate. */
  readonly isBehind: boolean;
  /** This configuration migrates by itself. */
  readonly migrates: boolean;
}

/** What the role of the connection may do, asked of the catalog, against what each command needs. */
export async function checkPermissions(
  database: Pick<Database, "run">,
  needs: PermissionNeeds,
  signal: AbortSignal,
): Promise<Finding[]> {
  const [[schema], tables] = await Promise.all([
    database.run<DoctorSchemaRightsRow>(doctorSchemaRights, [], { signal }),
    database.run<DoctorRightsRow>(doctorRights, [], { signal }),
  ]);
  if (schema === undefined) return [];
  const rights = new Map(tables.map((row) => [row.table_name, row]));
  return [
    judge("permissions.serve", "serve", SERVE, schema, rights),
    judge("permissions.rollup", "roll up, which its server does", ROLLUP, schema, rights),
    migrator(schema, tables, needs),
  ];
}

function judge(
  id: FindingId,
  what: string,
  needs: Needs,
  { role, may_use }: DoctorSchemaRightsRow,
  rights: ReadonlyMap<string, DoctorRightsRow>,
): Finding {
  const present = Object.entries(needs).filter(([table]) => rights.has(table));
  if (may_use === null || present.length === 0) return skipped(id, "not looked at: there are no tables yet");
  const grants = present
    .map(([table, wanted]) => ({
      table,
      lacking: wanted.filter((right) => rights.get(table)?.[`may_${right}`] !== true),
    }))
    .filter(({ lacking }) => lacking.length > 0)
    .map(({ table, lacking }) => `grant ${lacking.join(", ")} on count.${table} to ${quoted(role)};`);
  if (!may_use) grants.unshift(`grant usage on schema count to ${quoted(role)};`);
  if (grants.length === 0) return ok(id, `the role ${role} may ${what}`);
  return wrong(id, `the role ${role} may not ${what}`, `As the owner of the tables: ${grants.join(" ")}`);
}

/** A role that serves need not migrate; it is better if it cannot. */
function migrator(schema: DoctorSchemaRightsRow, tables: readonly DoctorRightsRow[], needs: PermissionNeeds): Finding {
  const id = "permissions.migrate";
  const { role, may_use, may_create_schema, may_create_tables } = schema;
  const own = tables.filter(({ table_name }) => MIGRATOR_TABLES.includes(table_name));
  const mayMigrate =
    may_use === null
      ? may_create_schema
      : may_use &&
        may_create_tables === true &&
        tables.every(({ owns }) => owns) &&
        own.every((row) => row.may_select && row.may_insert && row.may_update);
  if (mayMigrate) return ok(id, `the role ${role} may migrate`);
  if (!needs.isBehind) return ok(id, `the role ${role} may not migrate, and need not now`);
  const says = `the role ${role} may not migrate, and the schema lacks migrations`;
  const next =
    may_use === null
      ? `Run \`count migrate\` as a role that may, or: grant create on database … to ${quoted(role)};`
      : "Run `count migrate` as the role that owns the schema count and its tables.";
  return needs.migrates ? wrong(id, says, next) : warning(id, says, next);
}

function quoted(role: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(role) ? role : `"${role.replaceAll('"', '""')}"`;
}
