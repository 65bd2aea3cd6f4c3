-- Cards and vehicles that members hold.

-- Who holds a card; who pays is in kind and member_id.
alter table cards add column holder_member_id {{i64}};
alter table cards add column daily_times {{i32}};
create index cards_by_holder on cards (holder_member_id) where holder_member_id is not null;
create index orders_by_card on orders (card_no, created_at) where card_no is not null;

create table member_vehicles (
    id {{id}},
    member_id {{i64}} not null references members (id),
    -- Plain: no blanks, no dot, large letters.
    plate text,
    vin text,
    created_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{hot}};

create unique index member_vehicles_one_per_plate on member_vehicles (plate)
    where deleted_at is null and plate is not null;
create unique index member_vehicles_one_per_vin on member_vehicles (vin)
    where deleted_at is null and vin is not null;
create index member_vehicles_by_member on member_vehicles (member_id) where deleted_at is null;

-- Ports that are kept for members.
create table reservations (
    reservation_no text not null,
    member_id {{i64}} not null references members (id),
    device_id {{i64}} not null references devices (id),
    phy_id text not null,
    port_no {{i32}} not null,
    station_id {{i64}},
    start_at {{timestamp}} not null,
    end_at {{timestamp}} not null,
    fee_fen {{i64}} not null,
    -- free, keeps_fee.
    no_show text not null,
    -- reserved, used, expired, cancelled.
    state text not null,
    -- The charge that used it.
    order_no text,
    note text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint reservations_pkey primary key (reservation_no)
){{hot}};

create unique index reservations_one_per_port on reservations (device_id, port_no)
    where state = 'reserved';
create unique index reservations_one_per_member on reservations (member_id)
    where state = 'reserved';
create index reservations_by_member on reservations (member_id, reservation_no);
create index reservations_ending on reservations (end_at) where state = 'reserved';

-- What car parks grant to those who charge.
create table parking_rules (
    id {{id}},
    station_id {{i64}} not null references stations (id),
    -- domain::parking::ParkingRule.
    terms {{json}} not null,
    created_by text not null,
    created_at {{timestamp}} not null,
    ended_at {{timestamp}}
){{hot}};

create unique index parking_rules_one_per_station on parking_rules (station_id)
    where ended_at is null;

-- Charges that car parks are told of.
create table parking_handovers (
    order_no text not null,
    rule_id {{i64}} not null references parking_rules (id),
    -- pending, done, not_parked, failed, refused.
    state text not null,
    plate text,
    failures {{i32}} not null default 0,
    next_at {{timestamp}},
    note text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint parking_handovers_pkey primary key (order_no)
){{hot}};

create index parking_handovers_due on parking_handovers (next_at) where next_at is not null;
create index parking_handovers_by_plate on parking_handovers (plate, created_at)
    where plate is not null;
