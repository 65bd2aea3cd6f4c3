//! BKV as the platform knows it: its name, its rhythm, and which commands a device can be given.

use crate::platform::BkvLink;
use crate::traits::{self, Dialect};
use crate::{frame, platform, port};
use device::{
    ChargeMode, ChargePlan, Command, CommandFault, Detection, Direction, Duty, FirmwareSource,
    Link, OfflinePolicy, Profile, Protocol, Rhythm, ServiceFeePlan, SocketEntry, VoiceSchedule,
};
use kernel::PortNo;

/// Longest charge by time, minutes.
pub(crate) const MINUTES_MAX: u32 = 900;
/// Power tiers of one start.
const TIERS_MAX: usize = 5;
/// Fee segments of one start: half an hour each.
const FEE_SEGMENTS_MAX: usize = 48;
/// Sound periods of one schedule.
const PERIODS_MAX: usize = 2;
/// Socket number that means all sockets in a voice schedule.
const ALL_SOCKETS: u8 = 254;
/// Characters of a firmware file name.
const FILE_NAME_MAX: usize = 13;
/// Firmware image of the v8.6 dialect: 65535 chunks of 200 bytes.
const IMAGE_MAX: usize = 65_535 * 200;
/// Parameters in one command.
const PARAMS_MAX: usize = 32;

/// The protocol.
pub struct Bkv;

impl Protocol for Bkv {
    fn name(&self) -> &'static str {
        "bkv"
    }

    fn label(&self) -> &'static str {
        "BKV"
    }

    fn aliases(&self) -> &'static [&'static str] {
        // A label of early software for the very same devices; not a protocol of its own.
        &["gn"]
    }

    fn detect(&self, first: &[u8]) -> Detection {
        match frame::begins_uplink(first) {
            Some(true) => Detection::Yes,
            Some(false) => Detection::No,
            None => Detection::Maybe,
        }
    }

    fn link(&self) -> Box<dyn Link> {
        Box::new(BkvLink::new())
    }

    fn duties(&self, profile: &Profile) -> &'static [Duty] {
        traits::duties(profile)
    }

    fn rhythm(&self, profile: &Profile) -> Rhythm {
        traits::rhythm(profile)
    }

    fn serves_ebikes(&self, _profile: &Profile) -> bool {
        true
    }

    fn offline_policy(&self) -> OfflinePolicy {
        OfflinePolicy::Complete
    }

    fn queues(&self, _command: &Command) -> bool {
        true
    }

    fn check(&self, profile: &Profile, command: &Command) -> Result<(), CommandFault> {
        match Dialect::of(profile) {
            Dialect::Networked => check_networked(profile, command),
            Dialect::V86 => check_v86(command),
        }
    }

    fn wire_command(&self, profile: &Profile, command: &Command) -> Option<u16> {
        platform::wire_command(profile, command)
    }

    fn describe(&self, bytes: &[u8], direction: Direction, _profile: &Profile) -> Option<String> {
        let inspection = crate::inspect::frame(bytes, Some(direction)).ok()?;
        serde_json::to_string(&inspection.decoded).ok()
    }

    fn fields(&self, bytes: &[u8], direction: Direction, _profile: &Profile) -> Option<String> {
        let inspection = crate::inspect::frame(bytes, Some(direction)).ok()?;
        let fields = inspection.rows.iter().map(|row| row.to_json(bytes));
        serde_json::to_string(&fields.collect::<Vec<_>>()).ok()
    }

    fn port_of_hole(&self, profile: &Profile, socket: u8, hole: u8) -> Option<PortNo> {
        port::number_of_hole(profile, socket, hole)
    }
}

/// For commands of other families.
const NO_SUCH_COMMAND: &str = "this family has no such command";

fn out_of_range(field: &'static str, problem: impl Into<String>) -> CommandFault {
    CommandFault::OutOfRange {
        field,
        problem: problem.into(),
    }
}

fn check_networked(profile: &Profile, command: &Command) -> Result<(), CommandFault> {
    let single = traits::is_on(profile, traits::SINGLE_DEVICE);
    if let Some(port) = command.port()
        && port::outlet(port, single).is_none()
    {
        return Err(out_of_range("port_no", "must be 1 to 500"));
    }
    match command {
        Command::StartCharge(plan) => check_networked_start(plan),
        Command::StopCharge { .. } | Command::QueryPort { .. } => Ok(()),
        Command::AdjustCharge { .. } => Err(CommandFault::NotSupported(
            "a running charge cannot be changed, only stopped",
        )),
        Command::SetParams {
            socket,
            values,
            via,
        } => {
            check_socket(*socket)?;
            if values.is_empty() || values.len() > PARAMS_MAX {
                return Err(out_of_range("params", "must be 1 to 32"));
            }
            platform::check_params(profile, *via, values)
        }
        Command::QueryParams { socket } => check_socket(*socket),
        Command::ReplaceSockets { channel, sockets } => {
            if !(1..=15).contains(channel) {
                return Err(out_of_range("channel", "must be 1 to 15"));
            }
            if sockets.is_empty() || sockets.len() > usize::from(port::SOCKET_MAX) {
                return Err(out_of_range("sockets", "must be 1 to 250"));
            }
            sockets.iter().try_for_each(check_entry)
        }
        Command::AddSocket(entry) | Command::RemoveSocket(entry) => check_entry(entry),
        Command::SetVoice(schedule) => check_voice(schedule),
        Command::UpdateFirmware {
            source: FirmwareSource::Ftp { file, .. },
            ..
        } => {
            if file.is_empty() || file.len() > FILE_NAME_MAX || !file.is_ascii() {
                return Err(out_of_range("file", "must be 1 to 13 ASCII characters"));
            }
            Ok(())
        }
        Command::UpdateFirmware { .. } => Err(CommandFault::NotSupported(
            "firmware comes by FTP, not in pieces",
        )),
        Command::SyncTime => Err(CommandFault::NotSupported(
            "the clock is set by the answer to each heartbeat",
        )),
        Command::Restart { .. } => Err(CommandFault::NotSupported("there is no restart command")),
        _ => Err(CommandFault::NotSupported(NO_SUCH_COMMAND)),
    }
}

