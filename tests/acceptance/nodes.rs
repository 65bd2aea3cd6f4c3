//! Several nodes: a call at any of them reaches a device at any other, and nothing is lost when one
//! of them dies.

mod across;
mod cuts;
mod fleet;
mod losses;
mod redis_kinds;
mod soundness;
