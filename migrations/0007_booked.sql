-- How much of a daily total is in its month too, and has its quarters in count.bucket_counts if they were kept at that time. The rest
-- was added by a server that does not know these tables, or came from elsewhere: it is booked later, and has no quarters.
alter table count.daily_method_totals add column if not exists booked bigint not null default 0;
