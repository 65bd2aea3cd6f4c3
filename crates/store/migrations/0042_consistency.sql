-- What did not hang together: since when, how grave, and how it ended.
create table consistency_findings (
    id {{id}},
    issue_type text not null,
    -- What it is about: order, port, device, account.
    object_id text not null,
    order_no text,
    device_id {{i64}},
    phy_id text,
    port_no {{i32}},
    details text not null,
    -- info, warning, error.
    severity text not null,
    first_seen {{timestamp}} not null,
    last_seen {{timestamp}} not null,
    seen {{i32}} not null default 1,
    -- What was done about it.
    action text,
    resolved_at {{timestamp}}
){{hot}};

create unique index consistency_findings_open on consistency_findings (issue_type, object_id)
    where resolved_at is null;
create index consistency_findings_by_age on consistency_findings (last_seen);
create index consistency_findings_by_order on consistency_findings (order_no, id)
    where order_no is not null;

-- Every look: how much it saw and how long it took.
create table consistency_runs (
    id {{id}},
    -- schedule, api.
    source text not null,
    at {{timestamp}} not null,
    checked {{i64}} not null,
    inconsistent {{i64}} not null,
    findings {{i64}} not null,
    took_ms {{i64}} not null
){{strict}};

create index consistency_runs_by_time on consistency_runs (at);

-- Orders that somebody outside of the program wants looked at now.
create table sweep_requests (
    order_no text primary key,
    requested_at {{timestamp}} not null
){{strict}};

-- Orders with the status numbers of the platform of seven years ago: 0 pending, 2 charging,
-- 3 completed and not settled, 5 cancelled, 6 failed, 7 completed and settled.
create view orders_legacy as
select
    o.id,
    o.order_no,
    o.device_id,
    o.port_no,
    case when o.status = 'charging' then 2 else o.status_code end as status,
    o.start_time,
    o.end_time,
    case o.end_reason
        when 0 then 'normal'
        when 1 then 'full'
        when 2 then 'insufficient_balance'
        when 3 then 'remote_stop'
        when 4 then 'device_fault'
        when 5 then 'timeout'
        when 6 then 'user_stop'
    end as end_reason,
    o.updated_at
from orders o;
