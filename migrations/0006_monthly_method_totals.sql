-- The daily totals of each month added up, so that a year is twelve rows of a method rather than 365. month is its first day.
-- For each month and method: total = the sum of count.daily_method_totals.booked.
create table if not exists count.monthly_method_totals (
  month date not null,
  method_id bigint not null,
  total bigint not null,
  primary key (month, method_id)
);
