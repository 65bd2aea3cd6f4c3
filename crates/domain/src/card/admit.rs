//! Whether a card or vehicle may charge now.

use super::{Card, Vehicle};
use crate::device_status::DeviceStatus;
use device::{CardPassword, CardRefusal};
use kernel::{Fen, Timestamp};

/// What is true around a card at a reader.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The present instant.
    pub now: Timestamp,
    /// Lifecycle of the device.
    pub device: DeviceStatus,
    /// The station of the device.
    pub station_id: Option<i64>,
    /// What was typed.
    pub password: Option<&'a CardPassword>,
    /// Another charge of this card or vehicle runs.
    pub in_use: bool,
    /// Least that a charge must be allowed to cost.
    pub min_start: Fen,
}

/// A decision on a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// It may charge.
    Welcome,
    /// It may once the password has been typed.
    AskPassword,
    /// It may not.
    Refused(CardRefusal),
}

/// Decides on a card. The first broken rule is the one told.
pub fn admit(card: &Card, situation: &Situation<'_>) -> Bearer {
    if let Some(refusal) = card.status.refusal() {
        return Bearer::Refused(refusal);
    }
    if card.valid_until.is_some_and(|until| until <= situation.now) {
        return Bearer::Refused(CardRefusal::Expired);
    }
    if let Some(refusal) = place(card.station_id, situation) {
        return Bearer::Refused(refusal);
    }
    if situation.in_use {
        return Bearer::Refused(CardRefusal::InUse);
    }
    if card.limit < situation.min_start {
        return Bearer::Refused(CardRefusal::BalanceTooLow);
    }
    match (&card.password_md5, situation.password) {
        (None, _) => Bearer::Welcome,
        (Some(_), None) => Bearer::AskPassword,
        (Some(known), Some(typed)) if is_right(known, typed) => Bearer::Welcome,
        (Some(_), Some(_)) => Bearer::Refused(CardRefusal::PasswordWrong),
    }
}

/// Decides on a vehicle.
pub fn admit_vehicle(vehicle: &Vehicle, situation: &Situation<'_>) -> Bearer {
    if let Some(refusal) = vehicle.status.refusal() {
        return Bearer::Refused(match refusal {
            CardRefusal::Unknown => CardRefusal::VehicleUnknown,
            other => other,
        });
    }
    if !vehicle.plug_and_charge {
        return Bearer::Refused(CardRefusal::NotAllowedHere);
    }
    if let Some(refusal) = place(None, situation) {
        return Bearer::Refused(refusal);
    }
    if situation.in_use {
        return Bearer::Refused(CardRefusal::InUse);
    }
    if vehicle.limit < situation.min_start {
        return Bearer::Refused(CardRefusal::BalanceTooLow);
    }
    Bearer::Welcome
}

fn place(only_at: Option<i64>, situation: &Situation<'_>) -> Option<CardRefusal> {
    match situation.device {
        DeviceStatus::Registered | DeviceStatus::Active => {}
        DeviceStatus::Disabled | DeviceStatus::Maintenance | DeviceStatus::Retired => {
            return Some(CardRefusal::DeviceDisabled);
        }
    }
    let elsewhere = only_at.is_some() && only_at != situation.station_id;
    elsewhere.then_some(CardRefusal::NotAllowedHere)
}

/// Devices send the password as typed, or the middle half of its digest.
fn is_right(known: &str, typed: &CardPassword) -> bool {
    match typed {
        CardPassword::Plain(text) => super::md5_of(text) == known,
        CardPassword::Md5Middle(half) => known.get(8..24) == Some(half.as_str()),
    }
}
