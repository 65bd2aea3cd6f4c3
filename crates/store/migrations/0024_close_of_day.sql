-- A channel's statement of a day beside our books.

-- Under which number the channel's statement has the movement, and on which day.
alter table journals add column document_no text;
alter table journals add column value_at {{timestamp}};
create index journals_by_value on journals (value_at) where value_at is not null;

create table reconciliations (
    -- wechat, alipay, mock.
    channel text not null,
    -- 2026-03-01, by the Shanghai calendar, and its first instant.
    day text not null,
    begins_at {{timestamp}} not null,
    -- clean, differs, resolved.
    state text not null,
    their_count {{i64}} not null,
    their_in_fen {{i64}} not null,
    their_out_fen {{i64}} not null,
    -- As posted: the statement's, or the agreed one where it names none.
    fee_fen {{i64}} not null,
    our_count {{i64}} not null,
    our_in_fen {{i64}} not null,
    our_out_fen {{i64}} not null,
    our_fee_fen {{i64}} not null,
    -- By how much the statement is above the books where that was looked at and accepted.
    accepted_fen {{i64}} not null default 0,
    runs {{i32}} not null default 1,
    run_by text not null,
    run_at {{timestamp}} not null,
    constraint reconciliations_pkey primary key (channel, day)
){{hot}};

create index reconciliations_by_day on reconciliations (day, channel);

create table reconciliation_differences (
    id {{id}},
    channel text not null,
    day text not null,
    -- domain::reconcile::Flaw and MovementKind.
    flaw text not null,
    kind text not null,
    document_no text not null,
    channel_no text,
    their_fen {{i64}} not null,
    our_fen {{i64}} not null,
    -- open, repaired, resolved, gone.
    state text not null,
    note text,
    decided_by text,
    decided_at {{timestamp}},
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint reconciliation_differences_once_key
        unique (channel, day, flaw, kind, document_no)
){{hot}};

create index reconciliation_differences_open on reconciliation_differences (id)
    where state = 'open';
