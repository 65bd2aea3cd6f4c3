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
pub mod alarms;
pub mod api_keys;
pub mod audit_logs;
pub mod banners;
pub mod card_orders;
pub mod cards;
pub mod checkins;
mod comm_days;
pub mod comm_logs;
pub mod commands;
pub mod commission;
pub mod companies;
pub mod company_invitations;
pub mod complaints;
pub mod constraint;
pub mod coupon_codes;
pub mod coupon_grants;
pub mod coupons;
pub mod curves;
mod db;
pub mod deliveries;
pub mod device_params;
pub mod device_records;
pub mod devices;
pub mod dicts;
pub mod document_numbers;
mod error;
pub mod events;
pub mod fault_reports;
pub mod fees;
pub mod firmware;
pub mod gateway_sockets;
pub mod gifts;
pub mod idempotency;
pub mod invoice_orders;
pub mod invoice_tasks;
pub mod invoice_titles;
pub mod invoices;
pub mod ledger;
pub mod login_attempts;
pub mod member_sessions;
pub mod member_sums;
pub mod member_vehicles;
pub mod members;
pub mod messages;
mod migrate;
pub mod notices;
pub mod occupancies;
pub mod order_facts;
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
pub mod prepaid_orders;
pub mod price_rules;
pub mod reconciliations;
pub mod refunds;
pub mod reservations;
pub mod reviews;
pub mod roles;
pub mod row_owners;
pub mod settings;
pub mod settlement_accounts;
pub mod statements;
pub mod station_grants;
pub mod stations;
pub mod status_history;
pub mod tariffs;
pub mod texts;
pub mod unmatched;
pub mod vehicles;
pub mod withdrawals;

pub use db::{Conn, Db, DbOptions, Durability, Lease, Tx};
pub use error::{Result, StoreError};
pub use migrate::schema_fingerprint;
pub use paging::{PAGE_SIZE_MAX, Page, PageRequest, Sort, TOTAL_MAX};
