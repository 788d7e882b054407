insert into count.state (id, buckets_from, totals_from, path_rules, path_rules_version, path_rules_applied, aliases)
values (1, date '0001-01-01', null, '[]', 0, 0, 0) on conflict (id) do nothing;
