import type { Statement } from "../database.ts";

export interface MethodIdRow {
  readonly id: bigint;
  readonly service: string;
  readonly method: number;
  readonly path: string;
}

/** Ids of the methods that exist. $1 services, $2 methods, $3 paths: the n-th of each belong together. */
export const findMethods: Statement = {
  name: "find-methods",
  text: `
select m.id, m.service, m.method, m.path
from unnest($1::text[], $2::smallint[], $3::text[]) as k(service, method, path)
join count.methods as m on m.service = k.service and m.path = k.path and m.method = k.method`,
};

/**
 * Makes the methods that do not exist. $1 services, $2 methods, $3 paths, $4 the version of the path rules by which they were
 * named: none is made when other rules are in force by now, and the lock keeps others from coming in force before this is done.
 * Look their ids up in a statement of its own afterwards: one that another server is inserting at this instant is invisible to
 * this statement's later parts.
 */
export const insertMethods: Statement = {
  name: "insert-methods",
  text: `
with rules as (
  select id from count.state where id = 1 and path_rules_version = $4::bigint for share
)
insert into count.methods (service, method, path)
select k.service, k.method, k.path
from unnest($1::text[], $2::smallint[], $3::text[]) as k(service, method, path), rules
order by k.service, k.path, k.method
on conflict (service, path, method) do nothing`,
};

export interface PathCountRow {
  readonly service: string;
  readonly paths: bigint;
}

/**
 * How many different paths the services have, without those that are read as another one. A service without any has no row. $1
 * services.
 */
export const countPaths: Statement = {
  name: "count-paths",
  text: `
select service, count(distinct path) as paths from count.methods
where service = any($1::text[]) and counted_as is null group by service`,
};

/** How many different services there are. */
export const countServices: Statement = {
  name: "count-services",
  text: "select count(distinct service) as services from count.methods",
};

/** Which of these paths exist already, under whatever method. $1 services, $2 paths: the n-th of each belong together. */
export const findPaths: Statement = {
  name: "find-paths",
  text: `
select distinct m.service, m.path
from unnest($1::text[], $2::text[]) as k(service, path)
join count.methods as m on m.service = k.service and m.path = k.path`,
};
