-- Orders that are paid for by themselves, before they begin.

create table prepaid_orders (
    order_no text not null,
    payment_no text not null references payments (payment_no),
    -- waiting; paid and closed until the order has heard of it; done.
    state text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint prepaid_orders_pkey primary key (order_no)
){{hot}};

create index prepaid_orders_to_tell on prepaid_orders (updated_at) where state in ('paid', 'closed');
