-- Money that comes in through payment channels, and goes back through them.

create table document_sequences (
    -- PY, RF, WD, RC …
    kind text not null,
    last {{i64}} not null,
    constraint document_sequences_pkey primary key (kind)
){{hot}};

create table recharge_packages (
    id {{id}},
    name text not null,
    pay_fen {{i64}} not null,
    gift_fen {{i64}} not null,
    -- active, ended.
    state text not null default 'active',
    created_by text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null
){{strict}};

create table payments (
    payment_no text not null,
    -- recharge, prepay, bill, occupancy.
    biz_type text not null,
    biz_no text not null,
    member_id {{i64}} references members (id),
    -- How the payer meets the cashier: wechat_mini, alipay_app, mock …
    channel text not null,
    amount_fen {{i64}} not null,
    -- domain::payment::PaymentState.
    state text not null,
    payer_id text,
    channel_trade_no text,
    -- What the front end needs to show the cashier.
    ticket {{json}},
    asked {{i32}} not null default 0,
    next_query_at {{timestamp}},
    expire_at {{timestamp}} not null,
    paid_at {{timestamp}},
    refunded_fen {{i64}} not null default 0,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint payments_pkey primary key (payment_no)
){{hot}};

create index payments_by_member on payments (member_id, payment_no);
create index payments_by_biz on payments (biz_no);
create index payments_to_ask on payments (next_query_at) where next_query_at is not null;

create table recharge_orders (
    recharge_no text not null,
    member_id {{i64}} not null references members (id),
    payment_no text not null references payments (payment_no),
    package_id {{i64}},
    pay_fen {{i64}} not null,
    gift_fen {{i64}} not null,
    -- created, paid, closed.
    state text not null,
    paid_at {{timestamp}},
    created_at {{timestamp}} not null,
    constraint recharge_orders_pkey primary key (recharge_no)
){{hot}};

create index recharge_orders_by_member on recharge_orders (member_id, recharge_no);
create index recharge_orders_by_payment on recharge_orders (payment_no);

create table refunds (
    refund_no text not null,
    -- Out of which payment; null: into the wallet.
    payment_no text references payments (payment_no),
    biz_no text not null,
    member_id {{i64}},
    amount_fen {{i64}} not null,
    -- domain::refund::{RefundKind, RefundRoute, RefundState}.
    kind text not null,
    route text not null,
    state text not null,
    reason text not null,
    applicant text not null,
    auditor text,
    channel_refund_no text,
    asked {{i32}} not null default 0,
    next_query_at {{timestamp}},
    finished_at {{timestamp}},
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint refunds_pkey primary key (refund_no)
){{hot}};

create index refunds_by_member on refunds (member_id, refund_no);
create index refunds_by_biz on refunds (biz_no);
create index refunds_by_payment on refunds (payment_no) where payment_no is not null;
create index refunds_to_do on refunds (next_query_at) where next_query_at is not null;
