/** $1 and $2 are the first and the last moment of a day: takes its requests away and keeps their number. */
export const baselineRollUp = `
with deleted as (
  delete from baseline.requests where request_timestamp between $1 and $2 returning method_id, request_timestamp
), inserted as (
  insert into baseline.daily_method_totals (method_id, date, total)
  select method_id, (request_timestamp at time zone 'UTC')::date, count(*) from deleted group by 1, 2
  returning method_id, date, total
)
select m.method, m.path, i.date::text, i.total
from inserted i join baseline.methods m on m.id = i.method_id
order by i.date, m.path, m.method`;
