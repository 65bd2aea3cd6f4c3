//! Infypower as the platform knows it: its name, its rhythm, and which commands a pile can be
//! given.

use crate::layout::Dialect;
use crate::platform::{self, GUNS_MAX, InfypowerLink};
use crate::{frame, traits};
use device::{
    CardStart, ChargeMode, ChargePlan, Command, CommandFault, Detection, Direction, Duty,
    FirmwareSource, FirmwareTarget, LimitsKept, Link, OfflinePolicy, Profile, Protocol, Rhythm,
    TariffUse, VendorCommand,
};
use kernel::PortNo;

/// Longest charge by time, seconds: half-hour slots repeat after a day.
const SECONDS_MAX: u32 = 24 * 3600;
/// Most energy of a charge, 0.01 kWh: more is not believed in a record either.
const CENTI_KWH_MAX: i64 = 50_000;
/// Records in one query.
const HISTORY_MAX: u32 = 1000;

/// The protocol.
pub struct Infypower;

impl Protocol for Infypower {
    fn name(&self) -> &'static str {
        "infypower"
    }

    fn label(&self) -> &'static str {
        "Infypower"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["yfy", "aaf5"]
    }

    fn detect(&self, first: &[u8]) -> Detection {
        match frame::begins(first) {
            Some(true) => Detection::Yes,
            Some(false) => Detection::No,
            None => Detection::Maybe,
        }
    }

    fn link(&self) -> Box<dyn Link> {
        Box::new(InfypowerLink::new())
    }

    fn rhythm(&self, profile: &Profile) -> Rhythm {
        traits::rhythm(profile)
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

    fn offline_policy(&self) -> OfflinePolicy {
        // The pile keeps the session and delivers its record later.
        OfflinePolicy::Hold
    }

    fn queues(&self, command: &Command) -> bool {
        // A start would begin, and a stop end, the charge of the next customer.
        !matches!(
            command,
            Command::StartCharge(_)
                | Command::StopCharge { .. }
                | Command::QueryPort { .. }
                | Command::Restart { .. }
                | Command::SyncTime
        )
    }

    fn stops_wait(&self) -> bool {
        // The stop names only the gun.
        false
    }

    fn card_start(&self, _profile: &Profile) -> CardStart {
        CardStart::ByDevice
    }

    fn keeps(&self, _profile: &Profile) -> LimitsKept {
        // A pile watches one limit; a money limit only by its own prices, so it does not count.
        LimitsKept {
            time: true,
            energy: true,
            amount: false,
        }
    }

    fn tariff_use(&self, _profile: &Profile) -> TariffUse {
        TariffUse::Pushed
    }

    fn vendor_commands(&self) -> &'static [VendorCommand] {
        platform::VENDOR
    }

    fn check(&self, profile: &Profile, command: &Command) -> Result<(), CommandFault> {
        if let Some(port) = command.port() {
            check_port(profile, port)?;
        }
        check_command(profile, command)
    }

    fn wire_command(&self, profile: &Profile, command: &Command) -> Option<u16> {
        platform::wire_command(command, traits::dialect(profile))
    }

    fn describe(&self, bytes: &[u8], direction: Direction, profile: &Profile) -> Option<String> {
        let dialect = traits::known_dialect(profile);
        let frame = crate::frame::parse(bytes).ok()?;
        let shown = crate::secrets::loggable(&frame);
        let inspection = crate::inspect::frame(&shown, Some(direction), dialect).ok()?;
        serde_json::to_string(&inspection.decoded).ok()
    }

    fn fields(&self, bytes: &[u8], direction: Direction, profile: &Profile) -> Option<String> {
        let dialect = traits::known_dialect(profile);
        let frame = crate::frame::parse(bytes).ok()?;
        let shown = crate::secrets::loggable(&frame);
        let inspection = crate::inspect::frame(&shown, Some(direction), dialect).ok()?;
        let fields = inspection.rows.iter().map(|row| row.to_json(&shown));
        serde_json::to_string(&fields.collect::<Vec<_>>()).ok()
    }
}

fn out_of_range(field: &'static str, problem: impl Into<String>) -> CommandFault {
    CommandFault::OutOfRange {
        field,
        problem: problem.into(),
    }
}

