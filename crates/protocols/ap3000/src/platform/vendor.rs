//! Commands that only this family has, by their names in the API.

use super::words;
use crate::PhysicalId;
use crate::codes::{ChargingBy, Cmd, SpecialFunction};
use crate::message::{
    Body, CabinetStop, CardBilling, Eeprom, Locate, Message, Mute, NoData, RadioParameters,
    Reserved, SetServer, Special, TemporaryQr, WorkMode,
};
use device::{CommandFault, ParamValue, VendorCommand};
use kernel::PortNo;
use wire::Text;

/// Bytes that one read of the EEPROM brings.
const EEPROM_MAX: i64 = 32;
/// Characters of a temporary QR code.
const QR_MAX: usize = 200;
/// Characters of a server's name or address.
const ADDRESS_MAX: usize = 45;
/// Devices behind one host.
const SUB_DEVICES_MAX: usize = 50;

const fn command(
    name: &'static str,
    title: &'static str,
    fields: &'static [(&'static str, &'static str)],
    dangerous: bool,
) -> VendorCommand {
    VendorCommand {
        name,
        title,
        fields,
        dangerous,
    }
}

/// All of them.
pub(crate) const COMMANDS: [VendorCommand; 16] = [
    command(
        "stop_locked",
        "ends the charge of a cabinet and keeps its door shut (0x72)",
        &[
            ("port", "socket, 1 to 16"),
            ("order", "the order that charges there, 16 characters"),
        ],
        false,
    ),
    command(
        "erase_memory",
        "erases the device's memory but for its ids (0x88); settlements that it has not \
         delivered are lost",
        &[],
        true,
    ),
    command(
        "read_eeprom",
        "reads the device's memory (0x8B)",
        &[
            ("address", "first byte, 0 to 65535"),
            ("length", "bytes, 1 to 32"),
        ],
        false,
    ),
    command(
        "set_work_mode",
        "makes the server (0) or cards alone (1) decide over charges (0x8D)",
        &[("work_mode", "0 networked, 1 card only")],
        true,
    ),
    command(
        "set_card_billing",
        "how the device charges for cards on its own (0x8F)",
        &[(
            "tc_mode",
            "0 time, 1 per use, 3 energy, 4 fixed fee, 5 home, 6 selectable free",
        )],
        false,
    ),
    command(
        "show_qr",
        "shows a QR code for the time being (0x95, devices with a screen)",
        &[("qr_text", "1 to 200 ASCII characters")],
        false,
    ),
    command(
        "locate",
        "makes the device blink and beep (0x96)",
        &[("seconds", "1 to 255")],
        false,
    ),
    command(
        "mute",
        "switches the device's sound (0x97)",
        &[("mute", "1 silent, 0 not")],
        false,
    ),
    command(
        "open_door",
        "forces the door of a cabinet open (0x98)",
        &[("port", "socket, 1 to 16")],
        true,
    ),
    command("reboot_host", "restarts the host (0x31)", &[], false),
    command(
        "reboot_modem",
        "restarts the modem of the host (0x32)",
        &[],
        false,
    ),
    command(
        "drop_upgrade",
        "makes the host drop the firmware that it holds for its devices (0x33)",
        &[],
        false,
    ),
    command(
        "set_server",
        "makes the host connect to another server (0x34); wrong values lose it",
        &[
            ("address", "name or address, 1 to 45 ASCII characters"),
            ("server_port", "TCP port, 1 to 65535"),
            ("module_type", "modem: 1 WiFi, 2 2G, 3 4G"),
            ("socket_b", "1 enables a second server, 0 does not"),
        ],
        true,
    ),
    command(
        "set_radio",
        "radio frequency and the devices behind the host (0x3A); devices that are not named are \
         lost",
        &[
            ("frequency", "MHz, 1 to 65535"),
            ("devices", "their ids, divided by commas, at most 50"),
        ],
        true,
    ),
    command(
        "self_upgrade",
        "makes the device fetch its firmware by itself (0xE4); it does not answer",
        &[],
        true,
    ),
    command(
        "query_versions",
        "makes the device introduce itself again (0x81)",
        &[],
        false,
    ),
];

