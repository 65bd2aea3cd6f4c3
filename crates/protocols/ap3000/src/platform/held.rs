//! Full charges whose place is not free yet. A cabinet settles only when the battery is taken
//! out, so the order runs on without energy until then, over reconnects as well: nothing else
//! tells a full place that is still paid for from one that is not.

use super::line::Turn;
use super::unit::Unit;
use crate::message::OrderKey;
use crate::traits;
use device::Profile;

/// Places that are remembered: those of the largest device, twice.
const HELD_MAX: usize = 32;
/// Value of the trait when no place is held.
const NONE: &str = "none";

impl Unit {
    /// A charge is full and keeps its place.
    pub(super) fn hold(&mut self, port: u8, order: OrderKey, turn: &mut Turn<'_>) {
        if order.is_none() {
            return;
        }
        self.runs(port, order);
        self.held.retain(|(other, _)| *other != port);
        if self.held.len() < HELD_MAX {
            self.held.push((port, order));
        }
        self.keep_held(turn);
    }

    /// The full charge that keeps a place.
    pub(super) fn held_at(&self, port: u8) -> Option<OrderKey> {
        let order = self.runs_at(port)?;
        self.held.contains(&(port, order)).then_some(order)
    }

    /// Places that have got another charge, or none, are not held any more.
    pub(super) fn forget_released(&mut self, turn: &mut Turn<'_>) {
        let running = &self.running;
        let before = self.held.len();
        self.held.retain(|place| running.contains(place));
        if self.held.len() < before {
            self.keep_held(turn);
        }
    }

    fn keep_held(&mut self, turn: &mut Turn<'_>) {
        let place = |(port, order): &(u8, OrderKey)| format!("{port}:{}", hex::encode(order.0));
        let mut places: Vec<_> = self.held.iter().map(place).collect();
        places.sort();
        let text = if places.is_empty() {
            NONE.to_owned()
        } else {
            places.join(",")
        };
        self.learn(traits::HELD, text, turn);
    }
}

/// The places that were held when the device was last heard.
pub(super) fn held_before(profile: &Profile) -> Vec<(u8, OrderKey)> {
    let text = profile.get(traits::HELD).unwrap_or(NONE);
    text.split(',').filter_map(place).take(HELD_MAX).collect()
}

fn place(text: &str) -> Option<(u8, OrderKey)> {
    let (port, order) = text.split_once(':')?;
    let mut key = [0; 16];
    hex::decode_to_slice(order, &mut key).ok()?;
    Some((port.parse().ok()?, OrderKey(key)))
}
