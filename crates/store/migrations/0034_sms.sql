-- Short messages: the texts, and what became of each message.

create table sms_templates (
    code text not null,
    -- What people read, with ${variables}.
    text text not null,
    -- The id under which the provider has it.
    provider_code text,
    enabled {{bool}} not null default {{true}},
    updated_by text not null,
    updated_at {{timestamp}} not null,
    constraint sms_templates_pkey primary key (code)
){{strict}};

create table sms_log (
    id {{id}},
    -- Masked: 138****8000.
    phone text not null,
    template text not null,
    -- sent, failed, off.
    result text not null,
    -- What the provider calls the message, or why it was not sent.
    detail text,
    -- Who had it sent; none: the program.
    sent_by text,
    at {{timestamp}} not null
){{strict}};

create index sms_log_by_time on sms_log (at);
