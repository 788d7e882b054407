import type { Statement } from "../database.ts";

export interface ClientRow {
  readonly client_id: string;
  readonly last_number: bigint;
  /** As PostgreSQL prints an array: `{0,3}`. */
  readonly refused: string;
  readonly dropped: bigint;
}

/** Makes the senders' rows where there are none. $1 client ids. */
export const insertClients: Statement = {
  name: "insert-clients",
  text: `
insert into count.clients (client_id, last_number, refused, dropped, seen_at)
select client_id, 0, '{}', 0, now() from unnest($1::uuid[]) as new(client_id)
on conflict (client_id) do nothing`,
};

/** How far the senders' batches have been applied. $1 client ids. */
export const selectClients: Statement = {
  name: "select-clients",
  text: `
select client_id::text, last_number, refused::text, dropped from count.clients where client_id = any($1::uuid[])`,
};

/** Forgets one sender that will not come back. $1 client id. */
export const deleteClient: Statement = {
  name: "delete-client",
  text: "delete from count.clients where client_id = $1::uuid",
};

/** Forgets at most a thousand senders that were last seen 35 days ago, longer than any sender keeps a batch. */
export const pruneClients: Statement = {
  name: "prune-clients",
  text: `
delete from count.clients where client_id in (
  select client_id from count.clients where seen_at < now() - interval '35 days' order by client_id limit 1000
) and seen_at < now() - interval '35 days'
returning client_id::text`,
};
