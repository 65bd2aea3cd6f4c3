//! `devices`: what is known of each device, and since when it has been heard of.

mod live;
mod read;
mod row;
mod write;

pub use live::{LiveDevice, flush_live};
pub use read::{
    DeviceFilter, SORT, all, all_by_phy_id, all_of, count, find, find_awaiting_contact,
    find_by_phy_id, list,
};
pub use row::{Device, Identity, NewDevice};
pub use write::{
    AdminChange, change_by_hand, identify, insert, learn, set_networks, set_offline_after,
    set_profile, set_station, set_status, update_identity,
};
