//! Restart and firmware update.

use super::heard::Update;
use super::station::{Station, Timer, Upkeep};
use super::{Core, Moment, Step};
use crate::codes::{StopReason, UpgradeResult};
use std::time::Duration;

/// A pile is dark so long when it restarts.
const OUTAGE: Duration = Duration::from_secs(5);
/// From the answer to the restart.
const RESTART_AFTER: Duration = Duration::from_secs(1);
/// Fetching and writing an image takes so long.
const FETCH_TIME: Duration = Duration::from_secs(40);
/// Characters of a firmware version.
const VERSION_MAX: usize = 8;

impl Station {
    /// 0x92.
    pub(super) fn reboot(&mut self, at: Moment, when_idle: bool) {
        if when_idle {
            self.upkeep = Some(Upkeep::Restart);
            self.upkeep_if_idle(at);
        } else {
            self.agenda.set(at.t + RESTART_AFTER, Timer::Restart);
        }
    }

    /// 0x94. Its answer comes after the attempt.
    pub(super) fn update(
        &mut self,
        core: &mut Core,
        at: Moment,
        update: Update,
        sequence: [u8; 2],
        out: &mut Vec<Step>,
    ) {
        if core.refuses() {
            self.say_updated(core, sequence, UpgradeResult::Timeout, out);
        } else if !self.fits(update.model) {
            self.say_updated(core, sequence, UpgradeResult::WrongModel, out);
        } else if update.when_idle {
            self.upkeep = Some(Upkeep::Update(update, sequence));
            self.upkeep_if_idle(at);
        } else {
            self.fetch(at, update, sequence);
        }
    }

    fn fetch(&mut self, at: Moment, update: Update, sequence: [u8; 2]) {
        let fetched = Timer::Fetched(Box::new(update), sequence);
        self.agenda.set(at.t + FETCH_TIME, fetched);
    }

    /// What waited for an idle pile.
    pub(super) fn upkeep_if_idle(&mut self, at: Moment) {
        if self.any_session() {
            return;
        }
        match self.upkeep.take() {
            Some(Upkeep::Restart) => self.agenda.set(at.t + RESTART_AFTER, Timer::Restart),
            Some(Upkeep::Update(update, sequence)) => self.fetch(at, update, sequence),
            None => {}
        }
    }

    /// The image is there: the pile says so and restarts with it.
    pub(super) fn fetched(
        &mut self,
        core: &mut Core,
        at: Moment,
        update: &Update,
        sequence: [u8; 2],
        out: &mut Vec<Step>,
    ) {
        self.say_updated(core, sequence, UpgradeResult::Ok, out);
        self.firmware = version_of(&update.file);
        self.agenda.set(at.t + RESTART_AFTER, Timer::Restart);
    }

    /// The pile goes dark. Sessions end, and their records are kept.
    pub(super) fn restart(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        core.lose_power(at, OUTAGE, out);
        self.go_dark(core, at, true, out);
    }

    /// Mains power is gone.
    pub(super) fn go_dark(
        &mut self,
        core: &mut Core,
        at: Moment,
        memory: bool,
        out: &mut Vec<Step>,
    ) {
        for index in 0..self.guns.len() {
            if memory {
                self.end(core, at, index, StopReason::PowerLoss, out);
            } else {
                self.end_quietly(core, at, index, StopReason::PowerLoss, out);
            }
        }
        self.went_down();
        self.agenda
            .retain(|timer| matches!(timer, Timer::AutoPlug(_) | Timer::AutoUnplug(_)));
        if !memory {
            self.records.forget();
            self.cards = super::cards::OfflineCards::default();
            self.model = None;
        }
        // The prefix is allowed to be forgotten at power-off.
        self.qr.clear();
    }
}

/// The version that a file brings: the end of its name.
fn version_of(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let name: Vec<char> = name.chars().filter(char::is_ascii).collect();
    let skip = name.len().saturating_sub(VERSION_MAX);
    name.into_iter().skip(skip).collect()
}

#[cfg(test)]
mod tests {
    use super::version_of;

    #[test]
    fn a_file_names_its_version() {
        assert_eq!(version_of("AC-7KW/20180131"), "20180131");
        assert_eq!(version_of("fw/V4.2.bin"), "V4.2.bin");
        assert_eq!(version_of("x/ykc-dc-V5.0.0"), "c-V5.0.0");
    }
}
