-- The result: how often a method was requested on a UTC day.
create table if not exists count.daily_method_totals (
  day date not null,
  method_id bigint not null,
  total bigint not null,
  primary key (day, method_id)
);
