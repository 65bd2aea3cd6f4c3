//! TCP listeners, protocol detection and connection tasks: drives links, hands their events to
//! the app, and writes what they want written.
//!
//! One task per connection owns its socket and its link. The task never waits for the database:
//! facts that need a transaction go through a bounded queue of its own (`connection`), so a
//! slow database delays acknowledgements but not heartbeats.

mod budget;
mod connection;
mod detect;
mod farewell;
mod limits;
mod listener;
mod meters;
mod secured;
mod waiting;

pub use limits::Limits;
pub use listener::Gateway;
