-- What was counted and not yet rolled up. Append-only: for each flush and day one row that holds three arrays of the same
-- length: the n-th count belongs to the n-th method in the n-th bucket (15 minutes of the UTC day, 0 to 95).
-- No foreign key: checking it costs more than everything else about an insert. shard is 0 to 15, chosen by the writer,
-- and leads the key so that the rows of one day are not one hot range on CockroachDB.
create table if not exists count.pending (
  shard smallint not null,
  day date not null,
  id uuid not null,
  method_ids bigint[] not null,
  buckets smallint[] not null,
  counts bigint[] not null,
  primary key (shard, day, id)
);
