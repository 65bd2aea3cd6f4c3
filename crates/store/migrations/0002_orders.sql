-- Charge orders. Names of tables and columns are read by scripts of operators.

create table orders (
    id {{id}},
    version {{i64}} not null default 1,
    order_no text not null,
    device_id {{i64}} not null references devices (id),
    phy_id text not null,
    port_no {{i32}} not null,
    -- pending, charging, completed, cancelled, failed.
    status text not null,
    source text not null,
    -- Fen; zero is no limit.
    amount {{i64}} not null default 0,
    price_per_kwh {{i64}},
    service_fee {{i32}},
    charge_mode {{i16}} not null,
    start_time {{timestamp}},
    end_time {{timestamp}},
    duration_sec {{i64}} not null default 0,
    -- 0.01 kWh; energy_e4 is the exact figure.
    total_kwh {{i64}} not null default 0,
    energy_e4 {{i64}} not null default 0,
    -- W.
    current_power {{real}} not null default 0,
    peak_power {{real}} not null default 0,
    power_integral {{i64}} not null default 0,
    power_seconds {{i64}} not null default 0,
    -- Fen.
    final_amount {{i64}},
    end_reason {{i16}},
    end_reason_msg text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,

    planned_duration_sec {{i64}},
    planned_e4 {{i64}},
    power_limit_w {{real}},
    limit_amount {{i64}},
    member_id {{i64}},
    member_ref text,
    company_id {{i64}},
    card_no text,
    vin text,
    plate text,
    api_key_id {{i64}},
    notify_url text,
    partner_operator_id text,
    business_no {{i32}},
    trade_no text,
    start_charge_seq text,
    station_id {{i64}},
    owner_org_id {{i64}},
    org_path text,
    tariff_snapshot {{json}} not null,

    elec_fen {{i64}} not null default 0,
    service_fen {{i64}} not null default 0,
    occupancy_fen {{i64}} not null default 0,
    discount_fen {{i64}} not null default 0,
    payable_fen {{i64}} not null default 0,
    paid_cash_fen {{i64}} not null default 0,
    paid_gift_fen {{i64}} not null default 0,
    refund_fen {{i64}} not null default 0,
    frozen_fen {{i64}} not null default 0,
    device_amount_fen {{i64}},
    pay_mode text,
    pay_status text,
    settle_status text not null default 'none',

    acked_at {{timestamp}},
    start_sent {{bool}} not null default {{false}},
    first_evidence_at {{timestamp}},
    last_progress_at {{timestamp}},
    last_progress_seq {{i64}} not null default 0,
    announced_minute {{i64}} not null default 0,
    stop_requested_at {{timestamp}},
    stop_reason text,
    stop_acked_at {{timestamp}},
    stop_sent_at {{timestamp}},
    stop_attempts {{i16}} not null default 0,
    interrupted_at {{timestamp}},
    fault_deadline {{timestamp}},
    idle_reports {{i16}} not null default 0,
    idle_since {{timestamp}},
    restarted_at {{timestamp}},
    provisional {{bool}} not null default {{false}},
    hold_until {{timestamp}},
    reopened_count {{i16}} not null default 0,
    abnormal {{bool}} not null default {{false}},
    abnormal_reason text,
    meter_start_e4 {{i64}},
    meter_end_e4 {{i64}},
    start_soc {{i16}},
    end_soc {{i16}},
    invoice_id {{i64}},
    review_id {{i64}},
    gov_reported_at {{timestamp}},
    pushed_at {{timestamp}},

    -- The numbers of older platforms: charging is 2, stopping 9, interrupted 10, completed 3
    -- before its settlement and 7 after.
    status_code {{i16}} generated always as (
        case status
            when 'pending' then 0
            when 'charging' then
                case
                    when interrupted_at is not null then 10
                    when stop_requested_at is not null then 9
                    else 2
                end
            when 'completed' then
                case when settle_status in ('settled', 'adjusted') then 7 else 3 end
            when 'cancelled' then 5
            else 6
        end
    ) stored,

    constraint orders_order_no_key unique (order_no)
){{hot}};

-- The database itself refuses two active orders on one port.
create unique index orders_one_active_per_port on orders (device_id, port_no)
    where status in ('pending', 'charging');
create index orders_by_port on orders (device_id, port_no, id);
create index orders_by_trade_no on orders (trade_no) where trade_no is not null;
create index orders_on_hold on orders (hold_until) where provisional;

-- The progress curve.
create table order_samples (
    order_no text not null,
    at {{timestamp}} not null,
    duration_sec {{i64}} not null,
    e4 {{i64}} not null,
    power_w {{real}},
    voltage {{real}},
    current {{real}},
    temp {{i16}},
    soc {{i16}},
    constraint order_samples_pkey primary key (order_no, at)
){{strict}};

-- What each power tier took, where the device meters tiers.
create table order_tiers (
    order_no text not null,
    tier {{i16}} not null,
    max_w {{i32}} not null,
    seconds {{i64}} not null,
    e4 {{i64}} not null,
    fen {{i64}} not null,
    constraint order_tiers_pkey primary key (order_no, tier)
){{strict}};

-- The last order number given out, per prefix: the second in it and the count in that second.
create table order_sequences (
    prefix text not null,
    unix_second {{i64}} not null,
    last {{i16}} not null,
    constraint order_sequences_pkey primary key (prefix)
){{hot}};
