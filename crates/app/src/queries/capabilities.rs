//! What a device can be told.

use crate::{App, AppError};
use device::{
    Command, CommandFault, OfflineCard, ParamValue, PowerLimit, Rate, TARIFF_SLOTS, TariffTable,
};
use kernel::{PhyId, PortNo};

/// A command and whether a device has it.
#[derive(Clone, Debug)]
pub struct Capability {
    /// Its name.
    pub name: &'static str,
    /// Only the device's family has it.
    pub vendor: bool,
    /// Why the device does not have it.
    pub refusal: Option<String>,
    /// What it does, for commands of the family alone.
    pub title: Option<&'static str>,
    /// It can harm the device or lose its records.
    pub dangerous: bool,
    /// Whether it may wait for a device that is away.
    pub queues: bool,
    /// Its fields, for commands of the family alone.
    pub fields: &'static [(&'static str, &'static str)],
}

impl App {
    /// All commands, each with the device's word on it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a device that is not ours.
    pub async fn capabilities(&self, phy_id: &PhyId) -> Result<Vec<Capability>, AppError> {
        self.require(phy_id).await?;
        let known = self.live.read(phy_id, |live| {
            let protocol = &live.protocol;
            let common = samples().into_iter().map(|command| Capability {
                name: command.name(),
                vendor: false,
                refusal: lacking(protocol.check(&live.profile, &command)),
                title: None,
                dangerous: false,
                queues: protocol.queues(&command),
                fields: &[],
            });
            let own = protocol.vendor_commands().iter().map(|own| {
                let command = Command::Vendor {
                    name: own.name.to_owned(),
                    values: Vec::new(),
                };
                Capability {
                    name: own.name,
                    vendor: true,
                    refusal: None,
                    title: Some(own.title),
                    dangerous: own.dangerous,
                    queues: protocol.queues(&command),
                    fields: own.fields,
                }
            });
            common.chain(own).collect()
        });
        known.ok_or(AppError::NotFound("device"))
    }

    /// Whether a command of a device's family can harm it.
    pub fn is_dangerous(&self, phy_id: &PhyId, vendor_command: &str) -> bool {
        let found = self.live.read(phy_id, |live| {
            let mut own = live.protocol.vendor_commands().iter();
            own.any(|known| known.name == vendor_command && known.dangerous)
        });
        found.unwrap_or(false)
    }
}

/// A command that only needs other values is there.
fn lacking(checked: Result<(), CommandFault>) -> Option<String> {
    match checked {
        Ok(()) | Err(CommandFault::OutOfRange { .. }) => None,
        Err(fault) => Some(fault.to_string()),
    }
}

/// One of each kind, with values that every family that knows it can carry.
fn samples() -> Vec<Command> {
    let port = PortNo(1);
    vec![
        Command::QueryPort { port: None },
        Command::SetParams {
            socket: None,
            values: vec![ParamValue {
                id: "1".to_owned(),
                value: 1.into(),
            }],
            via: None,
        },
        Command::QueryParams { socket: None },
        Command::SyncTime,
        Command::Restart { when_idle: false },
        Command::PushTariff(TariffTable {
            model: 1,
            rates: vec![Rate::default()],
            slots: vec![0; TARIFF_SLOTS],
        }),
        Command::QueryTariff,
        Command::SetQr {
            port: None,
            text: "https://example.com/".to_owned(),
        },
        Command::SetPowerLimit {
            port: None,
            limit: PowerLimit::Percent(100),
        },
        Command::SetService {
            port: None,
            in_service: true,
        },
        Command::MoveGroundLock { port, raise: true },
        Command::StoreCards {
            cards: vec![OfflineCard {
                card_no: "1".to_owned(),
                physical: "00000001".to_owned(),
            }],
        },
        Command::RemoveCards {
            physical: vec!["00000001".to_owned()],
        },
        Command::QueryCards {
            physical: vec!["00000001".to_owned()],
        },
        Command::QueryHistory { first: 0, count: 1 },
    ]
}
