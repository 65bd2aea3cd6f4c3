//! Wire codes and what they mean. Unknown ones are kept everywhere.
//!
//! All of them are enumerations, also where older texts speak of bits. The neutral words of the
//! platform ([`device::PortState`], [`device::Fault`], [`device::EndReason`]) are mapped beside
//! the codes and nowhere else.

mod alarm;
mod card;
mod command;
mod host;
mod model;
mod parameter;
mod setting;
mod socket;
mod start;
mod stop;
#[cfg(test)]
mod tests;
mod upgrade;

pub use alarm::{AlarmType, PushType};
pub use card::{AccountState, CardType};
pub use command::Cmd;
pub use host::{BreakerStyle, HostType, LockState, ModuleType, Rtc, SwitchState};
pub use model::{
    Model, Recognition, Shape, UpgradeCommand, major, model_of, upgrade_of, upgrade_of_host,
};
pub use parameter::{PARAMETERS, Parameter, parameter, parameters_of};
pub use setting::{
    ChargingBy, Done, LimitAnswer, QrScreen, SpecialFunction, Switch, WorkModeAnswer, WorkModeBits,
};
pub use socket::SocketState;
pub use start::{
    ChargeCmd, Executed, ModifyAnswer, ModifyMode, RateMode, ShortCheck, StartAnswer, StartType,
};
pub use stop::StopReason;
pub use upgrade::{Reaction, UpgradeAnswer};

/// Faults without a neutral name are published as this plus their place: socket states from 0,
/// alarm types from 256, stop reasons from 512. Far from the numbers that partners know.
const UNNAMED: u32 = 3_000_000;
