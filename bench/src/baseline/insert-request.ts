/** $1 method, $2 path, $3 time: one request, and its method when it is new. */
export const insertRequest = {
  name: "insert-request",
  text: `
with added as (
  insert into baseline.methods (method, path) values ($1, $2) on conflict (method, path) do nothing returning id
)
insert into baseline.requests (method_id, request_timestamp)
select id, $3::timestamptz from added
union all
select id, $3::timestamptz from baseline.methods
where method = $1 and path = $2 and not exists (select 1 from added)`,
};
