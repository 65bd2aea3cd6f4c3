-- PostgreSQL only: tables that grow fastest and are forgotten by age are partitioned by month, so
-- that what has been kept for long enough goes in one piece: no row is deleted, nothing is left to
-- vacuum. What was there before is the partition of this month, without copying a row.

-- Rows of a table that was not partitioned become its partition up to the end of this month.
create function openpile_partition_by_month(of_table text, by_column text) returns void
language plpgsql as $$
declare
    month_end timestamptz := (date_trunc('month', now() at time zone 'Asia/Shanghai')
        + interval '1 month') at time zone 'Asia/Shanghai';
    month text := to_char(now() at time zone 'Asia/Shanghai', 'YYYYMM');
    past text := of_table || '_m' || month;
    index record;
    key text;
begin
    execute format('alter table %I rename to %I', of_table, past);
    execute format('create table %I (like %I including defaults including constraints) '
        'partition by range (%I)', of_table, past, by_column);
    -- Keys and indexes keep their names where they are of the whole table.
    select pg_get_constraintdef(oid) into key from pg_constraint
        where conrelid = past::regclass and contype = 'p';
    for index in
        select c.relname as name, i.indisprimary as is_key, pg_get_indexdef(c.oid) as text
        from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = past::regclass
    loop
        execute format('alter index %I rename to %I', index.name, index.name || '_m' || month);
        if index.is_key then
            execute format('alter table %I add constraint %I %s', of_table, index.name, key);
        else
            execute regexp_replace(index.text, ' ON \S+ ', format(' ON %I ', of_table));
        end if;
    end loop;
    -- What never had its month prepared, or lies further ahead than anybody expects.
    execute format('create table %I partition of %I default', of_table || '_rest', of_table);
    execute format('alter table %I attach partition %I for values from (minvalue) to (%L)',
        of_table, past, month_end);
end
$$;

select openpile_partition_by_month('order_curves', 'from_at');

-- The number alone is no key where partitions are by time.
alter table commands drop constraint commands_pkey;
alter table commands add constraint commands_pkey primary key (id, created_at);
alter table commands alter column id drop identity;
create sequence commands_numbers;
select setval('commands_numbers', coalesce((select max(id) from commands), 0) + 1, false);
alter table commands alter column id set default nextval('commands_numbers');
select openpile_partition_by_month('commands', 'created_at');
alter sequence commands_numbers owned by commands.id;
alter table commands add constraint commands_device_fkey
    foreign key (device_id) references devices (id);

drop function openpile_partition_by_month(text, text);
