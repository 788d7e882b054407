-- Which quarter of an hour the requests of a daily total fell into, for as long as that is kept (count.state.buckets_from).
-- Append-only: each step of a roll-up adds one row for each day and method, with two arrays of the same length: the n-th count
-- belongs to the n-th bucket (15 minutes of the UTC day, 0 to 95). The rows of a day and method are merged later.
create table if not exists count.bucket_counts (
  day date not null,
  method_id bigint not null,
  id uuid not null,
  buckets smallint[] not null,
  counts bigint[] not null,
  primary key (day, method_id, id)
);
