//! Test databases, receivers, clocks, vectors. A dev-dependency only.

pub mod db;
pub mod ports;
pub mod receiver;
pub mod redis;
pub mod tls;
