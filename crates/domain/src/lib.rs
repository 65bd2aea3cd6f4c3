//! Business rules as pure functions over plain values: orders, prices, ports, commands, alarms.
//!
//! `(state, event, time) → (state, effects)`: nothing here knows a socket, a clock or a
//! database. The caller loads a value, calls one function, and writes the new value and its
//! effects in one transaction.

mod text_enum;

pub mod alarm;
pub mod allocation;
pub mod breaker;
pub mod camera;
pub mod campaign;
pub mod card;
pub mod certification;
pub mod checkin;
pub mod command;
pub mod commission;
pub mod consistency;
pub mod coupon_grant;
pub mod curve;
pub mod data_scope;
pub mod day;
pub mod device_status;
pub mod document_no;
pub mod failure_risk;
pub mod fault;
pub mod feedback;
pub mod fire;
pub mod health;
pub mod invoice;
pub mod kpi;
pub mod ledger;
pub mod load_balance;
pub mod login;
pub mod machine;
pub mod message;
pub mod networks;
pub mod occupancy;
pub mod order;
pub mod org;
pub mod parking;
pub mod payer;
pub mod payment;
pub mod permission;
pub mod picture;
pub mod points;
pub mod policy;
pub mod port;
pub mod pricing;
pub mod promotion;
pub mod quality;
pub mod reconcile;
pub mod refund;
pub mod request;
pub mod reservation;
pub mod setting;
pub mod settlement;
pub mod sms;
pub mod table;
pub mod tariff;
pub mod tier;
pub mod trouble;
pub mod version;
pub mod webhook;
pub mod withdrawal;

pub use policy::{DeviceRules, Policy, PortConflictPolicy};
