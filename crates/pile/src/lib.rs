//! The seam of simulated devices, the mirror of `device`: a family's device side is written from
//! its document and run by the simulator, a test or a fuzzer without change.
//!
//! Sans-IO: bytes and the time go in, [`Step`]s come out, and [`Pile::deadline`] says when to
//! come back. Everything a person or a mishap can do is an [`Action`]. A family implements
//! [`Dialogue`], which is what differs between command sets, and gets [`Pile`] by [`Simulated`];
//! the rest here is what devices share: their clock, their connection, outlets with their meters, vehicles
//! with their batteries.

mod action;
mod agenda;
mod automatic;
mod chance;
mod clock;
mod core;
mod load;
mod outlet;
mod simulated;
mod step;
mod vehicle;

pub use self::core::{Core, LineSetup, Manners};
pub use action::{ACTION_FORMS, Action, ActionText, Impossible};
pub use agenda::{AGENDA_MAX, Agenda};
pub use automatic::Automatic;
pub use chance::Chance;
pub use clock::{DeviceClock, Moment, SPEED_MAX};
pub use load::{LOADS, Load, Meter, PowerCap};
pub use outlet::{Goal, Outlet, Reached};
pub use simulated::{Dialogue, Pile, Simulated};
pub use step::{Event, Note, Pieces, PortView, Session, Step, Writing};
pub use vehicle::{Battery, Inlet, UNITS_PER_STEP, VEHICLES, Vehicle};
