import type { Statement } from "../database.ts";
import { UNBOOKED } from "./unbooked.ts";

/** The version of the rules that are known already; -1: none. */
export type SelectPolicyValues = readonly [knownVersion: bigint];

export interface SelectPolicyRow {
  readonly path_rules_version: bigint;
  readonly path_rules_applied: bigint;
  /** JSON; null: the version is the one that is known. */
  readonly path_rules: string | null;
  /** Days since 1970-01-01. */
  readonly totals_from: bigint | null;
}

/** What operators decided, as all servers follow it. */
export const selectPolicy: Statement = {
  name: "select-policy",
  text: `
select path_rules_version, path_rules_applied,
  case when path_rules_version <> $1::bigint then path_rules end as path_rules,
  (totals_from - date '1970-01-01')::bigint as totals_from
from count.state where id = 1`,
};

/** Replaces the rules. $1 the version that they are to replace, $2 JSON. No row: others were set meanwhile. */
export const storePathRules: Statement = {
  name: "store-path-rules",
  text: `
update count.state set path_rules = $2, path_rules_version = path_rules_version + 1
where id = 1 and path_rules_version = $1::bigint
returning path_rules_version`,
};

export interface MethodPageRow {
  readonly id: bigint;
  readonly service: string;
  readonly method: number;
  readonly path: string;
  readonly counted_as: bigint | null;
  /** The path of that method. */
  readonly counted_path: string | null;
}

/** Methods by their ids. $1 the id after which to begin, $2 how many at most. */
export const methodPage: Statement = {
  name: "method-page",
  text: `
select m.id, m.service, m.method, m.path, m.counted_as, r.path as counted_path
from count.methods as m left join count.methods as r on r.id = m.counted_as
where m.id > $1::bigint order by m.id limit $2::bigint`,
};

/**
 * Says as which methods some are read. $1 version of the rules that say so, $2 ids, $3 what each is read as, 0 for itself. Nothing
 * happens when other rules are in force by now. The lock keeps them from coming in force before this is done.
 */
export const countMethodsAs: Statement = {
  name: "count-methods-as",
  text: `
with rules as (
  select id from count.state where id = 1 and path_rules_version = $1::bigint for share
)
update count.methods as m set counted_as = nullif(k.target, 0)
from unnest($2::bigint[], $3::bigint[]) as k(id, target), rules
where m.id = k.id and m.counted_as is distinct from nullif(k.target, 0)
returning m.id`,
};

/** Notes that every method follows the rules of a version, $1, and whether something changed, $2. */
export const pathRulesApplied: Statement = {
  name: "path-rules-applied",
  text: `
update count.state set path_rules_applied = $1::bigint, aliases = aliases + case when $2::boolean then 1 else 0 end
where id = 1 and path_rules_version = $1::bigint and (path_rules_applied <> $1::bigint or $2::boolean)
returning id`,
};

export interface AliasGenerationRow {
  readonly aliases: bigint;
}

/** Grows whenever something is read as another method than before. */
export const aliasGeneration: Statement = {
  name: "alias-generation",
  text: "select aliases from count.state where id = 1",
};

export interface AliasRow {
  readonly id: bigint;
  readonly counted_as: bigint;
}

/** Every method that is read as another one. */
export const selectAliases: Statement = {
  name: "select-aliases",
  text: "select id, counted_as from count.methods where counted_as is not null",
};

export interface RequestsOfMethodRow {
  readonly method_id: bigint;
  readonly requests: bigint;
}

/** All requests of some methods, of all time, rolled up or not. $1 ids. */
export const requestsOfMethods: Statement = {
  name: "requests-of-methods",
  text: `
select method_id, sum(n)::bigint as requests from (
  select method_id, total as n from count.monthly_method_totals
  union all
  select method_id, total - booked from count.daily_method_totals where ${UNBOOKED}
  union all
  select unnest(method_ids), unnest(counts) from count.pending
) as counted where method_id = any($1::bigint[]) group by method_id`,
};
