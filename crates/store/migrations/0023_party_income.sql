-- What a party earned within a time, without reading all that it ever earned.

create index commission_entries_by_payee_time on commission_entries (payee_org_id, created_at);
