-- The outbox: facts that partners are told, and how far the telling is.

create table events (
    id {{id}},
    event_id text not null,
    event_type text not null,
    order_no text,
    device_id {{i64}},
    phy_id text,
    port_no {{i32}},
    payload {{document}} not null,
    -- Counts the events of one order from 1; 0 without an order.
    sequence_no {{i64}} not null default 0,
    occurred_at {{timestamp}} not null,
    created_at {{timestamp}} not null,
    constraint events_event_id_key unique (event_id)
){{strict}};

create index events_by_order on events (order_no, sequence_no) where order_no is not null;

-- One row per event and address.
create table webhook_deliveries (
    id {{id}},
    event_row {{i64}} not null references events (id),
    event_type text not null,
    order_no text,
    sequence_no {{i64}} not null,
    api_key_id {{i64}},
    url text not null,
    -- 0 pending, 1 delivered, 2 dead.
    status {{i16}} not null default 0,
    retry_count {{i16}} not null default 0,
    next_attempt_at {{timestamp}} not null,
    pushed_at {{timestamp}},
    http_status {{i16}},
    error text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null
){{hot}};

create index webhook_deliveries_due on webhook_deliveries (next_attempt_at, id) where status = 0;
create index webhook_deliveries_in_line on webhook_deliveries (order_no, sequence_no)
    where status = 0 and order_no is not null;
create index webhook_deliveries_dead on webhook_deliveries (id) where status = 2;
create index webhook_deliveries_by_event on webhook_deliveries (event_row);

-- Attempts that did not succeed, and the one that did.
create table webhook_attempts (
    delivery_id {{i64}} not null,
    attempt {{i16}} not null,
    at {{timestamp}} not null,
    http_status {{i16}},
    error text,
    duration_ms {{i64}} not null,
    constraint webhook_attempts_pkey primary key (delivery_id, attempt)
){{strict}};
