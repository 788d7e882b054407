/** One row for each request, as the original keeps them. */
export const baselineSchema = `
create schema baseline;
create table baseline.methods (
  id bigserial primary key,
  method varchar not null,
  path varchar not null,
  unique (method, path)
);
create table baseline.requests (
  method_id bigint not null references baseline.methods (id),
  request_timestamp timestamptz not null
);
create index on baseline.requests (request_timestamp);
create table baseline.daily_method_totals (
  method_id bigint not null references baseline.methods (id),
  date date not null,
  total bigint not null,
  primary key (method_id, date)
);`;
