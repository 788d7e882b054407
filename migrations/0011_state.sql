-- One row, of what holds for all counts.
-- buckets_from: the first UTC day whose quarters are all in count.bucket_counts, or pending. It only moves forward.
-- totals_from: the first UTC day whose totals are kept; null: none were ever removed. It only moves forward.
-- path_rules: rules by which paths are counted under others, as JSON; path_rules_version: grows with each change of them;
-- path_rules_applied: the version that count.methods.counted_as follows; aliases: grows whenever counted_as changes.
create table if not exists count.state (
  id smallint not null,
  buckets_from date not null,
  totals_from date,
  path_rules text not null,
  path_rules_version bigint not null,
  path_rules_applied bigint not null,
  aliases bigint not null,
  primary key (id)
);
