-- Finds what is not booked yet without a look at all totals. Nearly always it is empty.
create index if not exists daily_method_totals_unbooked on count.daily_method_totals (day, method_id) where total <> booked;
