//! AP3000 as the platform knows it: its name, its rhythm, and which commands a device can be
//! given.

use crate::codes::major;
use crate::platform::{self, Ap3000Link};
use crate::{frame, inspect, traits};
use device::{
    ChargeMode, ChargePlan, Command, CommandFault, Detection, Direction, Duty, FirmwareSource,
    FirmwareTarget, LimitsKept, Link, OfflinePolicy, Profile, Protocol, Rhythm, VendorCommand,
};
use kernel::{Energy, OrderNo, PhyId, PortNo, Timestamp};

/// Parameters in one command: all that there are.
const PARAMS_MAX: usize = 24;
/// Characters of the address behind the QR code.
const QR_MAX: usize = 71;

/// The protocol.
pub struct Ap3000;

impl Protocol for Ap3000 {
    fn name(&self) -> &'static str {
        "ap3000"
    }

    fn label(&self) -> &'static str {
        "AP3000"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["dny"]
    }

    fn detect(&self, first: &[u8]) -> Detection {
        match frame::begins_connection(first) {
            Some(true) => Detection::Yes,
            Some(false) => Detection::No,
            None => Detection::Maybe,
        }
    }

    fn link(&self) -> Box<dyn Link> {
        Box::new(Ap3000Link::new())
    }

    fn rhythm(&self, profile: &Profile) -> Rhythm {
        traits::rhythm(profile)
    }

    fn duties(&self, profile: &Profile) -> &'static [Duty] {
        traits::duties(profile)
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

    /// The order's own number. As it is known, no charge of another name is taken for the order.
    fn serial(
        &self,
        _device: &PhyId,
        _port: PortNo,
        order: OrderNo,
        _at: Timestamp,
        _count: u64,
    ) -> Option<String> {
        Some(order.to_string())
    }

    fn keeps(&self, _profile: &Profile) -> LimitsKept {
        LimitsKept {
            time: true,
            energy: true,
            amount: false,
        }
    }

    fn vendor_commands(&self) -> &'static [VendorCommand] {
        &platform::COMMANDS
    }

    fn check(&self, profile: &Profile, command: &Command) -> Result<(), CommandFault> {
        check(profile, command)
    }

    fn wire_command(&self, profile: &Profile, command: &Command) -> Option<u16> {
        platform::wire_command(profile, command)
    }

    fn describe(&self, bytes: &[u8], direction: Direction, _profile: &Profile) -> Option<String> {
        let frame = frame::parse(bytes).ok()?;
        // Card keys do not belong into any log.
        let shown = platform::loggable(&frame);
        let inspection = inspect::frame(&shown, Some(direction)).ok()?;
        serde_json::to_string(&inspection.decoded).ok()
    }

    fn fields(&self, bytes: &[u8], direction: Direction, _profile: &Profile) -> Option<String> {
        let frame = frame::parse(bytes).ok()?;
        let shown = platform::loggable(&frame);
        let inspection = inspect::frame(&shown, Some(direction)).ok()?;
        let fields = inspection.rows.iter().map(|row| row.to_json(&shown));
        serde_json::to_string(&fields.collect::<Vec<_>>()).ok()
    }
}

/// For commands of other families.
pub(crate) const NO_SUCH_COMMAND: &str = "this family has no such command";

fn out_of_range(field: &'static str, problem: impl Into<String>) -> CommandFault {
    CommandFault::OutOfRange {
        field,
        problem: problem.into(),
    }
}

const fn unsupported(why: &'static str) -> Result<(), CommandFault> {
    Err(CommandFault::NotSupported(why))
}

