//! The seam between device protocols and the platform.
//!
//! A protocol crate translates bytes into [`Event`]s and [`Command`]s into bytes by implementing
//! [`Link`], and describes itself by implementing [`Protocol`]. Everything above this crate
//! speaks only of events, commands, [`PortState`]s, [`Fault`]s and [`EndReason`]s, never of a
//! frame. Adding a device family means one new protocol crate and one line in the [`Registry`].
//!
//! Links are sans-IO: they own no socket, no clock and no task, so the same code runs under the
//! gateway, a test, a fuzzer and a capture reader.

mod command;
mod duties;
mod event;
mod link;
mod outcome;
mod port;
mod profile;
mod protocol;
mod session;
mod tariff;
mod traits;

pub use command::{
    CARDS_MAX, ChargeMode, ChargePlan, Command, FeeSegment, FirmwareSource, FirmwareTarget,
    OfflineCard, ParamContent, ParamValue, PowerLimit, PowerTier, QuietPeriod, ServiceFeePlan,
    SocketEntry, VoiceSchedule,
};
pub use duties::Duty;
pub use event::{
    AlarmReport, BalanceInquiry, CardPassword, CardSwipe, ChargeConfirmation, ChargeKey, EndReport,
    Envelope, Event, FaultList, FirmwareProgress, ListedFault, PortReport, Progress, Receipt,
    Registration, SocketReport, Vitals,
};
pub use link::{
    Admission, Answer, CardRefusal, CardVerdict, CloseReason, Direction, Dispatch, FrameNote, Item,
    Link, Output, Tally,
};
pub use outcome::{CommandReport, Outcome, Refusal};
pub use port::{EndReason, Fault, PortState};
pub use profile::{Profile, Rhythm};
pub use protocol::{
    CardStart, CommandFault, Detection, LimitsKept, OfflinePolicy, Protocol, Registry, TariffUse,
    VendorCommand,
};
pub use session::{
    BatteryReport, DeviceStart, EnergySplit, GroundLockReport, RateShare, RecordDetails,
    StartSource, VehicleReport, VinOffer,
};
pub use tariff::{Rate, TARIFF_RATES_MAX, TARIFF_SLOTS, TariffTable};
pub use traits::Traits;
