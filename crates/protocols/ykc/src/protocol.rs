//! YKC as the platform knows it: its name, its rhythm, and what orders are called on its wire.

mod check;

use crate::platform::{self, YkcLink};
use crate::traits;
use device::{
    CardStart, Command, CommandFault, Detection, Direction, Duty, LimitsKept, Link, OfflinePolicy,
    Profile, Protocol, Rhythm, TariffUse, VendorCommand,
};
use kernel::{OrderNo, PhyId, PortNo, Timestamp};

/// Digits of a pile number.
const CODE_DIGITS: usize = 14;
/// Transaction numbers of one second that differ.
const COUNTER: u64 = 10_000;

/// The protocol.
pub struct Ykc;

impl Protocol for Ykc {
    fn name(&self) -> &'static str {
        "ykc"
    }

    fn label(&self) -> &'static str {
        "YKC"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["yunkuaichong"]
    }

    fn detect(&self, first: &[u8]) -> Detection {
        let Some(0x68) = first.first() else {
            return match first {
                [] => Detection::Maybe,
                _ => Detection::No,
            };
        };
        let (Some(length), Some(second)) = (first.get(1), first.get(2)) else {
            return Detection::Maybe;
        };
        if crate::frame::is_version2(first) {
            // A login of V2.x, which is recognised to be refused by name. Its length has two
            // bytes; what is shorter than any of its frames is another family.
            let long =
                u16::from_be_bytes([*length, *second]) >= u16::from(crate::frame::LENGTH_MIN);
            return if long { Detection::Yes } else { Detection::No };
        }
        match (first.get(4), first.get(5)) {
            (Some(0 | 1), Some(kind)) if kind % 2 == 1 => Detection::Yes,
            (Some(0 | 1) | None, None) => Detection::Maybe,
            _ => Detection::No,
        }
    }

    fn link(&self) -> Box<dyn Link> {
        Box::new(YkcLink::new())
    }

    fn duties(&self, _profile: &Profile) -> &'static [Duty] {
        &[
            Duty::PeriodicStatus,
            Duty::Voltage,
            Duty::Current,
            Duty::EndReport,
            Duty::ExceptionReport,
            Duty::PortCount,
        ]
    }

    fn rhythm(&self, _profile: &Profile) -> Rhythm {
        traits::RHYTHM
    }

    /// Piles keep their sessions and deliver the record when they are back.
    fn offline_policy(&self) -> OfflinePolicy {
        OfflinePolicy::Hold
    }

    /// A late start or stop could hit somebody else's session; only what every login brings
    /// anyway may wait.
    fn queues(&self, command: &Command) -> bool {
        matches!(command, Command::PushTariff(_) | Command::SyncTime)
    }

    /// Since version 1.6.
    fn feeds_together(&self, profile: &Profile) -> bool {
        traits::feeds_together(profile)
    }

    /// The stop names only the gun.
    fn stops_wait(&self) -> bool {
        false
    }

    /// Pile number, gun, yyMMddHHmmss and a counter of four digits.
    fn serial(
        &self,
        device: &PhyId,
        port: PortNo,
        _order: OrderNo,
        at: Timestamp,
        count: u64,
    ) -> Option<String> {
        let code = device.as_str();
        let gun = platform::gun_of(port)?;
        if code.len() != CODE_DIGITS || !code.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let [year, month, day, hour, minute, second] = at.shanghai();
        let (year, count) = (year % 100, count % COUNTER);
        let code = code.to_ascii_uppercase();
        Some(format!(
            "{code}{gun:02}{year:02}{month:02}{day:02}{hour:02}{minute:02}{second:02}{count:04}"
        ))
    }

    /// The confirmation itself carries the transaction number and the balance.
    fn card_start(&self, _profile: &Profile) -> CardStart {
        CardStart::ByAnswer
    }

    /// Version 1.x has no limit but money.
    fn keeps(&self, _profile: &Profile) -> LimitsKept {
        LimitsKept {
            time: false,
            energy: false,
            amount: true,
        }
    }

    fn tariff_use(&self, _profile: &Profile) -> TariffUse {
        TariffUse::Compares
    }

    fn vendor_commands(&self) -> &'static [VendorCommand] {
        &check::VENDOR_COMMANDS
    }

    fn check(&self, profile: &Profile, command: &Command) -> Result<(), CommandFault> {
        check::check(profile, command)
    }

    fn wire_command(&self, _profile: &Profile, command: &Command) -> Option<u16> {
        platform::wire_command(command)
    }

    fn describe(&self, bytes: &[u8], direction: Direction, _profile: &Profile) -> Option<String> {
        let frame = crate::frame::parse(bytes).ok()?;
        let shown = crate::secrets::loggable(&frame);
        let inspection = crate::inspect::frame(&shown, Some(direction)).ok()?;
        serde_json::to_string(&inspection.decoded).ok()
    }

    fn fields(&self, bytes: &[u8], direction: Direction, _profile: &Profile) -> Option<String> {
        let frame = crate::frame::parse(bytes).ok()?;
        let shown = crate::secrets::loggable(&frame);
        let inspection = crate::inspect::frame(&shown, Some(direction)).ok()?;
        let fields = inspection.rows.iter().map(|row| row.to_json(&shown));
        serde_json::to_string(&fields.collect::<Vec<_>>()).ok()
    }
}
