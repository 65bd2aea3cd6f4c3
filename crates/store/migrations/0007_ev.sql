-- What EV piles add: parameters that are texts, names of charges, cards and vehicles.

-- Set where the value is a text; value is 0 then.
alter table device_params add column text_value text;

-- Cards that may charge. Balances belong to accounts, not to cards.
create table cards (
    id {{id}},
    card_no text not null,
    -- Upper-case hex of the number in the chip, as devices send it.
    physical_no text,
    -- The last four bytes of the chip's number in both byte orders, the smaller one first: devices
    -- disagree about the order.
    chip_key text,
    -- inactive, active, lost, blocked, cancelled.
    status text not null default 'active',
    -- MD5 of what the user types, lower-case hex; null: no password is asked.
    password_md5 text,
    holder text,
    phone text,
    -- Fen; the limit of one charge.
    limit_fen {{i64}} not null,
    -- 1 time, 2 energy, 4 until full.
    charge_mode {{i16}} not null default 4,
    duration_sec {{i64}},
    energy_e4 {{i64}},
    -- May charge while its device is away from the platform.
    offline {{bool}} not null default {{false}},
    valid_until {{timestamp}},
    -- Null: at every device.
    org_path text,
    station_id {{i64}},
    remark text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{hot}};

create unique index cards_one_per_number on cards (card_no) where deleted_at is null;
create index cards_by_chip on cards (chip_key) where chip_key is not null;

-- Vehicles that may charge by being plugged in.
create table vehicles (
    id {{id}},
    vin text not null,
    plate text,
    -- active, blocked.
    status text not null default 'active',
    plug_and_charge {{bool}} not null default {{true}},
    -- The card that stands for it.
    card_no text,
    limit_fen {{i64}} not null,
    holder text,
    phone text,
    remark text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{hot}};

create unique index vehicles_one_per_vin on vehicles (vin) where deleted_at is null;

alter table orders add column physical_card text;
alter table orders add column parallel_no text;
-- What the device learnt of the vehicle.
alter table orders add column vehicle {{json}};
-- How a settlement that somebody must look at was decided, and by whom.
alter table orders add column reviewed_by text;
alter table orders add column reviewed_at {{timestamp}};
-- The bill line by line.
alter table orders add column bill {{json}};
-- Energy per price kind, where the device said so.
alter table orders add column device_split {{json}};
-- Energy per half hour of the day, 0.0001 kWh, as it was reported.
alter table orders add column slot_e4 {{json}};
alter table orders add column metered_at {{timestamp}};
