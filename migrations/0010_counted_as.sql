-- The method as which this one is read, by a rule of count.state.path_rules; null: as itself. It is never read as another one in turn.
alter table count.methods add column if not exists counted_as bigint;
