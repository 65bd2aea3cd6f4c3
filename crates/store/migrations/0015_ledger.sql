-- Double entry (复式记账). Journals and their lines are never changed: corrections are journals of
-- their own.

create table ledger_accounts (
    -- domain::ledger::Account, e.g. member:12:cash.
    code text not null,
    -- Accounts that many journals touch at once are kept in several rows, which add up.
    stripe {{i16}} not null,
    -- asset, liability, income, expense.
    type text not null,
    owner_org_id {{i64}},
    member_id {{i64}},
    allow_negative {{bool}} not null,
    -- On the side of its type: positive is usual for all of them.
    balance_fen {{i64}} not null,
    updated_at {{timestamp}} not null,
    constraint ledger_accounts_pkey primary key (code, stripe)
){{hot}};

create index ledger_accounts_by_member on ledger_accounts (member_id)
    where member_id is not null;
create index ledger_accounts_by_org on ledger_accounts (owner_org_id)
    where owner_org_id is not null;

create table journals (
    id {{id}},
    -- domain::ledger::JournalKind.
    event_type text not null,
    biz_no text not null,
    idempotency_key text not null,
    posted_at {{timestamp}} not null,
    actor text not null,
    memo text,
    reversal_of {{i64}} references journals (id),
    constraint journals_idempotency_key_key unique (idempotency_key)
){{strict}};

create index journals_by_biz on journals (biz_no, id);
create index journals_by_time on journals (posted_at, id);

create table journal_lines (
    journal_id {{i64}} not null references journals (id),
    seq {{i16}} not null,
    account text not null,
    -- D, C.
    side text not null,
    amount_fen {{i64}} not null,
    -- What the account held afterwards; null where it is kept in several rows.
    balance_fen {{i64}},
    constraint journal_lines_pkey primary key (journal_id, seq),
    constraint journal_lines_amount_check check (amount_fen > 0),
    constraint journal_lines_side_check check (side in ('D', 'C'))
){{strict}};

create index journal_lines_by_account on journal_lines (account, journal_id);
