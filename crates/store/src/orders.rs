//! `orders`: charging sessions with their bills.

mod columns;
mod read;
mod write;

pub use read::{
    CANDIDATES_MAX, OrderFilter, SORT, candidates, card_day, card_in_use, count, find, find_active,
    find_by_no, find_by_trade_no, list, list_active, list_active_of_device, list_alive, lock_by_no,
    vehicle_in_use,
};
pub use write::{add_vehicle, flush_live, insert, update};
