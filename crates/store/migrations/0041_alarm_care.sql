-- What becomes of an alarm: who took it, who was told of it, when it is looked at again.
alter table alarms add column acked_at {{timestamp}};
alter table alarms add column acked_by text;
alter table alarms add column resolved_at {{timestamp}};
alter table alarms add column resolved_by text;
alter table alarms add column ticket_id {{i64}};
-- When people were last told of it, and when it went to those above them.
alter table alarms add column noticed_at {{timestamp}};
alter table alarms add column escalated_at {{timestamp}};
-- When the next notice is to be decided on.
alter table alarms add column notify_at {{timestamp}};
-- Since when its cause has been gone, while it waits whether that lasts.
alter table alarms add column clearing_since {{timestamp}};
-- Why nobody is told of it: maintenance, mute, parent.
alter table alarms add column silenced_by text;

create index alarms_to_notify on alarms (notify_at) where notify_at is not null;
create index alarms_clearing on alarms (clearing_since) where clearing_since is not null;
create index alarms_by_object on alarms (code, object_type, object_id, id);
create index alarms_by_station on alarms (station_id, id) where station_id is not null;

-- What operators changed about a kind of alarm; the rest is the program's.
create table alarm_rules (
    code text primary key,
    enabled {{bool}} not null,
    -- C, W, I.
    level text not null,
    recover_s {{i32}} not null,
    -- None: told once.
    repeat_s {{i32}},
    -- None: never told to those above.
    escalate_s {{i32}},
    updated_by text not null,
    updated_at {{timestamp}} not null
){{strict}};

-- Times in which nobody is told of some alarms: maintenance, or somebody's wish.
create table alarm_mutes (
    id {{id}},
    -- None of these: of everything.
    code text,
    station_id {{i64}},
    device_id {{i64}},
    alarm_id {{i64}},
    starts_at {{timestamp}} not null,
    ends_at {{timestamp}} not null,
    reason text not null,
    created_by text not null,
    created_at {{timestamp}} not null,
    lifted_at {{timestamp}},
    org_path text not null
){{strict}};

create index alarm_mutes_by_end on alarm_mutes (ends_at) where lifted_at is null;

-- Where people are told.
create table notice_channels (
    id {{id}},
    name text not null,
    -- webhook, mail, sms, dingtalk, wecom, feishu.
    kind text not null,
    -- Address, secret, recipients.
    settings {{json}} not null,
    -- Which level is told how: at_once, digest, never.
    levels {{json}} not null,
    -- Empty: all.
    codes {{json}} not null,
    station_ids {{json}} not null,
    -- 1 is told first, 2 when nobody has answered.
    tier {{i16}} not null,
    -- Minutes of the day in Shanghai; both or none.
    quiet_from {{i16}},
    quiet_until {{i16}},
    digest_at {{i16}} not null,
    language text not null,
    enabled {{bool}} not null,
    -- How the last message went.
    sent_at {{timestamp}},
    failed_at {{timestamp}},
    error text,
    -- No message before that: the receiver asked for patience, or failed.
    wait_until {{timestamp}},
    failures {{i32}} not null default 0,
    created_by text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{hot}};

-- Who is to be told what. Rows of one channel that are due go into one message.
create table alarm_notices (
    id {{id}},
    alarm_id {{i64}} not null,
    channel_id {{i64}} not null,
    -- raised, repeated, escalated, recovered.
    kind text not null,
    -- How often the alarm had been raised by then.
    count {{i32}} not null,
    due_at {{timestamp}} not null,
    -- pending, sent, dead.
    state text not null default 'pending',
    attempts {{i32}} not null default 0,
    error text,
    created_at {{timestamp}} not null,
    done_at {{timestamp}}
){{hot}};

create index alarm_notices_due on alarm_notices (channel_id, due_at, id) where state = 'pending';
create index alarm_notices_by_alarm on alarm_notices (alarm_id, id);
create index alarm_notices_by_age on alarm_notices (created_at);

-- Work orders (工单): what somebody has to repair.
create table fault_tickets (
    id {{id}},
    -- alarm, report, manual.
    source text not null,
    alarm_id {{i64}},
    report_id {{i64}},
    title text not null,
    text text not null,
    device_id {{i64}},
    phy_id text,
    port_no {{i32}},
    station_id {{i64}},
    org_path text not null,
    -- critical, major, minor.
    level text not null,
    -- new, assigned, doing, done, verified, reopened.
    state text not null default 'new',
    assignee text,
    due_at {{timestamp}} not null,
    -- When its lateness was told.
    late_told_at {{timestamp}},
    log {{json}} not null,
    created_by text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null
){{hot}};

create index fault_tickets_by_owner on fault_tickets (org_path, id);
create index fault_tickets_open on fault_tickets (due_at)
    where state in ('new', 'assigned', 'doing', 'reopened');
create unique index fault_tickets_by_report on fault_tickets (report_id)
    where report_id is not null;
