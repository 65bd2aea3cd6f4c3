//! The read side: what people and programs ask to see.
//!
//! Rows come from the database; where memory is fresher (devices that are connected, orders
//! that are alive) its values are laid over them.

mod attention;
mod capabilities;
mod command_view;
mod device_view;
mod frame_view;
mod order_view;
mod overview;
mod search;
mod telling;

pub use capabilities::Capability;
pub use command_view::CommandView;
pub use device_view::{DeviceFilter, DeviceSummary, DeviceView, Heartbeat, PortView};
pub use frame_view::FrameView;
pub use order_view::OrderLine;
pub use overview::Overview;
pub use search::{Found, FoundGroup};
