-- Hours whose facts changed after they had ended: what was counted of them is counted again. Rows
-- are only added by those who change facts, and only taken away by who has counted.
create table figure_changes (
    id {{id}},
    -- Whole hours since 1970.
    hour {{i64}} not null
){{strict}};

-- Members who charged on a day that is over; people of days do not add up, so that each is told.
create table member_days (
    -- When the day begins, in Shanghai.
    at {{timestamp}} not null,
    -- -1: everywhere, which there is for each day that was counted; 0: at no station; stations
    -- without members have no row.
    station_id {{i64}} not null,
    active {{i64}} not null,
    came_before {{i64}} not null,
    repeating {{i64}} not null,
    orders {{i64}} not null,
    e4 {{i64}} not null,
    fen {{i64}} not null,
    constraint member_days_pkey primary key (station_id, at)
){{strict}};

create index member_days_by_time on member_days (at);

-- Who came again is asked for member by member.
create index orders_by_member_end on orders (member_id, end_time)
    where status = 'completed' and member_id is not null;