fn check_networked_start(plan: &ChargePlan) -> Result<(), CommandFault> {
    let minutes = plan.duration_s.map(|seconds| seconds.div_ceil(60));
    if minutes.is_some_and(|minutes| !(1..=MINUTES_MAX).contains(&minutes)) {
        return Err(out_of_range(
            "duration",
            "must be 60 to 54000 s (1 to 900 minutes)",
        ));
    }
    if let Some(fees) = &plan.fees {
        return check_fees(plan, fees);
    }
    if !plan.tiers.is_empty() {
        let rising = plan.tiers.windows(2).all(|pair| match pair {
            [lower, upper] => lower.up_to < upper.up_to,
            _ => true,
        });
        let fits = plan.tiers.iter().all(|tier| {
            u16::try_from(tier.up_to.0).is_ok()
                && u16::try_from(tier.price.0).is_ok()
                && tier.minutes > 0
        });
        if plan.tiers.len() > TIERS_MAX || !rising || !fits {
            return Err(out_of_range(
                "tiers",
                "must be 1 to 5 with rising power and minutes > 0",
            ));
        }
        return check_cents(plan);
    }
    match plan.mode {
        ChargeMode::Time if minutes.is_none() => Err(out_of_range("duration", "is missing")),
        ChargeMode::Energy => match plan.energy.map(|energy| energy.0 / 10) {
            Some(1..=65_535) => Ok(()),
            Some(_) => Err(out_of_range("kwh", "must be 0.001 to 65.535")),
            None => Err(out_of_range("kwh", "is missing")),
        },
        ChargeMode::Power => Err(CommandFault::NotSupported(
            "charging by power needs power tiers",
        )),
        ChargeMode::Time | ChargeMode::Full => Ok(()),
    }
}

/// Electricity and service fee: segments that cover the day, and money that fits.
fn check_fees(plan: &ChargePlan, fees: &ServiceFeePlan) -> Result<(), CommandFault> {
    if !plan.tiers.is_empty() || plan.proposed_session.is_some() {
        return Err(CommandFault::NotSupported(
            "a service fee goes neither with power tiers nor with a card start",
        ));
    }
    let legal = |(hour, minute): (u8, u8)| hour < 24 && minute < 60;
    let rising = fees.segments.windows(2).all(|pair| match pair {
        [earlier, later] => earlier.until < later.until,
        _ => true,
    });
    let whole = fees
        .segments
        .last()
        .is_some_and(|last| last.until == (23, 59));
    let all_legal = fees.segments.iter().all(|segment| legal(segment.until));
    if fees.segments.len() > FEE_SEGMENTS_MAX || !whole || !rising || !all_legal {
        return Err(out_of_range(
            "fees",
            "must be 1 to 48 segments that follow each other, the last until 23:59",
        ));
    }
    check_cents(plan)
}

/// Money that a networked device is told of.
fn check_cents(plan: &ChargePlan) -> Result<(), CommandFault> {
    if (1..=65_535).contains(&plan.amount.0) {
        Ok(())
    } else {
        Err(out_of_range(
            "amount",
            "must be 1 to 65535 fen with power tiers or a service fee",
        ))
    }
}

fn check_socket(socket: Option<u8>) -> Result<(), CommandFault> {
    match socket {
        None | Some(0..=port::SOCKET_MAX) => Ok(()),
        Some(_) => Err(out_of_range("socket_no", "must be 1 to 250")),
    }
}

fn check_entry(entry: &SocketEntry) -> Result<(), CommandFault> {
    if !(1..=port::SOCKET_MAX).contains(&entry.socket_no) {
        return Err(out_of_range("socket_no", "must be 1 to 250"));
    }
    if entry.mac.parse::<wire::Digits<6>>().is_err() {
        return Err(out_of_range("mac", "must be 12 hex digits"));
    }
    Ok(())
}

