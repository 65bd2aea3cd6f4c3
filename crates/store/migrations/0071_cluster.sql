-- Runs of the program that share this database. A run begins when a process starts and never comes
-- back once it is gone: whoever was taken for dead begins another one.
create table cluster_runs (
    id {{id}},
    -- The name of the node: what stays the same from run to run.
    node text not null,
    -- Says that two runs were of the same data directory.
    home text not null,
    version text not null,
    -- up, draining; gone when it has ended, lost when it fell silent
    state text not null,
    started_at {{timestamp}} not null,
    -- By the clock of the database, which is the same for all.
    seen_at {{timestamp}} not null
);
create unique index cluster_runs_one_living on cluster_runs (node) where state in ('up', 'draining');
create index cluster_runs_by_start on cluster_runs (started_at);

-- Work that one run does for all.
create table cluster_leases (
    work text primary key,
    run_id {{i64}} not null references cluster_runs (id) on delete cascade,
    -- By the clock of the database.
    until {{timestamp}} not null
);

-- The run that holds the device's connection, and how often a connection took the device over:
-- who holds an older epoch than the row's has lost it.
alter table devices add column session_run {{i64}};
alter table devices add column session_epoch {{i64}} not null default 0;
create index devices_by_session on devices (session_run) where session_run is not null;
