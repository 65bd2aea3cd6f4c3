//! The `openpile` program: configuration, command line, wiring.

pub mod command;
pub mod config;
pub mod logging;
