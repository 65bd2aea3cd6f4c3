-- Who looked at an order that ended in a way that somebody should look at, and what came of it.
create table order_handlings (
    order_no text primary key references orders (order_no),
    -- The reason that was looked at: one that comes later has not been.
    about text not null,
    handled_by text not null,
    handled_at {{timestamp}} not null,
    note text not null
);