fn check_voice(schedule: &VoiceSchedule) -> Result<(), CommandFault> {
    let socket_fits =
        (1..=port::SOCKET_MAX).contains(&schedule.socket) || schedule.socket == ALL_SOCKETS;
    if !socket_fits {
        return Err(out_of_range(
            "socket_no",
            "must be 1 to 250, or 254 for all",
        ));
    }
    if schedule.hole > 1 {
        return Err(out_of_range("hole", "must be 0 or 1"));
    }
    let legal = |(hour, minute): (u8, u8)| hour < 24 && minute < 60;
    let ordered = schedule
        .periods
        .iter()
        .all(|period| legal(period.start) && legal(period.end) && period.start < period.end);
    if schedule.periods.len() > PERIODS_MAX || !ordered {
        return Err(out_of_range(
            "periods",
            "must be at most 2, each with start before end",
        ));
    }
    Ok(())
}

fn check_v86(command: &Command) -> Result<(), CommandFault> {
    if let Some(port) = command.port()
        && !(1..=port::V86_PORT_MAX).contains(&port.0)
    {
        return Err(out_of_range("port_no", "must be 1 to 16"));
    }
    match command {
        Command::StartCharge(plan) => check_v86_start(plan),
        Command::AdjustCharge {
            duration_s, energy, ..
        } => {
            if duration_s.is_some_and(|seconds| !(1..=65_535).contains(&seconds)) {
                return Err(out_of_range("duration", "must be 1 to 65535 s"));
            }
            if energy.is_some_and(|energy| !(1..=65_535).contains(&energy.centi_kwh())) {
                return Err(out_of_range("kwh", "must be 0.01 to 655.35"));
            }
            if duration_s.is_none() && energy.is_none() {
                return Err(out_of_range("duration", "or kwh must be given"));
            }
            Ok(())
        }
        Command::SetParams { values, via, .. } => {
            if !(0x83..=0x89).contains(&via.unwrap_or(0x83)) {
                return Err(out_of_range("command", "must be 0x83 to 0x89"));
            }
            if values.is_empty() || values.len() > PARAMS_MAX {
                return Err(out_of_range("params", "must be 1 to 32"));
            }
            for value in values {
                if value.id.parse::<u8>().is_err() {
                    return Err(out_of_range("id", "must be 0 to 255"));
                }
                let number = value.value.number();
                if number.is_none_or(|number| u32::try_from(number).is_err()) {
                    return Err(out_of_range("value", "must be 0 to 4294967295"));
                }
            }
            Ok(())
        }
        Command::StopCharge { .. } | Command::QueryPort { .. } => Ok(()),
        Command::UpdateFirmware {
            source: FirmwareSource::Library { size, .. },
            ..
        } => {
            if *size == 0 || usize::try_from(*size).map_or(true, |size| size > IMAGE_MAX) {
                return Err(out_of_range("image", "must be 1 byte to 13 MB"));
            }
            Ok(())
        }
        Command::UpdateFirmware {
            source: FirmwareSource::Image { hex },
            ..
        } => {
            let bytes = hex.len() / 2;
            let digits = hex.len() % 2 == 0 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !digits || bytes == 0 || bytes > IMAGE_MAX {
                return Err(out_of_range("image", "must be 1 byte to 13 MB in hex"));
            }
            Ok(())
        }
        Command::UpdateFirmware { .. } => Err(CommandFault::NotSupported(
            "firmware comes in pieces, not by FTP",
        )),
        Command::QueryParams { .. } => Err(CommandFault::NotSupported("parameters cannot be read")),
        Command::ReplaceSockets { .. } | Command::AddSocket(_) | Command::RemoveSocket(_) => {
            Err(CommandFault::NotSupported("the gateway has no socket list"))
        }
        Command::SetVoice(_) => Err(CommandFault::NotSupported("there is no voice schedule")),
        Command::SyncTime => Err(CommandFault::NotSupported(
            "the clock is set by the answer to each heartbeat",
        )),
        Command::Restart { .. } => Err(CommandFault::NotSupported("there is no restart command")),
        _ => Err(CommandFault::NotSupported(NO_SUCH_COMMAND)),
    }
}

fn check_v86_start(plan: &ChargePlan) -> Result<(), CommandFault> {
    if !plan.tiers.is_empty() {
        return Err(CommandFault::NotSupported(
            "the device does not meter power tiers",
        ));
    }
    if u32::try_from(plan.amount.0).is_err() {
        return Err(out_of_range("amount", "must be 0 to 4294967295 fen"));
    }
    let fits = |value: Option<i64>| value.is_some_and(|value| (1..=65_535).contains(&value));
    match plan.mode {
        ChargeMode::Time if !fits(plan.duration_s.map(i64::from)) => {
            Err(out_of_range("duration", "must be 1 to 65535 s"))
        }
        ChargeMode::Energy if !fits(plan.energy.map(kernel::Energy::centi_kwh)) => {
            Err(out_of_range("kwh", "must be 0.01 to 655.35"))
        }
        ChargeMode::Power if plan.power_limit.is_some_and(|power| !fits(Some(power.0))) => {
            Err(out_of_range("power_limit_w", "must be 0.1 to 6553.5"))
        }
        _ => Ok(()),
    }
}