fn check(profile: &Profile, command: &Command) -> Result<(), CommandFault> {
    let host = traits::is_host(profile);
    let of_sockets = matches!(
        command,
        Command::StartCharge(_)
            | Command::StopCharge { .. }
            | Command::AdjustCharge { .. }
            | Command::QueryPort { .. }
            | Command::SetParams { .. }
            | Command::QueryParams { .. }
            | Command::SetQr { .. }
    );
    if host && of_sockets {
        return unsupported("a host has no sockets of its own");
    }
    match command {
        Command::StartCharge(_)
        | Command::StopCharge { .. }
        | Command::AdjustCharge { .. }
        | Command::QueryPort { .. } => check_charging(command),
        Command::SetParams {
            socket,
            values,
            via,
        } => {
            check_socket(*socket)?;
            if values.is_empty() || values.len() > PARAMS_MAX {
                return Err(out_of_range("params", "must be 1 to 24"));
            }
            platform::check_params(*via, values)
        }
        Command::QueryParams { socket } => check_socket(*socket),
        Command::SetQr { port: Some(_), .. } => unsupported("the QR address is the device's"),
        Command::SetQr { text, .. } => {
            if (1..=QR_MAX).contains(&text.len()) && platform::is_plain(text) {
                Ok(())
            } else {
                Err(out_of_range("text", "must be 1 to 71 ASCII characters"))
            }
        }
        Command::UpdateFirmware { target, source } => check_firmware(profile, *target, source),
        Command::Restart { .. } => Ok(()),
        Command::Vendor { name, values } => platform::vendor_message(name, values).map(drop),
        Command::SetPowerLimit { .. } => {
            unsupported("a device cannot draw less; overload_power_dw is where it ends a charge")
        }
        Command::UpdateBalance { .. } => {
            unsupported("devices know no limit of money, only of time and energy")
        }
        Command::SyncTime => unsupported("devices ask for the time by themselves"),
        Command::PushTariff(_) | Command::QueryTariff => {
            unsupported("devices hold no prices, the platform computes")
        }
        Command::StoreCards { .. } | Command::RemoveCards { .. } | Command::QueryCards { .. } => {
            unsupported("devices know cards by their key, not by a list")
        }
        Command::QueryHistory { .. } => {
            unsupported("devices deliver their records by themselves until they are answered")
        }
        Command::ReplaceSockets { .. } | Command::AddSocket(_) | Command::RemoveSocket(_) => {
            unsupported("each device has an id of its own; a host is given its list by set_radio")
        }
        Command::SetVoice(_) => unsupported("there is no voice schedule, only mute"),
        Command::SetService { .. } => unsupported("a socket cannot be taken out of service"),
        Command::MoveGroundLock { .. } => unsupported(NO_SUCH_COMMAND),
    }
}

fn check_socket(socket: Option<u8>) -> Result<(), CommandFault> {
    match socket {
        None => Ok(()),
        Some(_) => Err(out_of_range(
            "socket_no",
            "must be left out: each device has an id of its own",
        )),
    }
}

