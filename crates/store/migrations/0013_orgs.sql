-- Who owns what: the tree of organisations, and the sites (站场) that belong to them.

create table orgs (
    id {{id}},
    parent_id {{i64}} references orgs (id),
    -- platform, agent, merchant, company.
    type text not null,
    -- Ids from the root down to this one, /1/12/55/; what lies below an organisation begins with
    -- its path.
    path text not null,
    name text not null,
    -- 1 to 3 for agents (一级 to 三级代理).
    level {{i16}},
    -- active, disabled.
    state text not null default 'active',
    contact text,
    phone text,
    area_code text,
    licence text,
    -- Where its withdrawals go.
    settlement {{json}} not null default '{}',
    remark text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{hot}};

create unique index orgs_one_per_path on orgs (path);
create unique index orgs_one_platform on orgs (type) where type = 'platform';
create index orgs_by_parent on orgs (parent_id);

-- The root is the first row of an empty table: its id is 1.
insert into orgs (type, path, name, created_at, updated_at)
    values ('platform', '/1/', '平台', {{now}}, {{now}});

create table stations (
    id {{id}},
    station_no text not null,
    name text not null,
    owner_org_id {{i64}} not null references orgs (id),
    -- Where somebody else runs it than owns it.
    operator_org_id {{i64}} references orgs (id),
    -- The lowest agent of the chain that earns here.
    agent_org_id {{i64}} references orgs (id),
    -- self_self, self_other, entrusted, aggregated.
    operation_mode text not null default 'self_self',
    -- Path of the owner; what an account sees begins with its own path.
    org_path text not null,
    -- Path of the operator, where there is one.
    operator_path text,
    area_code text,
    address text,
    lng {{real}},
    lat {{real}},
    station_type {{i16}} not null default 1,
    -- 0 unknown, 1 building, 5 closed, 6 maintenance, 50 normal.
    station_status {{i16}} not null default 50,
    service_tel text,
    -- platform, merchant: who issues invoices for charges here.
    invoice_by text not null default 'platform',
    -- What supervision platforms, maps and phones show beyond that.
    details {{json}} not null default '{}',
    remark text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}},
    constraint stations_station_no_key unique (station_no)
){{hot}};

create index stations_by_owner on stations (org_path);
create index stations_by_operator on stations (operator_path) where operator_path is not null;

-- Devices follow their station; those without one are the platform's.
alter table devices add column org_path text not null default '/1/';
alter table devices add column operator_path text;
create index devices_by_owner on devices (org_path);
create index devices_by_station on devices (station_id) where station_id is not null;

alter table orders add column operator_path text;
create index orders_by_owner on orders (org_path, id) where org_path is not null;
create index orders_by_station on orders (station_id, id) where station_id is not null;

-- A vehicle's owner.
alter table vehicles add column org_path text;
