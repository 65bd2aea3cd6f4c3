//! The read side: what people and programs ask to see.
//!
//! Rows come from the database; where memory is fresher (devices that are connected, orders
//! that are alive) its values are laid over them.

mod attention;
mod capabilities;
mod command_view;
mod device_view;
mod fleet;
mod frame_view;
mod order_view;
mod overview;
mod search;
mod story;
mod telling;

pub use capabilities::Capability;
pub use command_view::CommandView;
pub use device_view::{DeviceFilter, DeviceSummary, DeviceView, Heartbeat, PortView};
pub use fleet::{
    DeviceLine, HeldHere, PORTS_PER_PAGE_MAX, PortFilter, PortLine, PortPage, PortTally,
    SessionFilter, SessionLine, StationLine,
};
pub(crate) use fleet::{PortVersions, SalesToday};
pub use frame_view::FrameView;
pub use order_view::OrderLine;
pub use overview::Overview;
pub use search::{Found, FoundGroup};
pub use story::{Story, StoryEntry, StoryKind};
