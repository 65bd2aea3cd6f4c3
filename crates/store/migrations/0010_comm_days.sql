-- The communication log by days: lines go into comm_logs_current, which becomes
-- comm_logs_dYYYYMMDD when its day is over; whole days are dropped. comm_logs shows all of them.
alter table comm_logs rename to comm_logs_current;

create view comm_logs as select * from comm_logs_current;
