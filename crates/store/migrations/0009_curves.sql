-- Charging curves in packed chunks; what a chunk holds is described in domain::curve.
create table order_curves (
    order_no text not null,
    from_at {{timestamp}} not null,
    until_at {{timestamp}} not null,
    points {{i32}} not null,
    packed {{bytes}} not null,
    constraint order_curves_pkey primary key (order_no, from_at)
){{strict}};

create index order_curves_by_age on order_curves (until_at);

-- The chunks take the place of a row per minute.
drop table order_samples;
