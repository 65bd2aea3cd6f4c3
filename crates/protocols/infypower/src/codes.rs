//! Wire codes and what they mean. Unknown ones are kept everywhere.
//!
//! The Lvneng dialect has tables of its own for alarms and stop reasons, in which the same
//! numbers mean other things; the rest is common to the three dialects.

mod address;
mod alarm;
mod alarm_bits;
mod alarm_lvneng;
mod battery;
mod card;
mod category;
mod frame;
mod start;
mod state;
mod stop;
mod stop_lvneng;
#[cfg(test)]
mod tests;
mod upgrade;

pub use address::{
    CONTROL_DO, CommandResult, ControlAddress, NumberParam, ParamOp, TextParam, UploadRequest,
};
pub use alarm::AlarmCode;
pub use alarm_bits::{AlarmBit, AlarmBits};
pub use alarm_lvneng::LvnengAlarm;
pub use battery::{BatteryType, BsmFlag, ChargeAllowed, Ownership, Readiness, VehicleFlag};
pub use card::CardResponse;
pub use category::{EndCategory, Ended};
pub use frame::Version;
pub use start::StartResult;
pub use state::{
    BmsMode, CarLink, GunType, RunMode, StartMode, StartStrategy, StartType, Strategy, UploadMode,
    WorkState,
};
pub use stop::StopReason;
pub use stop_lvneng::LvnengStop;
pub use upgrade::{ERASE_REFUSED, ERASED, EraseOrder, SizeResult};
