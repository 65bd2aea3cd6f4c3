//! Business rules as pure functions over plain values: orders, prices, ports, commands, alarms.
//!
//! `(state, event, time) → (state, effects)`: nothing here knows a socket, a clock or a
//! database. The caller loads a value, calls one function, and writes the new value and its
//! effects in one transaction.

pub mod alarm;
pub mod campaign;
pub mod card;
pub mod command;
pub mod curve;
pub mod device_status;
pub mod login;
pub mod occupancy;
pub mod order;
pub mod org;
pub mod permission;
pub mod policy;
pub mod port;
pub mod pricing;
pub mod request;
pub mod tariff;
pub mod version;
pub mod webhook;

pub use policy::{DeviceRules, Policy, PortConflictPolicy};