fn check_charging(command: &Command) -> Result<(), CommandFault> {
    if let Some(port) = command.port()
        && !(1..=platform::PORT_MAX).contains(&port.0)
    {
        return Err(out_of_range("port_no", "must be 1 to 16"));
    }
    match command {
        Command::StartCharge(plan) => check_start(plan),
        Command::StopCharge { order, serial, .. } => {
            if platform::order_key(*order, serial.as_deref()).is_none() {
                return Err(out_of_range(
                    "serial",
                    "must be 16 characters or 32 hex digits",
                ));
            }
            Ok(())
        }
        Command::AdjustCharge {
            duration_s, energy, ..
        } => {
            if duration_s.is_some() == energy.is_some() {
                return Err(out_of_range("duration", "or kwh must be given, not both"));
            }
            if duration_s.is_some_and(|seconds| !fits(i64::from(seconds))) {
                return Err(out_of_range("duration", "must be 1 to 65535 s"));
            }
            if energy.is_some_and(|energy| !fits(energy.centi_kwh())) {
                return Err(out_of_range("kwh", "must be 0.01 to 655.35"));
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What sixteen bits can say, zero left out: it means "until full".
fn fits(value: i64) -> bool {
    (1..=i64::from(u16::MAX)).contains(&value)
}

fn check_start(plan: &ChargePlan) -> Result<(), CommandFault> {
    if !plan.tiers.is_empty() {
        return unsupported("the device does not meter power tiers");
    }
    if plan.fees.is_some() {
        return unsupported("the device computes no prices");
    }
    if platform::order_key(plan.order, plan.serial.as_deref()).is_none() {
        return Err(out_of_range("serial", "must be 16 characters"));
    }
    if plan.power_limit.is_some_and(|power| !fits(power.0)) {
        return Err(out_of_range("power_limit_w", "must be 0.1 to 6553.5"));
    }
    let seconds = plan.duration_s.map(i64::from);
    if seconds.is_some_and(|seconds| !fits(seconds))
        && matches!(plan.mode, ChargeMode::Time | ChargeMode::Power)
    {
        return Err(out_of_range("duration", "must be 1 to 65535 s"));
    }
    match plan.mode {
        ChargeMode::Time if seconds.is_none() => Err(out_of_range("duration", "is missing")),
        ChargeMode::Energy if !plan.energy.map(Energy::centi_kwh).is_some_and(fits) => {
            Err(out_of_range("kwh", "must be 0.01 to 655.35"))
        }
        _ => Ok(()),
    }
}

fn check_firmware(
    profile: &Profile,
    target: FirmwareTarget,
    source: &FirmwareSource,
) -> Result<(), CommandFault> {
    let host = traits::is_host(profile);
    let board = profile.get(traits::POWER_BOARD) == Some("1");
    let shares_host = traits::host_upgrade(profile).is_some();
    match target {
        FirmwareTarget::Socket if !host && !board => {
            return unsupported("the device has no power board with firmware of its own");
        }
        FirmwareTarget::Radio if !shares_host => {
            return unsupported("there is no host of a known type under this id");
        }
        FirmwareTarget::Main if host && !shares_host => {
            return unsupported("the type of this host is not known well enough");
        }
        FirmwareTarget::Socket if host => check_sub_devices(profile, source)?,
        _ => {}
    }
    match source {
        FirmwareSource::Ftp { .. } => unsupported("firmware comes in pieces, not by FTP"),
        FirmwareSource::Library { size, .. } => {
            let fits = usize::try_from(*size).is_ok_and(|size| size <= platform::IMAGE_MAX);
            if *size == 0 || !fits {
                return Err(out_of_range("image", "must be 1 byte to 13 MB"));
            }
            Ok(())
        }
        FirmwareSource::Image { hex } => {
            let bytes = hex.len() / 2;
            let digits = hex.len() % 2 == 0 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !digits || bytes == 0 || bytes > platform::IMAGE_MAX {
                return Err(out_of_range("image", "must be 1 byte to 13 MB in hex"));
            }
            Ok(())
        }
    }
}

/// The host gives its firmware to whatever is behind it. Only its check packet keeps the wrong
/// devices out, so it has to have one.
fn check_sub_devices(profile: &Profile, source: &FirmwareSource) -> Result<(), CommandFault> {
    if traits::hex_byte(profile, traits::SUB_DEVICE_TYPE).is_none() {
        return unsupported("the devices behind this host are not known to be of one type");
    }
    let Some(model) = traits::sub_model(profile) else {
        return unsupported("the vendor's list has no such devices as are behind this host");
    };
    let version = match source {
        FirmwareSource::Library { version, .. } => platform::version_number(version),
        FirmwareSource::Image { .. } | FirmwareSource::Ftp { .. } => None,
    };
    match version {
        None => Err(out_of_range("version", "must be one, such as 6.41")),
        Some(version) if major(version) != model.major => {
            let problem = format!("must be {}.xx like the devices behind it", model.major);
            Err(out_of_range("version", problem))
        }
        Some(_) => Ok(()),
    }
}
