//! Which commands a pile can be given.

use crate::platform;
use crate::value::{CardNo, PileCode, Prefix};
use device::{
    CARDS_MAX, ChargePlan, Command, CommandFault, FirmwareSource, FirmwareTarget, ParamValue,
    PowerLimit, Profile, VendorCommand,
};
use kernel::{Fen, PortNo};
use wire::Text;

/// The commands that only this family has.
pub(super) const VENDOR_COMMANDS: [VendorCommand; 2] = [
    VendorCommand {
        name: "work_parameters",
        title: "Lock or unlock the pile and limit its power, at once, whoever charges (0x52)",
        fields: &[
            ("work_state", "0 may work, 1 locked"),
            ("max_power_percent", "30 to 100"),
        ],
        dangerous: true,
    },
    VendorCommand {
        name: "stop_gun",
        title: "Stop whatever runs on a gun, also a charge without an order (0x36)",
        fields: &[("gun_no", "1 to 32")],
        dangerous: true,
    },
];

/// Longest text of the address fields of an update.
const CREDENTIAL_MAX: usize = 16;
/// Longest file name of an update.
const FILE_MAX: usize = 32;
/// Least and greatest share of its power that a pile may be limited to.
const POWER_SHARE: std::ops::RangeInclusive<i64> = 30..=100;

pub(super) fn check(_profile: &Profile, command: &Command) -> Result<(), CommandFault> {
    if let Some(port) = command.port()
        && platform::gun_of(port).is_none()
    {
        return Err(out_of_range("port_no", "must be 1 to 32"));
    }
    match command {
        Command::StartCharge(plan) => check_start(plan),
        Command::StopCharge { .. }
        | Command::QueryPort { .. }
        | Command::SyncTime
        | Command::Restart { .. }
        | Command::MoveGroundLock { .. } => Ok(()),
        Command::PushTariff(table) => match platform::model_of(PileCode::default(), table) {
            Some(_) => Ok(()),
            None => Err(out_of_range(
                "tariff",
                "must have 48 slots that name a price",
            )),
        },
        Command::SetQr { port, text } => {
            whole_pile(
                *port,
                "the pile has one QR prefix and appends the gun itself",
            )?;
            if text.is_empty() || Prefix::of(text).is_none() {
                return Err(out_of_range("text", "must be 1 to 200 ASCII characters"));
            }
            Ok(())
        }
        Command::SetPowerLimit { port, limit } => {
            whole_pile(*port, "power is limited for the whole pile")?;
            match limit {
                PowerLimit::Percent(share) if POWER_SHARE.contains(&i64::from(*share)) => Ok(()),
                PowerLimit::Percent(_) => Err(out_of_range("percent", "must be 30 to 100")),
                PowerLimit::Power(_) => Err(CommandFault::NotSupported(
                    "power is limited in percent, not in watts",
                )),
            }
        }
        Command::SetService { port, .. } => whole_pile(*port, "the pile is locked as a whole"),
        Command::StoreCards { cards } => {
            count(cards.len())?;
            let fits = |card: &device::OfflineCard| {
                is_card(&card.physical)
                    && CardNo::padded(&card.card_no).is_some_and(|number| number.is_decimal())
            };
            if cards.iter().all(fits) {
                Ok(())
            } else {
                Err(out_of_range(
                    "cards",
                    "must have at most 16 decimal digits printed and 16 hexadecimal ones in the chip",
                ))
            }
        }
        Command::RemoveCards { physical } | Command::QueryCards { physical } => {
            count(physical.len())?;
            if physical.iter().all(|card| is_card(card)) {
                Ok(())
            } else {
                Err(out_of_range("cards", "must be 1 to 16 hexadecimal digits"))
            }
        }
        Command::UpdateBalance {
            balance,
            physical_card,
            ..
        } => {
            money("balance", *balance)?;
            match physical_card {
                Some(card) if !is_card(card) => Err(out_of_range(
                    "physical_card",
                    "must be 1 to 16 hexadecimal digits",
                )),
                _ => Ok(()),
            }
        }
        Command::UpdateFirmware { target, source } => check_update(*target, source),
        Command::Vendor { name, values } => check_vendor(name, values),
        Command::AdjustCharge { .. } => Err(CommandFault::NotSupported(
            "the pile keeps no limit but money; update the balance",
        )),
        Command::SetParams { .. } | Command::QueryParams { .. } => Err(CommandFault::NotSupported(
            "the pile has no parameter table",
        )),
        Command::QueryTariff => Err(CommandFault::NotSupported(
            "the pile tells the number of its prices at login, not the prices",
        )),
        Command::QueryHistory { .. } => Err(CommandFault::NotSupported(
            "records come by themselves and cannot be asked for",
        )),
        Command::ReplaceSockets { .. }
        | Command::AddSocket(_)
        | Command::RemoveSocket(_)
        | Command::SetVoice(_) => Err(CommandFault::NotSupported(
            "a pile has neither sockets nor voices",
        )),
    }
}

