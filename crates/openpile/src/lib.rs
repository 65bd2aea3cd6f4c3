//! The `openpile` program: configuration, command line, wiring.

pub mod clock;
mod cluster;
pub mod command;
pub mod config;
mod data_dir;
pub mod logging;
mod pages;
pub mod protocols;
pub mod server;
mod tenancy;
mod wiring;
