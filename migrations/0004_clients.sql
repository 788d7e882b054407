-- One row for each life of a sender's queue, and one for each writer of a server: how far its numbered batches have been
-- applied. A batch and its cursor change in one transaction, so that a batch that is sent twice is counted once.
-- refused[n] is how many requests of this client were refused for the n-th RefusalReason; dropped is what it says it lost.
create table if not exists count.clients (
  client_id uuid not null,
  last_number bigint not null,
  refused bigint[] not null,
  dropped bigint not null,
  seen_at timestamptz not null,
  primary key (client_id)
);
