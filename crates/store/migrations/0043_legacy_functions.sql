-- PostgreSQL only: functions under the names that operators' scripts call.

-- The two checks between orders and ports. A healthy system gives no row.
create or replace function check_system_consistency()
returns table (issue_type text, device_id bigint, port_no integer, details text)
language sql stable as $$
    select 'order_port_mismatch'::text, o.device_id, o.port_no::integer,
        'Order ' || o.order_no || ' status=' || o.status || ' but port status=' || p.state
    from orders o
    join ports p on p.device_id = o.device_id and p.port_no = o.port_no
    where o.status = 'charging' and p.status <> 1
    union all
    select 'orphaned_charging_order'::text, o.device_id, o.port_no::integer,
        'Order ' || o.order_no || ' is charging but no active port found'
    from orders o
    where o.status = 'charging' and not exists (
        select 1 from ports p
        where p.device_id = o.device_id and p.port_no = o.port_no and p.status = 1
    )
$$;

-- Asks the program to look at every order without a sign of life for thirty minutes. It closes
-- them itself, with bill, refund and notices, within a second; closing them here would leave all
-- that out. Returns how many there are.
create or replace function auto_complete_stuck_orders()
returns integer
language plpgsql as $$
declare
    found_orders integer;
begin
    insert into sweep_requests (order_no, requested_at)
    select o.order_no, now()
    from orders o
    where o.status = 'charging'
        and greatest(o.start_time, o.last_progress_at, o.acked_at, o.created_at)
            < now() - interval '30 minutes'
    on conflict (order_no) do update set requested_at = excluded.requested_at;
    get diagnostics found_orders = row_count;
    return found_orders;
end
$$;
