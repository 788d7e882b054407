/**
 * The first UTC day whose quarters are all kept, as `buckets_from`. What is not booked was rolled up by a server that knows no
 * quarters, or taken over, and has none.
 */
export const bucketsFrom = `
  select greatest(s.buckets_from, coalesce(u.day + 1, s.buckets_from)) as buckets_from
  from count.state as s, (select max(day) as day from count.daily_method_totals where total <> booked) as u
  where s.id = 1`;
