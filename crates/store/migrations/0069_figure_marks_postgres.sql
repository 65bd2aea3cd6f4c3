-- PostgreSQL only: who changes a fact of an hour that has ended says so. What changes within its
-- own hour is counted at that hour's end, and says nothing.

create function figure_hour(at timestamptz) returns bigint
language sql immutable strict parallel safe as $$
    select floor(extract(epoch from at) / 3600)::bigint
$$;

create function orders_late_figures() returns trigger
language plpgsql as $$
begin
    insert into figure_changes (hour) values (figure_hour(new.created_at));
    if new.status = 'completed' and figure_hour(new.updated_at) > figure_hour(new.end_time) then
        insert into figure_changes (hour) values (figure_hour(new.end_time));
    end if;
    return null;
end
$$;

create trigger orders_late after insert on orders for each row
when (figure_hour(new.updated_at) > figure_hour(new.created_at))
execute function orders_late_figures();

create function orders_made_otherwise_figures() returns trigger
language plpgsql as $$
begin
    insert into figure_changes (hour) values (figure_hour(new.created_at));
    return null;
end
$$;

create trigger orders_made_otherwise after update on orders for each row
when ((new.status <> old.status and (new.status in ('failed', 'cancelled')
        or old.status in ('failed', 'cancelled'))
    or (new.start_time is null) <> (old.start_time is null)
    or new.station_id is distinct from old.station_id)
    and figure_hour(new.updated_at) > figure_hour(new.created_at))
execute function orders_made_otherwise_figures();

create function orders_ended_otherwise_figures() returns trigger
language plpgsql as $$
begin
    if new.status = 'completed' and new.end_time is not null
        and (new.updated_at = old.updated_at
            or figure_hour(new.updated_at) > figure_hour(new.end_time)) then
        insert into figure_changes (hour) values (figure_hour(new.end_time));
    end if;
    if old.status = 'completed' and old.end_time is not null
        and (new.status <> 'completed' or new.end_time is distinct from old.end_time) then
        insert into figure_changes (hour) values (figure_hour(old.end_time));
    end if;
    return null;
end
$$;

create trigger orders_ended_otherwise after update on orders for each row
when ((new.status = 'completed' or old.status = 'completed') and (
    new.status is distinct from old.status or new.end_time is distinct from old.end_time
    or new.station_id is distinct from old.station_id
    or new.source is distinct from old.source
    or new.charge_mode is distinct from old.charge_mode
    or new.end_reason is distinct from old.end_reason
    or new.duration_sec is distinct from old.duration_sec
    or new.energy_e4 is distinct from old.energy_e4
    or new.elec_fen is distinct from old.elec_fen
    or new.service_fen is distinct from old.service_fen
    or new.occupancy_fen is distinct from old.occupancy_fen
    or new.final_amount is distinct from old.final_amount
    or new.discount_fen is distinct from old.discount_fen
    or new.member_id is distinct from old.member_id
    or new.org_path is distinct from old.org_path
    or new.operator_path is distinct from old.operator_path
    or new.bill is distinct from old.bill))
execute function orders_ended_otherwise_figures();

create function commission_entries_late_figures() returns trigger
language plpgsql as $$
begin
    insert into figure_changes (hour) select figure_hour(o.end_time) from orders o
    where o.order_no = new.order_no and o.status = 'completed'
    and figure_hour(o.end_time) < figure_hour(new.created_at);
    return null;
end
$$;

create trigger commission_entries_late after insert on commission_entries for each row
execute function commission_entries_late_figures();

create function commission_entries_otherwise_figures() returns trigger
language plpgsql as $$
begin
    insert into figure_changes (hour) select figure_hour(o.end_time) from orders o
    where o.order_no = new.order_no and o.status = 'completed' and o.end_time is not null;
    return null;
end
$$;

create trigger commission_entries_otherwise after update on commission_entries for each row
when ((new.state = 'reversed') <> (old.state = 'reversed')
    or new.amount_fen <> old.amount_fen)
execute function commission_entries_otherwise_figures();

create function refunds_otherwise_figures() returns trigger
language plpgsql as $$
begin
    if new.finished_at is not null and (new.updated_at = old.updated_at
            or figure_hour(new.updated_at) > figure_hour(new.finished_at)) then
        insert into figure_changes (hour) values (figure_hour(new.finished_at));
    end if;
    if old.finished_at is not null and new.finished_at is distinct from old.finished_at then
        insert into figure_changes (hour) values (figure_hour(old.finished_at));
    end if;
    -- Complaints count against the hour of their order.
    insert into figure_changes (hour) select figure_hour(o.end_time) from orders o
    where new.kind in ('complaint', 'admin') and o.order_no = new.biz_no
    and o.status = 'completed' and figure_hour(new.updated_at) > figure_hour(o.end_time);
    return null;
end
$$;

create trigger refunds_otherwise after update on refunds for each row
when (new.state <> old.state or new.finished_at is distinct from old.finished_at
    or new.amount_fen <> old.amount_fen)
execute function refunds_otherwise_figures();

create function recharge_orders_otherwise_figures() returns trigger
language plpgsql as $$
begin
    if new.paid_at is not null then
        insert into figure_changes (hour) values (figure_hour(new.paid_at));
    end if;
    if old.paid_at is not null then
        insert into figure_changes (hour) values (figure_hour(old.paid_at));
    end if;
    return null;
end
$$;

create trigger recharge_orders_otherwise after update on recharge_orders for each row
when (new.paid_at is distinct from old.paid_at
    or (new.paid_at is not null and new.pay_fen <> old.pay_fen))
execute function recharge_orders_otherwise_figures();

create function alarms_otherwise_figures() returns trigger
language plpgsql as $$
begin
    insert into figure_changes (hour) values (figure_hour(new.first_at));
    return null;
end
$$;

create trigger alarms_otherwise after update on alarms for each row
when (new.level <> old.level or new.device_id is distinct from old.device_id)
execute function alarms_otherwise_figures();
