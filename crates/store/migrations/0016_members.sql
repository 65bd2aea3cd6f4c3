-- People who charge, and what they pay with.

create table members (
    id {{id}},
    -- Eleven digits; the same person after a cancelled account is a new member.
    phone text not null,
    password_hash text,
    nickname text,
    real_name text,
    avatar text,
    wx_openid text,
    wx_unionid text,
    ali_user_id text,
    -- normal, frozen, blacklisted, cancelled.
    state text not null default 'normal',
    level {{i16}} not null default 0,
    -- The company that pays for them.
    company_id {{i64}} references orgs (id),
    -- May charge without paying before.
    post_pay {{bool}} not null default {{false}},
    points {{i64}} not null default 0,
    registered_at {{timestamp}} not null,
    last_visit_at {{timestamp}},
    remark text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{hot}};

create unique index members_one_per_phone on members (phone) where deleted_at is null;
create index members_by_company on members (company_id) where company_id is not null;

create table member_sessions (
    id {{id}},
    member_id {{i64}} not null references members (id),
    -- SHA-256 of the tokens: whoever reads the table cannot use them.
    token_hash text not null,
    refresh_hash text not null,
    agent text,
    ip text,
    created_at {{timestamp}} not null,
    seen_at {{timestamp}} not null,
    until {{timestamp}} not null,
    refresh_until {{timestamp}} not null,
    constraint member_sessions_token_hash_key unique (token_hash),
    constraint member_sessions_refresh_hash_key unique (refresh_hash)
){{hot}};

create index member_sessions_by_member on member_sessions (member_id);

create table sms_codes (
    id {{id}},
    phone text not null,
    -- login, password, bind.
    purpose text not null,
    code_hash text not null,
    ip text,
    attempts {{i16}} not null default 0,
    sent_at {{timestamp}} not null,
    until {{timestamp}} not null,
    used_at {{timestamp}}
){{hot}};

create index sms_codes_by_phone on sms_codes (phone, sent_at);
create index sms_codes_by_ip on sms_codes (ip, sent_at);

-- listed: charges up to its limit, nobody's balance; account: its member's or company's;
-- stored: its own; offline: its own, kept by the device; monthly: paid for by the month.
alter table cards add column kind text not null default 'listed';
alter table cards add column member_id {{i64}};
alter table cards add column company_id {{i64}};
alter table cards add column daily_limit_fen {{i64}};
create index cards_by_member on cards (member_id) where member_id is not null;
create index cards_by_company on cards (company_id) where company_id is not null;

alter table vehicles add column member_id {{i64}};
alter table vehicles add column company_id {{i64}};
create index vehicles_by_member on vehicles (member_id) where member_id is not null;

-- What has been agreed with a company.
create table companies (
    org_id {{i64}} not null references orgs (id),
    contract_no text,
    -- 0: prepaid only.
    credit_limit_fen {{i64}} not null default 0,
    bill_day {{i16}} not null default 1,
    member_daily_fen {{i64}},
    -- Empty: everywhere.
    stations {{json}} not null default '[]',
    service_price_bp {{i32}},
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint companies_pkey primary key (org_id)
){{hot}};