/// What is never sent, by the names that somebody may try, and why.
const NEVER: [(&str, &str); 4] = [
    (
        "set_card_keys",
        "card keys are never changed from here: existing cards would become unreadable",
    ),
    (
        "read_card_keys",
        "card keys are never read from here: they would end up in logs",
    ),
    (
        "write_eeprom",
        "the memory of a device is never written from here",
    ),
    ("play_voice", "no device can play voice on command"),
];

/// The frame of a vendor command; none for the one that is a mere question.
pub(crate) fn message(name: &str, values: &[ParamValue]) -> Result<Option<Message>, CommandFault> {
    if let Some((_, why)) = NEVER.iter().find(|(other, _)| *other == name) {
        return Err(CommandFault::NotSupported(why));
    }
    let known = COMMANDS.iter().find(|command| command.name == name);
    let Some(known) = known else {
        let problem = format!("{name:?} is no command of this family");
        return Err(wrong("name", problem));
    };
    let fields = Fields(values);
    fields.are_among(known.fields)?;
    let bare = |cmd| Message::new(cmd, Body::Bare(NoData));
    Ok(Some(match known.name {
        "stop_locked" => Message::new(
            Cmd::CabinetStop,
            Body::CabinetStop(CabinetStop {
                port: fields.port()?,
                order: fields.order()?,
            }),
        ),
        "erase_memory" => bare(Cmd::Erase),
        "read_eeprom" => Message::new(
            Cmd::ReadEeprom,
            Body::ReadEeprom(Eeprom {
                address: fields.number("address", 0, i64::from(u16::MAX))?,
                length: fields.number("length", 1, EEPROM_MAX)?,
            }),
        ),
        "set_work_mode" => Message::new(
            Cmd::WorkMode,
            Body::WorkMode(WorkMode {
                work_mode: ChargingBy::from(fields.number::<u8>("work_mode", 0, 1)?),
            }),
        ),
        "set_card_billing" => {
            let tc_mode = fields.number("tc_mode", 0, 6)?;
            if tc_mode == 2 {
                return Err(wrong("tc_mode", "must be 0, 1 or 3 to 6".to_owned()));
            }
            Message::new(Cmd::CardBilling, Body::CardBilling(CardBilling { tc_mode }))
        }
        "show_qr" => Message::new(
            Cmd::TemporaryQr,
            Body::TemporaryQr(TemporaryQr {
                qr_text: fields.text("qr_text", QR_MAX)?,
            }),
        ),
        "locate" => Message::new(
            Cmd::Locate,
            Body::Locate(Locate {
                locate_s: fields.number("seconds", 1, 255)?,
            }),
        ),
        "mute" => Message::new(
            Cmd::Mute,
            Body::Mute(Mute {
                mute: fields.number("mute", 0, 1)?,
            }),
        ),
        "open_door" => Message::new(
            Cmd::Special,
            Body::Special(Special {
                function: SpecialFunction::OpenDoor,
                port: fields.port()?,
            }),
        ),
        "reboot_host" => bare(Cmd::RebootHost),
        "reboot_modem" => bare(Cmd::RebootModem),
        "drop_upgrade" => bare(Cmd::DropUpgrade),
        "set_server" => Message::new(
            Cmd::SetServer,
            Body::SetServer(SetServer {
                server_port: fields.number("server_port", 1, i64::from(u16::MAX))?,
                module_type: fields.number("module_type", 1, 3)?,
                socket_b: fields.number("socket_b", 0, 1)?,
                address: fields.text("address", ADDRESS_MAX)?,
            }),
        ),
        "set_radio" => radio(
            fields.number("frequency", 1, i64::from(u16::MAX))?,
            fields.ids("devices")?,
        )
        .ok_or_else(|| wrong("devices", format!("must be 1 to {SUB_DEVICES_MAX} ids")))?,
        "self_upgrade" => bare(Cmd::SelfUpgrade),
        _ => return Ok(None),
    }))
}

