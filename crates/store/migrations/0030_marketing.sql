-- What the back office adds to marketing and service: drafts of activities, codes that are
-- exchanged for coupons, banners, pictures, messages, and sums of what members charged.

-- Nothing applies before it is published; what there was until now was.
alter table activities add column published_at {{timestamp}};
update activities set published_at = created_at;

create table coupon_code_batches (
    id {{id}},
    coupon_id {{i64}} not null references coupons (id),
    -- How many there are; so many were taken out of the coupon's stock.
    codes {{i32}} not null,
    redeemed {{i32}} not null default 0,
    -- Nobody exchanges one from then on.
    expires_at {{timestamp}} not null,
    note text,
    -- Of the coupon; what an account sees begins with its own path.
    org_path text not null,
    created_by text not null,
    created_at {{timestamp}} not null,
    -- The codes were handed out, once; since then only their digests are here.
    exported_by text,
    exported_at {{timestamp}},
    ended_at {{timestamp}}
){{hot}};

create index coupon_code_batches_by_coupon on coupon_code_batches (coupon_id, id);

create table coupon_codes (
    id {{id}},
    batch_id {{i64}} not null references coupon_code_batches (id),
    -- SHA-256 of the code.
    code_hash text not null,
    -- Until it is handed out.
    code text,
    grant_id {{i64}} references coupon_grants (id),
    redeemed_at {{timestamp}},
    constraint coupon_codes_code_hash_key unique (code_hash)
){{hot}};

create index coupon_codes_by_batch on coupon_codes (batch_id, id);

create table banners (
    id {{id}},
    title text not null,
    -- Addresses, https://…
    image text not null,
    link text,
    -- home, charge, member.
    place text not null,
    -- The greatest first.
    weight {{i32}} not null default 0,
    valid_from {{timestamp}} not null,
    valid_until {{timestamp}} not null,
    shown {{bool}} not null,
    created_by text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{hot}};

-- What members show with their reports. Nobody but them and the staff in charge gets one.
create table pictures (
    id {{id}},
    -- 128 random bits: the end of its address.
    name text not null,
    member_id {{i64}} not null references members (id),
    -- jpeg, png, webp.
    kind text not null,
    size_bytes {{i32}} not null,
    content {{bytes}} not null,
    -- fault, complaint, review; null: not used yet.
    used_in text,
    -- Whose device it is about; null while it is not used.
    org_path text,
    created_at {{timestamp}} not null,
    constraint pictures_name_key unique (name)
){{strict}};

create index pictures_by_member on pictures (member_id, created_at);
create index pictures_unused on pictures (created_at) where used_in is null;

create table messages (
    id {{id}},
    member_id {{i64}} not null references members (id),
    -- domain::message::MessageKind.
    kind text not null,
    title text not null,
    text text not null,
    -- The order, invoice, coupon … that it is about.
    biz_no text not null,
    -- What happened: told once, and anew where it changed.
    occasion text not null,
    created_at {{timestamp}} not null,
    read_at {{timestamp}},
    constraint messages_member_id_occasion_key unique (member_id, occasion)
){{hot}};

create index messages_by_member on messages (member_id, id);
create index messages_by_age on messages (created_at);
create index messages_unread on messages (member_id) where read_at is null;

-- What members have charged, kept with every bill.
create table member_sums (
    member_id {{i64}} not null references members (id),
    orders {{i64}} not null,
    energy_e4 {{i64}} not null,
    constraint member_sums_pkey primary key (member_id)
){{hot}};

-- The energy of an order as it is in the sums of its member; null: not counted.
alter table order_money add column counted_e4 {{i64}};
-- What the pockets of its payer held before and after its bill was paid.
alter table order_money add column payer_before_fen {{i64}};
alter table order_money add column payer_after_fen {{i64}};

update order_money set counted_e4 =
    (select o.energy_e4 from orders o where o.order_no = order_money.order_no)
    where state = 'settled' and member_id is not null;
insert into member_sums (member_id, orders, energy_e4)
    select member_id, count(*), cast(sum(counted_e4) as bigint) from order_money
    where counted_e4 is not null group by member_id;

create index orders_with_cards on orders (id) where card_no is not null;
