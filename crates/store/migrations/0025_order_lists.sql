-- What lists of orders are narrowed by, so that a page of ten million orders is found at once.

-- Along the time; the same order as that of the rows.
create index orders_by_time on orders (created_at, id);
create index orders_by_caller on orders (api_key_id, id) where api_key_id is not null;
-- The few that did not go as they should. The many that did need no index of their own.
create index orders_gone_wrong on orders (status, created_at, id)
    where status in ('cancelled', 'failed');
create index orders_to_review on orders (id) where abnormal;
-- What an organisation sees: its own, those that it operates, those of its devices.
drop index orders_by_owner;
create index orders_by_owner on orders (org_path{{prefix}}, id) where org_path is not null;
create index orders_by_operator on orders (operator_path{{prefix}}, id)
    where operator_path is not null;
create index orders_without_owner on orders (device_id, id) where org_path is null;
