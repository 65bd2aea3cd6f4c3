//! The acceptance plan, run against the real program: a child process with its own database, with
//! simulated devices over TCP and a webhook receiver that checks every signature. Tests bear the
//! ids of the plan's rows; every test runs on the embedded database and on PostgreSQL.
#![expect(unreachable_pub, reason = "a test program exports nothing")]

mod harness;

mod bad_callers;
mod bad_devices;
mod bad_receivers;
mod cases;
mod certifying;
mod charging_rules;
mod commands;
mod copies;
mod crashes;
mod database_contract;
mod environment;
mod exceptions;
mod families;
mod fire;
#[cfg(feature = "otel")]
mod flows;
mod four_ports;
mod http_contract;
mod incident;
mod log_contract;
mod manual;
mod money;
mod monitoring;
mod networked;
mod networked_admin;
mod nodes;
mod onboarding;
mod outages;
mod partners;
mod redis_contract;
mod scenarios;
mod scripts;
mod tiers;
mod tls;
mod webhook_contract;
mod withdrawals;
