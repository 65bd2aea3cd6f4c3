-- SQLite only: who changes a fact of an hour that has ended says so. What changes within its own
-- hour is counted at that hour's end, and says nothing.

create trigger orders_late after insert on orders
when new.updated_at / 3600000 > new.created_at / 3600000
begin
    insert into figure_changes (hour) values (new.created_at / 3600000);
    insert into figure_changes (hour) select new.end_time / 3600000
    where new.status = 'completed' and new.updated_at / 3600000 > new.end_time / 3600000;
end;

create trigger orders_made_otherwise after update on orders
when (new.status <> old.status and (new.status in ('failed', 'cancelled')
        or old.status in ('failed', 'cancelled'))
    or (new.start_time is null) <> (old.start_time is null)
    or new.station_id is not old.station_id)
    and new.updated_at / 3600000 > new.created_at / 3600000
begin
    insert into figure_changes (hour) values (new.created_at / 3600000);
end;

create trigger orders_ended_otherwise after update on orders
when (new.status = 'completed' or old.status = 'completed') and (
    new.status is not old.status or new.end_time is not old.end_time
    or new.station_id is not old.station_id or new.source is not old.source
    or new.charge_mode is not old.charge_mode or new.end_reason is not old.end_reason
    or new.duration_sec is not old.duration_sec or new.energy_e4 is not old.energy_e4
    or new.elec_fen is not old.elec_fen or new.service_fen is not old.service_fen
    or new.occupancy_fen is not old.occupancy_fen
    or new.final_amount is not old.final_amount or new.discount_fen is not old.discount_fen
    or new.member_id is not old.member_id or new.org_path is not old.org_path
    or new.operator_path is not old.operator_path or new.bill is not old.bill)
begin
    insert into figure_changes (hour) select new.end_time / 3600000
    where new.status = 'completed' and new.end_time is not null
    and (new.updated_at = old.updated_at or new.updated_at / 3600000 > new.end_time / 3600000);
    insert into figure_changes (hour) select old.end_time / 3600000
    where old.status = 'completed' and old.end_time is not null
    and (new.status <> 'completed' or new.end_time is not old.end_time);
end;

create trigger commission_entries_late after insert on commission_entries
begin
    insert into figure_changes (hour) select o.end_time / 3600000 from orders o
    where o.order_no = new.order_no and o.status = 'completed'
    and o.end_time / 3600000 < new.created_at / 3600000;
end;

create trigger commission_entries_otherwise after update on commission_entries
when (new.state = 'reversed') <> (old.state = 'reversed') or new.amount_fen <> old.amount_fen
begin
    insert into figure_changes (hour) select o.end_time / 3600000 from orders o
    where o.order_no = new.order_no and o.status = 'completed';
end;

create trigger refunds_otherwise after update on refunds
when new.state <> old.state or new.finished_at is not old.finished_at
    or new.amount_fen <> old.amount_fen
begin
    insert into figure_changes (hour) select new.finished_at / 3600000
    where new.finished_at is not null
    and (new.updated_at = old.updated_at or new.updated_at / 3600000 > new.finished_at / 3600000);
    insert into figure_changes (hour) select old.finished_at / 3600000
    where old.finished_at is not null and new.finished_at is not old.finished_at;
    -- Complaints count against the hour of their order.
    insert into figure_changes (hour) select o.end_time / 3600000 from orders o
    where new.kind in ('complaint', 'admin') and o.order_no = new.biz_no
    and o.status = 'completed' and new.updated_at / 3600000 > o.end_time / 3600000;
end;

create trigger recharge_orders_otherwise after update on recharge_orders
when new.paid_at is not old.paid_at or (new.paid_at is not null and new.pay_fen <> old.pay_fen)
begin
    insert into figure_changes (hour) select new.paid_at / 3600000 where new.paid_at is not null;
    insert into figure_changes (hour) select old.paid_at / 3600000 where old.paid_at is not null;
end;

create trigger alarms_otherwise after update on alarms
when new.level <> old.level or new.device_id is not old.device_id
begin
    insert into figure_changes (hour) values (new.first_at / 3600000);
end;