fn out_of_range(field: &'static str, problem: impl Into<String>) -> CommandFault {
    CommandFault::OutOfRange {
        field,
        problem: problem.into(),
    }
}

fn whole_pile(port: Option<PortNo>, why: &'static str) -> Result<(), CommandFault> {
    match port {
        None => Ok(()),
        Some(_) => Err(CommandFault::NotSupported(why)),
    }
}

fn money(field: &'static str, amount: Fen) -> Result<(), CommandFault> {
    match u32::try_from(amount.0) {
        Ok(_) => Ok(()),
        Err(_) => Err(out_of_range(field, "must be 0 to 4294967295 fen")),
    }
}

fn count(cards: usize) -> Result<(), CommandFault> {
    if (1..=CARDS_MAX).contains(&cards) {
        Ok(())
    } else {
        Err(out_of_range("cards", "must be 1 to 1000"))
    }
}

fn is_card(physical: &str) -> bool {
    !physical.is_empty() && CardNo::padded(physical).is_some()
}

fn check_start(plan: &ChargePlan) -> Result<(), CommandFault> {
    if !plan.tiers.is_empty() {
        return Err(CommandFault::NotSupported(
            "the pile does not price by power tiers",
        ));
    }
    if plan.power_limit.is_some() {
        return Err(CommandFault::NotSupported(
            "a charge has no power limit of its own",
        ));
    }
    money("amount", plan.amount)?;
    let parallel = plan.parallel.as_deref();
    let is_number = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
    if parallel.is_some_and(|text| !is_number(text)) {
        return Err(out_of_range("parallel", "must be 12 digits, yyMMddHHmmss"));
    }
    if plan
        .physical_card
        .as_deref()
        .is_some_and(|card| !is_card(card))
    {
        return Err(out_of_range(
            "physical_card",
            "must be 1 to 16 hexadecimal digits",
        ));
    }
    // Before its order exists a plan has no number yet.
    match plan.serial.as_deref() {
        Some(text) if platform::serial(Some(text)).is_none() => {
            Err(out_of_range("serial", "must be 32 digits, not all zero"))
        }
        _ => Ok(()),
    }
}

fn check_update(target: FirmwareTarget, source: &FirmwareSource) -> Result<(), CommandFault> {
    if target != FirmwareTarget::Main {
        return Err(CommandFault::NotSupported("a pile has one firmware"));
    }
    let FirmwareSource::Ftp {
        file,
        user,
        password,
        ..
    } = source
    else {
        return Err(CommandFault::NotSupported(
            "the pile fetches firmware by FTP; it is not pushed",
        ));
    };
    if file.is_empty() || Text::<FILE_MAX>::padded(file).is_none() {
        return Err(out_of_range("file", "must be 1 to 32 ASCII characters"));
    }
    for (field, text) in [("user", user), ("password", password)] {
        let text = text.as_deref().unwrap_or_default();
        if Text::<CREDENTIAL_MAX>::padded(text).is_none() {
            return Err(out_of_range(field, "must be at most 16 ASCII characters"));
        }
    }
    Ok(())
}

fn check_vendor(name: &str, values: &[ParamValue]) -> Result<(), CommandFault> {
    let Some(command) = VENDOR_COMMANDS.iter().find(|known| known.name == name) else {
        return Err(CommandFault::NotSupported("no vendor command of that name"));
    };
    for value in values {
        if !command.fields.iter().any(|(field, _)| *field == value.id) {
            return Err(out_of_range("values", format!("has no field {}", value.id)));
        }
    }
    let number = |id: &str| {
        let value = values.iter().find(|value| value.id == id);
        value.and_then(|value| value.value.number())
    };
    let within = |id: &'static str, range: std::ops::RangeInclusive<i64>| match number(id) {
        Some(given) if range.contains(&given) => Ok(()),
        _ => Err(out_of_range(
            id,
            format!("must be {} to {}", range.start(), range.end()),
        )),
    };
    match name {
        "work_parameters" => {
            within("work_state", 0..=1)?;
            within("max_power_percent", POWER_SHARE)
        }
        _ => within("gun_no", 1..=32),
    }
}
