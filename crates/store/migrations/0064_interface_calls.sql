-- Calls of the interfaces, counted by the hour.

create table interface_calls (
    hour {{timestamp}} not null,
    method text not null,
    route text not null,
    -- A key's name, staff, members, nobody.
    caller text not null,
    calls {{i64}} not null,
    -- Answers of 400 to 499, and from 500 on.
    refused {{i64}} not null,
    failed {{i64}} not null,
    total_ms {{i64}} not null,
    most_ms {{i64}} not null,
    constraint interface_calls_pkey primary key (hour, method, route, caller)
){{strict}};

create index interface_calls_by_route on interface_calls (route, hour);
