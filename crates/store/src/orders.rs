//! `orders`: charging sessions with their bills.

mod columns;
mod read;
mod write;

pub use read::{
    CANDIDATES_MAX, OrderFilter, candidates, count, find, find_active, find_by_no,
    find_by_trade_no, list, list_active, list_active_of_device, list_alive, lock_by_no,
};
pub use write::{flush_live, insert, update};
