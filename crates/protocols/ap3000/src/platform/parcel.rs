//! Which firmware may go to which part of a device, and how.

use super::unit::Unit;
use super::upgrade::{Check, Upgrade};
use super::words;
use crate::codes::{Cmd, major};
use crate::traits;
use device::{FirmwareSource, FirmwareTarget};
use std::sync::Arc;

impl Unit {
    pub(super) fn upgrade(
        &self,
        target: FirmwareTarget,
        source: FirmwareSource,
        image: Option<Arc<[u8]>>,
    ) -> Result<Upgrade, String> {
        let parcel = parcel(self, target)?;
        let (image, version) = match source {
            FirmwareSource::Library { version, .. } => {
                let image = image.ok_or("the firmware is not in the library any more")?;
                (image, words::version_number(&version))
            }
            FirmwareSource::Image { hex } => {
                let image = hex::decode(hex).map_err(|_| "the image is not hex")?;
                (image.into(), None)
            }
            FirmwareSource::Ftp { .. } => return Err("firmware comes in pieces".to_owned()),
        };
        let other = |major_wanted| version.is_some_and(|version| major(version) != major_wanted);
        if parcel.major.is_some_and(other) {
            return Err("the firmware is of another major version than the device".to_owned());
        }
        let check = parcel
            .kind
            .zip(version)
            .map(|(kind, version)| Check { kind, version });
        Upgrade::new(parcel.cmd, image, check).ok_or_else(|| "the image does not fit".to_owned())
    }
}

/// How firmware goes to a part of a device.
struct Parcel {
    cmd: Cmd,
    /// The type that the check packet names.
    kind: Option<u8>,
    /// The major version that the firmware must have.
    major: Option<u16>,
}

fn parcel(unit: &Unit, target: FirmwareTarget) -> Result<Parcel, &'static str> {
    let profile = &unit.profile;
    let kind = traits::hex_byte(profile, traits::DEVICE_TYPE);
    let model = || {
        let model = traits::model(profile, unit.id.recognition());
        model.ok_or("the vendor's list has no such device")
    };
    let of_host = || {
        let command = traits::host_upgrade(profile);
        let command = command.ok_or("the type of this host is not known well enough")?;
        Ok(Parcel {
            cmd: Cmd::from(command.byte()),
            kind: None,
            major: None,
        })
    };
    match target {
        FirmwareTarget::Main if traits::is_host(profile) => of_host(),
        // The host that shares the device's id.
        FirmwareTarget::Radio => of_host(),
        FirmwareTarget::Main => {
            let model = model()?;
            Ok(Parcel {
                cmd: Cmd::from(model.upgrade.byte()),
                kind,
                major: Some(model.major),
            })
        }
        // What is behind the host was looked at when the command was checked.
        FirmwareTarget::Socket if traits::is_host(profile) => Ok(Parcel {
            cmd: Cmd::UpgradeUnified,
            kind: traits::hex_byte(profile, traits::SUB_DEVICE_TYPE),
            major: None,
        }),
        // The board counts its versions by itself.
        FirmwareTarget::Socket => model().map(|_| Parcel {
            cmd: Cmd::UpgradePowerBoard,
            kind,
            major: None,
        }),
    }
}
