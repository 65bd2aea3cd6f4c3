-- Orders are counted by their marks too: hours of the last month are counted anew with them.
delete from sys_config where key = 'figures.rolled';

-- Alarms are counted in the hour in which they began.
create index alarms_by_begin on alarms (first_at);
