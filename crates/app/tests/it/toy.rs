//! A protocol without bytes: traits of a device family, and links that nobody drives.

use device::{
    Admission, Answer, Command, CommandFault, Detection, Dispatch, Duty, Link, OfflinePolicy,
    Output, Profile, Protocol, Receipt, Rhythm, TariffUse,
};
use kernel::{CommandId, PhyId, PortNo, Timestamp};
use std::time::Duration;

/// Speaks every 11 seconds and is offline after 30.
pub(crate) struct Toy;

impl Protocol for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }
    fn label(&self) -> &'static str {
        "Toy"
    }
    fn detect(&self, _first: &[u8]) -> Detection {
        Detection::Yes
    }
    fn link(&self) -> Box<dyn Link> {
        Box::new(Idle)
    }
    fn rhythm(&self, _profile: &Profile) -> Rhythm {
        Rhythm {
            heartbeat: Duration::from_secs(11),
            offline_after: Duration::from_secs(30),
            close_after: Duration::from_secs(30),
            report: Duration::from_secs(11),
            query_after: Duration::from_mins(1),
        }
    }
    /// As its trait `owes` says: `meter` for meter values of its charges and the count of its ports.
    fn duties(&self, profile: &Profile) -> &'static [Duty] {
        match profile.get("owes") {
            Some("meter") => &[
                Duty::PeriodicMeter,
                Duty::Power,
                Duty::Charge,
                Duty::EndReport,
                Duty::PortCount,
            ],
            _ => &[Duty::PeriodicStatus, Duty::EndReport],
        }
    }
    /// As its trait `serves` says: `ebikes`, or cars.
    fn serves_ebikes(&self, profile: &Profile) -> bool {
        profile.get("serves") == Some("ebikes")
    }
    fn offline_policy(&self) -> OfflinePolicy {
        OfflinePolicy::Complete
    }
    fn queues(&self, _command: &Command) -> bool {
        true
    }
    /// Its clock can be set where its trait `clock` says `set`.
    fn check(&self, profile: &Profile, command: &Command) -> Result<(), CommandFault> {
        match command {
            Command::SyncTime if profile.get("clock") == Some("set") => Ok(()),
            Command::SyncTime => Err(CommandFault::NotSupported("sync_time")),
            Command::PushTariff(table) if table.rates.len() > 4 => {
                Err(CommandFault::NotSupported("deep valley"))
            }
            Command::StartCharge(plan) if plan.duration_s > Some(65_535) => {
                Err(CommandFault::OutOfRange {
                    field: "duration",
                    problem: "must be at most 65535 s".to_owned(),
                })
            }
            _ => Ok(()),
        }
    }
    fn wire_command(&self, _profile: &Profile, _command: &Command) -> Option<u16> {
        Some(0x82)
    }
    /// As its trait `prices` says: `compares`, `pushed`, or none.
    fn tariff_use(&self, profile: &Profile) -> TariffUse {
        match profile.get("prices") {
            Some("compares") => TariffUse::Compares,
            Some("pushed") => TariffUse::Pushed,
            _ => TariffUse::None,
        }
    }
    fn port_of_hole(&self, _profile: &Profile, socket: u8, hole: u8) -> Option<PortNo> {
        Some(PortNo((u16::from(socket) - 1) * 2 + u16::from(hole) + 1))
    }
}

/// A link without a wire; the tests say what its device says.
struct Idle;

impl Link for Idle {
    fn receive(&mut self, _bytes: &[u8], _now: Timestamp, _out: &mut Output) {}
    fn admit(&mut self, _: &PhyId, _: Admission, _: Timestamp, _: &mut Output) {}
    fn command(&mut self, _: Dispatch, _: Timestamp, _: &mut Output) {}
    fn withdraw(&mut self, _: CommandId) -> bool {
        false
    }
    fn resolve(&mut self, _: Receipt, _: Answer, _: Timestamp, _: &mut Output) {}
    fn tick(&mut self, _: Timestamp, _: &mut Output) {}
    fn deadline(&self) -> Option<Timestamp> {
        None
    }
    fn reprofile(&mut self, _: &PhyId, _: Profile) {}
}
