//! The life of orders, told as stories and as laws.

mod connectivity;
mod creation;
mod ending;
mod identity;
mod implausible;
mod laws;
mod splitting;
mod stage;
mod starting;
mod stopping;
mod waiting;
