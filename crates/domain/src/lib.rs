//! Business rules as pure functions over plain values: orders, prices, ports, commands, alarms.
//!
//! `(state, event, time) → (state, effects)`: nothing here knows a socket, a clock or a
//! database.

pub mod order;
