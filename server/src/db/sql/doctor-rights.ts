import type { Statement } from "../database.ts";

export interface DoctorRightsRow {
  readonly role: string;
  readonly table_name: string;
  readonly may_select: boolean;
  readonly may_insert: boolean;
  readonly may_update: boolean;
  readonly may_delete: boolean;
  /** Whether the role is the table's owner, or a member of it: only an owner may alter a table. */
  readonly owns: boolean;
}

/** What the role of the connection may do with the tables of the schema count: asked of the catalog, which tells everybody. */
export const doctorRights: Statement = {
  name: "doctor-rights",
  text: `
select current_user::text as role, c.relname::text as table_name,
  has_table_privilege(c.oid, 'select') as may_select, has_table_privilege(c.oid, 'insert') as may_insert,
  has_table_privilege(c.oid, 'update') as may_update, has_table_privilege(c.oid, 'delete') as may_delete,
  pg_has_role(c.relowner, 'usage') as owns
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'count' and c.relkind in ('r', 'p')
order by 2`,
};

export interface DoctorSchemaRightsRow {
  readonly role: string;
  /** Null: there is no such schema. */
  readonly may_use: boolean | null;
  /** May make tables in it. */
  readonly may_create_tables: boolean | null;
  /** May make the schema itself. */
  readonly may_create_schema: boolean;
}

/** The same for the schema and the database. One row. */
export const doctorSchemaRights: Statement = {
  name: "doctor-schema-rights",
  text: `
select current_user::text as role,
  (select has_schema_privilege(nspname::text, 'usage') from pg_namespace where nspname = 'count') as may_use,
  (select has_schema_privilege(nspname::text, 'create') from pg_namespace where nspname = 'count') as may_create_tables,
  has_database_privilege(current_database()::text, 'create') as may_create_schema`,
};
