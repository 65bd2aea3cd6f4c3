-- One id runs through a flow: the call, its order, its commands, the webhooks of the order.
alter table orders add column trace_id text;
alter table commands add column trace_id text;
create index orders_by_trace on orders (trace_id) where trace_id is not null;
create index commands_by_trace on commands (trace_id) where trace_id is not null;
