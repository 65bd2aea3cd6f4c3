-- SQLite only: who charged is told along an index that has all that is asked for. The other engine
-- would pay for it with every report of a charge that runs, whose energy moves.

create index orders_of_members
    on orders (end_time, member_id, station_id, energy_e4, final_amount)
    where status = 'completed' and member_id is not null;
