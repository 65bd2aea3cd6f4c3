//! All SQL: one text for SQLite and PostgreSQL, one module per aggregate, migrations.

pub mod constraint;
mod db;
mod error;
mod migrate;

pub use db::{Conn, Db, DbOptions, Durability, Lease, Tx};
pub use error::{Result, StoreError};
