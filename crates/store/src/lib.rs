//! All SQL: one text for SQLite and PostgreSQL, one module per aggregate, migrations.
//!
//! A service opens a [`Db`], begins a [`Tx`] and lends its connection to as many repository
//! functions as one business fact needs; each takes a [`Conn`] first:
//!
//! ```no_run
//! # async fn example(db: store::Db, now: kernel::Timestamp) -> store::Result<()> {
//! let mut tx = db.begin().await?;
//! let device = store::devices::find(tx.conn(), kernel::DeviceId(1)).await?;
//! store::settings::put(tx.conn(), "greeting", &"hello".into(), "operator", now).await?;
//! tx.commit().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Reading alone needs no transaction: [`Db::view`]. Batches and single statements: [`Db::direct`].

pub mod activities;
pub mod admin_sessions;
pub mod admin_users;
pub mod alarm_mutes;
pub mod alarm_notices;
pub mod alarm_rules;
pub mod alarms;
pub mod analytics;
pub mod api_keys;
pub mod audit_logs;
pub mod backup;
pub mod banners;
pub mod cameras;
pub mod card_orders;
pub mod cards;
pub mod certifications;
pub mod checkins;
pub mod cluster;
mod comm_days;
pub mod comm_logs;
pub mod commands;
pub mod commission;
pub mod companies;
pub mod company_invitations;
pub mod complaints;
pub mod consistency;
pub mod constraint;
pub mod coupon_codes;
pub mod coupon_grants;
pub mod coupons;
pub mod curves;
mod db;
pub mod deliveries;
pub mod device_labels;
pub mod device_params;
pub mod device_records;
pub mod devices;
pub mod dicts;
pub mod document_numbers;
mod error;
pub mod events;
pub mod failure_risks;
pub mod fault_reports;
pub mod fault_tickets;
pub mod fees;
pub mod fire_cut_offs;
pub mod fire_limits;
pub mod firmware;
pub mod firmware_blocks;
pub mod gateway_sockets;
pub mod gifts;
pub mod idempotency;
pub mod interface_calls;
pub mod invoice_orders;
pub mod invoice_tasks;
pub mod invoice_titles;
pub mod invoices;
pub mod kpis;
pub mod ledger;
pub mod login_attempts;
pub mod many;
pub mod member_days;
pub mod member_sessions;
pub mod member_sums;
pub mod member_vehicles;
pub mod members;
pub mod messages;
mod migrate;
pub mod months;
pub mod notice_channels;
pub mod notices;
pub mod occupancies;
pub mod order_facts;
pub mod order_handlings;
pub mod order_money;
pub mod order_sequences;
pub mod orders;
pub mod orgs;
mod paging;
pub mod parking_handovers;
pub mod parking_rules;
pub mod party_figures;
pub mod payment_switches;
pub mod payments;
pub mod pending_operations;
pub mod pictures;
pub mod points;
pub mod ports;
pub mod power_curves;
pub mod power_limits;
pub mod prepaid_orders;
pub mod price_rules;
pub mod protocol_quality;
mod query_times;
pub mod reconciliations;
pub mod refunds;
pub mod reservations;
pub mod reviews;
pub mod roles;
pub mod row_owners;
pub mod sandbox;
pub mod screen_tokens;
pub mod session_quality;
pub mod settings;
pub mod settlement_accounts;
pub mod statements;
pub mod station_grants;
pub mod station_power;
pub mod stations;
pub mod status_history;
pub mod tariffs;
pub mod texts;
pub mod unmatched;
pub mod vehicles;
pub mod withdrawals;

pub use db::{Conn, Db, DbOptions, Durability, Lease, PgDatabase, Tenancy, Tenure, Tx};
pub use error::{Result, StoreError};
pub use migrate::{schema_fingerprint, schema_versions};
pub use paging::{PAGE_SIZE_MAX, Page, PageRequest, Sort, TOTAL_MAX};
pub use query_times::QueryTimes;
