-- Money that agents and merchants take out, and where it goes.

create table settlement_accounts (
    id {{id}},
    org_id {{i64}} not null references orgs (id),
    org_path text not null,
    -- bank, wechat, alipay, mock.
    kind text not null,
    holder text not null,
    bank text,
    account_no text not null,
    -- submitted, verified, rejected, removed.
    state text not null default 'submitted',
    entered_by text not null,
    entered_by_id {{i64}},
    decided_by text,
    decided_at {{timestamp}},
    reason text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null
){{strict}};

create index settlement_accounts_by_org on settlement_accounts (org_id);

create table withdrawals (
    withdraw_no text not null,
    org_id {{i64}} not null references orgs (id),
    -- agent, merchant.
    org_type text not null,
    org_path text not null,
    amount_fen {{i64}} not null,
    fee_fen {{i64}} not null,
    tax_fen {{i64}} not null,
    net_fen {{i64}} not null,
    -- domain::withdrawal::{WithdrawalMethod, WithdrawalState}.
    method text not null,
    state text not null,
    -- The account as it was when the withdrawal was asked for.
    account_id {{i64}} not null references settlement_accounts (id),
    account_kind text not null,
    holder text not null,
    bank text,
    account_no text not null,
    applied_by text not null,
    applied_by_id {{i64}},
    -- The first of two who have to grant it.
    first_audit_by text,
    audited_by text,
    audited_at {{timestamp}},
    paid_by text,
    -- When it went to its channel.
    sent_at {{timestamp}},
    -- Since when its payee is waited for.
    waits_since {{timestamp}},
    package_info text,
    channel_no text,
    -- The bank's word that it paid.
    voucher_no text,
    fail_reason text,
    asked {{i32}} not null default 0,
    next_query_at {{timestamp}},
    finished_at {{timestamp}},
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint withdrawals_pkey primary key (withdraw_no),
    constraint withdrawals_sum_check check (amount_fen = fee_fen + tax_fen + net_fen)
){{hot}};

create index withdrawals_by_org on withdrawals (org_id, created_at);
create index withdrawals_by_owner on withdrawals (org_path, withdraw_no);
create index withdrawals_to_do on withdrawals (next_query_at) where next_query_at is not null;
