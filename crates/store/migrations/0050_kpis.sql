-- Key figures: two counts for each figure, so that hours add up to days and stations to
-- organisations.

-- What only memory sees (heartbeats, frames, seconds online), added up every minute.
create table kpi_slots (
    -- When the five minutes begin.
    at {{timestamp}} not null,
    -- 0: at no station.
    station_id {{i64}} not null,
    figure text not null,
    part {{i64}} not null,
    whole {{i64}} not null,
    constraint kpi_slots_pkey primary key (at, station_id, figure)
){{hot}};

create table kpi_counts (
    -- hour, day, month.
    span text not null,
    -- When it begins; days and months of the Shanghai calendar.
    at {{timestamp}} not null,
    -- station, org.
    kind text not null,
    object_id {{i64}} not null,
    -- {"charge_success_rate": [982, 990], …}
    counts {{json}} not null,
    constraint kpi_counts_pkey primary key (kind, object_id, span, at)
){{hot}};

create index kpi_counts_by_time on kpi_counts (span, at);

-- What an hour is counted by.
create index orders_by_end on orders (end_time) where end_time is not null;
create index commands_by_sent on commands (sent_at) where sent_at is not null;
create index webhook_deliveries_by_time on webhook_deliveries (created_at);
create index alarms_by_recovery on alarms (recovered_at) where recovered_at is not null;
create index reviews_by_time on reviews (created_at);
create index complaints_by_time on complaints (created_at);
create index refunds_by_end on refunds (finished_at) where finished_at is not null;
create index recharge_orders_by_time on recharge_orders (paid_at) where paid_at is not null;
create index members_by_time on members (registered_at);
