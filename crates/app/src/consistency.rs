//! Whether what the platform believes hangs together, looked at once a minute and whenever
//! somebody asks: found, written down with its history, mended where that is safe, alarmed when
//! it lasts.
//!
//! The look is over what is in memory, which is what charging goes by; the database is asked only
//! which orders it believes active. `openpile doctor` looks at the database alone, from outside.

mod heal;
mod look;
mod runs;
mod stuck;

pub use runs::ConsistencyReport;
pub use stuck::SilentOrder;