/// 0x3A; none without ids or with more than a host can have.
pub(crate) fn radio(frequency: u16, ids: Vec<PhysicalId>) -> Option<Message> {
    let fits = (1..=SUB_DEVICES_MAX).contains(&ids.len());
    let physical_ids = ids.try_into().ok().filter(|_| fits)?;
    let parameters = RadioParameters {
        frequency,
        reserved_hex: Reserved::default(),
        physical_ids,
    };
    Some(Message::new(
        Cmd::RadioParameters,
        Body::RadioParameters(parameters),
    ))
}

/// The number of a vendor command on the wire.
pub(crate) fn wire_command(name: &str) -> Option<u16> {
    let cmd = match name {
        "stop_locked" => Cmd::CabinetStop,
        "erase_memory" => Cmd::Erase,
        "read_eeprom" => Cmd::ReadEeprom,
        "set_work_mode" => Cmd::WorkMode,
        "set_card_billing" => Cmd::CardBilling,
        "show_qr" => Cmd::TemporaryQr,
        "locate" => Cmd::Locate,
        "mute" => Cmd::Mute,
        "open_door" => Cmd::Special,
        "reboot_host" => Cmd::RebootHost,
        "reboot_modem" => Cmd::RebootModem,
        "drop_upgrade" => Cmd::DropUpgrade,
        "set_server" => Cmd::SetServer,
        "set_radio" => Cmd::RadioParameters,
        "self_upgrade" => Cmd::SelfUpgrade,
        "query_versions" => Cmd::Query,
        _ => return None,
    };
    Some(u16::from(u8::from(cmd)))
}

fn wrong(field: &'static str, problem: String) -> CommandFault {
    CommandFault::OutOfRange { field, problem }
}

struct Fields<'a>(&'a [ParamValue]);

impl Fields<'_> {
    fn find(&self, name: &'static str) -> Result<&ParamValue, CommandFault> {
        let found = self.0.iter().find(|value| value.id == name);
        found.ok_or_else(|| wrong(name, "is missing".to_owned()))
    }

    fn are_among(&self, known: &[(&'static str, &'static str)]) -> Result<(), CommandFault> {
        let stray = self
            .0
            .iter()
            .find(|value| known.iter().all(|(name, _)| *name != value.id));
        match stray {
            None => Ok(()),
            Some(value) => Err(wrong(
                "values",
                format!("{:?} is not a field of it", value.id),
            )),
        }
    }

    fn number<T: TryFrom<i64>>(
        &self,
        name: &'static str,
        min: i64,
        max: i64,
    ) -> Result<T, CommandFault> {
        let number = self.find(name)?.value.number();
        number
            .filter(|number| (min..=max).contains(number))
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| wrong(name, format!("must be {min} to {max}")))
    }

    fn text<const N: usize>(
        &self,
        name: &'static str,
        longest: usize,
    ) -> Result<Text<N>, CommandFault> {
        let text = self.find(name)?.value.text().unwrap_or_default();
        let fits = (1..=longest).contains(&text.len()) && is_plain(text);
        Text::padded(text)
            .filter(|_| fits)
            .ok_or_else(|| wrong(name, format!("must be 1 to {longest} ASCII characters")))
    }

    fn port(&self) -> Result<u8, CommandFault> {
        let port: u16 = self.number("port", 1, i64::from(words::PORT_MAX))?;
        words::wire_port(PortNo(port)).ok_or_else(|| wrong("port", "must be 1 to 16".to_owned()))
    }

    fn order(&self) -> Result<crate::message::OrderKey, CommandFault> {
        let text = self.find("order")?.value.text().unwrap_or_default();
        text.parse()
            .ok()
            .and_then(|number| words::order_key(number, None))
            .ok_or_else(|| wrong("order", "must be an order number".to_owned()))
    }

    fn ids(&self, name: &'static str) -> Result<Vec<PhysicalId>, CommandFault> {
        let text = self.find(name)?.value.text().unwrap_or_default();
        text.split(',')
            .map(|id| id.trim().parse())
            .collect::<Result<_, _>>()
            .map_err(|_| wrong(name, "must be ids of eight hex digits each".to_owned()))
    }
}

/// Whether text has nothing in it but printable ASCII.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
