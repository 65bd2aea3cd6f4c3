//! Wire codes and what they mean. Unknown ones are kept everywhere.
//!
//! Two conventions live side by side in the vendor document: login, balance update and update
//! answer 0x00 for success ([`LoginResult`], [`BalanceResult`], [`UpgradeResult`]), every other
//! answer 0x01 ([`Done`]). docs/protocols/ykc.md tells which frame has which.

mod bms;
mod faults;
mod frame_type;
mod management;
mod pile;
mod record;
mod start;
mod stop;

pub use bms::{
    BatteryPermission, BatteryStatus, BatteryType, BmsAbortError, BmsAbortFault, BmsAbortReason,
    BmsErrors, ChargeMode, ChargerAbortError, ChargerAbortFault, ChargerAbortReason, Group,
    Ownership,
};
pub use faults::FaultBits;
pub use frame_type::FrameType;
pub use management::{
    BalanceResult, CardClearReason, CardCleared, CardExists, CardStoreFailure, Execution,
    LockAction, LockAlarm, LockState, ParkingState, PileModel, QrFormat, UpgradeResult, WorkState,
};
pub use pile::{
    GunHealth, GunHomed, GunPlugged, GunState, LoginResult, ModelCheck, NetworkKind, Operator,
    PileType, PriceKind, ProtocolVersion,
};
pub use record::{RecordResult, StartFlag};
pub use start::{
    Authorised, Done, GunRole, NeedPassword, StartFailure, StartMode, StartRefusal, StopFailure,
};
pub use stop::{StopClass, StopReason};