fn check_port(profile: &Profile, port: PortNo) -> Result<(), CommandFault> {
    let guns = traits::gun_count(profile).unwrap_or(GUNS_MAX);
    if (1..=guns).contains(&port.0) {
        Ok(())
    } else {
        Err(out_of_range("port_no", format!("must be 1 to {guns}")))
    }
}

fn check_command(profile: &Profile, command: &Command) -> Result<(), CommandFault> {
    let no = |why| Err(CommandFault::NotSupported(why));
    match command {
        Command::StartCharge(plan) => check_start(plan),
        Command::StopCharge { .. }
        | Command::QueryPort { .. }
        | Command::SyncTime
        | Command::Restart { .. }
        | Command::QueryParams { socket: None }
        | Command::QueryTariff => Ok(()),
        Command::SetParams {
            socket: None,
            values,
            ..
        } => platform::check_params(values),
        Command::SetParams { .. } | Command::QueryParams { .. } => Err(out_of_range(
            "socket_no",
            "must not be given: there are none",
        )),
        Command::PushTariff(table) => platform::check_prices(profile, table),
        Command::SetQr { port, text } => platform::check_qr(profile, *port, text),
        Command::QueryHistory { count, .. } => {
            if (1..=HISTORY_MAX).contains(count) {
                Ok(())
            } else {
                Err(out_of_range("count", "must be 1 to 1000"))
            }
        }
        Command::SetService { port, .. } => match (traits::dialect(profile), port) {
            (Dialect::Shenghong, None) => Ok(()),
            (Dialect::Shenghong, Some(_)) => no("only the whole pile can be suspended"),
            _ => no("the value that suspends service is not public"),
        },
        Command::UpdateFirmware { target, source } => check_firmware(*target, source),
        Command::Vendor { name, values } => platform::check_vendor(name, values),
        Command::AdjustCharge { .. } | Command::UpdateBalance { .. } => {
            no("a running charge cannot be changed, only stopped")
        }
        Command::SetPowerLimit { .. } => no("the values of the power limits are not public"),
        Command::MoveGroundLock { .. } => no("there is no ground lock command"),
        Command::StoreCards { .. } | Command::RemoveCards { .. } | Command::QueryCards { .. } => {
            no("there are no card lists")
        }
        Command::ReplaceSockets { .. }
        | Command::AddSocket(_)
        | Command::RemoveSocket(_)
        | Command::SetVoice(_) => no("this family has no such command"),
    }
}

fn check_start(plan: &ChargePlan) -> Result<(), CommandFault> {
    if !plan.tiers.is_empty() || plan.fees.is_some() {
        return Err(CommandFault::NotSupported(
            "the pile computes neither power tiers nor a plan of its own",
        ));
    }
    if plan.parallel.is_some() {
        return Err(CommandFault::NotSupported(
            "guns cannot be joined by command",
        ));
    }
    let seconds = plan.duration_s;
    let energy = plan.energy.map(kernel::Energy::centi_kwh);
    match plan.mode {
        ChargeMode::Time if !seconds.is_some_and(|s| (1..=SECONDS_MAX).contains(&s)) => {
            Err(out_of_range("duration", "must be 1 to 86400 s"))
        }
        ChargeMode::Energy if !energy.is_some_and(|e| (1..=CENTI_KWH_MAX).contains(&e)) => {
            Err(out_of_range("kwh", "must be 0.01 to 500"))
        }
        ChargeMode::Power => Err(CommandFault::NotSupported(
            "the pile does not charge by power",
        )),
        _ => Ok(()),
    }
}

fn check_firmware(target: FirmwareTarget, source: &FirmwareSource) -> Result<(), CommandFault> {
    if target != FirmwareTarget::Main {
        return Err(CommandFault::NotSupported("there is one image for all"));
    }
    let fits = |length: usize| (1..=platform::IMAGE_MAX).contains(&length);
    let good = match source {
        FirmwareSource::Library { size, .. } => usize::try_from(*size).is_ok_and(fits),
        FirmwareSource::Image { hex } => {
            hex.len().is_multiple_of(2)
                && fits(hex.len() / 2)
                && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        FirmwareSource::Ftp { .. } => {
            return Err(CommandFault::NotSupported(
                "firmware comes in pieces, not by FTP",
            ));
        }
    };
    if good {
        Ok(())
    } else {
        Err(out_of_range("image", "must be 1 byte to 16 MiB"))
    }
}
