//! The plain values that every other crate speaks: ids, money, quantities, time.
//!
//! Nothing here knows a socket, a database or the system clock. A bare number never crosses a
//! crate's door: it is a [`Fen`], an [`Energy`], a [`PortNo`] …

mod id;
mod money;
mod quantity;
mod round;
mod time;
mod trace;

pub use id::{
    ApiKeyId, CommandId, DeviceId, InvalidId, MemberId, OrderId, OrderNo, OrgId, PhyId, PortNo,
    RunId, StationId,
};
pub use money::{BasisPoints, Fen, Permille};
pub use quantity::{Current, Energy, Power, Price, Voltage};
pub use round::div_half_up;
pub use time::{Clock, ClockLook, ClockSet, ManualClock, Timestamp};
pub use trace::TraceId;
