-- Requests that clients reported as lost before they reached a server, in the quarter of the UTC day in which they reported them.
-- Append-only, in the transaction that advances the client's cursor; the rows of a quarter are merged later.
create table if not exists count.lost_requests (
  day date not null,
  bucket smallint not null,
  id uuid not null,
  requests bigint not null,
  primary key (day, bucket, id)
);
