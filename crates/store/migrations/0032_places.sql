-- Who sees a station of somebody else, and who looks at the console through another's eyes.

create table station_grants (
    station_id {{i64}} not null references stations (id),
    org_id {{i64}} not null references orgs (id),
    granted_by text not null,
    granted_at {{timestamp}} not null,
    constraint station_grants_pkey primary key (station_id, org_id)
){{strict}};

create index station_grants_by_org on station_grants (org_id);

-- A session in which somebody of the platform sees what an agent sees: it reads and never writes.
alter table admin_sessions add column viewer_id {{i64}};
alter table admin_sessions add column viewer_name text;
-- Whose eyes they look through: the organisation, which need not have an account.
alter table admin_sessions add column viewed_org_id {{i64}};
