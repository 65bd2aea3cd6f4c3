//! Sign-in, heartbeat, and who hears what.

use super::{
    Device, Event, Line, MISSES_MAX, Moment, Paper, SIGN_IN_MIN, SIGN_IN_RETRY, SIGN_IN_TRIES,
    SignIn, Step, Timer, up,
};
use crate::pile::words::down::{self, Heard, Said};
use std::time::Duration;

impl Device {
    pub(in crate::pile) fn came_online(
        &mut self,
        core: &mut Line,
        at: Moment,
        out: &mut Vec<Step>,
    ) {
        self.signed_in = false;
        self.sign_in_tries = 0;
        self.misses = 0;
        self.book.reconnected();
        self.say_sign_in(core, at, out);
    }

    pub(in crate::pile) fn went_offline(
        &mut self,
        core: &mut Line,
        at: Moment,
        out: &mut Vec<Step>,
    ) {
        self.signed_in = false;
        self.card = None;
        self.vin = None;
        self.agenda.retain(|timer| {
            !matches!(
                timer,
                Timer::SignIn
                    | Timer::SignInAgain
                    | Timer::Beat
                    | Timer::Status
                    | Timer::Record
                    | Timer::Card
                    | Timer::CardOver
                    | Timer::Battery
                    | Timer::Say(_)
            )
        });
        if self.quirks.stops_offline {
            for index in 0..self.guns.len() {
                self.end(core, at, index, crate::pile::cause::Cause::LineLost, out);
            }
        }
    }

    pub(super) fn say_sign_in(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        let seconds = |period: Duration| u8::try_from(period.as_secs()).unwrap_or(u8::MAX);
        let told = SignIn {
            code: &self.code,
            software: self.software,
            boots: self.boots,
            interval_min: SIGN_IN_MIN,
            gun_count: u8::try_from(self.guns.len()).unwrap_or(u8::MAX),
            heartbeat_s: seconds(self.heartbeat),
            heartbeat_misses: MISSES_MAX,
            records: self.book.len(),
            time: self.clock(at),
            random: self.random,
        };
        let body = up::sign_in(&self.forms, &told);
        self.say(core, 106, body, out);
        let retry = core.clock.patience(SIGN_IN_RETRY);
        self.agenda.set(at.t + retry, Timer::SignIn);
    }

    /// Nobody answered the sign-in. One on a living connection is not insisted on.
    pub(super) fn sign_in_unanswered(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        if self.signed_in {
            return;
        }
        self.sign_in_tries += 1;
        if self.sign_in_tries < SIGN_IN_TRIES {
            self.say_sign_in(core, at, out);
        } else {
            core.hang_up(at, out);
        }
    }

    fn sign_in_answered(&mut self, core: &mut Line, at: Moment, said: &Said, out: &mut Vec<Step>) {
        let Said::SignedIn { random, time, .. } = said else {
            return;
        };
        // V2.0 gives no number and gets none back.
        if self.forms.sign_in >= 96 && random.is_some_and(|random| random != self.random) {
            return;
        }
        self.agenda.cancel(&Timer::SignIn);
        if let Some(time) = time.filter(|_| self.forms.sign_in == 133) {
            Self::set_clock(core, at, time, out);
        }
        let again = Duration::from_mins(u64::from(SIGN_IN_MIN));
        self.agenda.set(at.t + again, Timer::SignInAgain);
        if std::mem::replace(&mut self.signed_in, true) {
            return;
        }
        self.beat(core, at, out);
        self.say_all_status(core, at, out);
        self.agenda
            .set(at.t + Duration::from_millis(500), Timer::Record);
        if self.reports_battery() {
            self.agenda
                .set(at.t + super::BATTERY_PERIOD, Timer::Battery);
        }
    }

    pub(super) fn beat(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        if self.misses >= MISSES_MAX {
            core.hang_up(at, out);
            return;
        }
        let plugged: Vec<bool> = self.guns.iter().map(super::Gun::is_plugged).collect();
        let body = up::heartbeat(&self.forms, &self.code, self.heartbeat_no, &plugged);
        self.heartbeat_no = self.heartbeat_no.wrapping_add(1);
        self.misses += 1;
        self.say(core, 102, body, out);
        let next = core.clock.patience(self.heartbeat);
        self.agenda.set(at.t + next, Timer::Beat);
    }

    /// Understands everything that has arrived.
    pub(in crate::pile) fn hear_all(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        while let Some(heard) = down::next(&mut core.unread, self.dialect) {
            if core.is_up() && !core.ignores {
                self.hear(core, at, heard, out);
            }
        }
    }

    fn hear(&mut self, core: &mut Line, at: Moment, heard: Heard, out: &mut Vec<Step>) {
        match heard.said {
            Said::SignedIn { .. } => self.sign_in_answered(core, at, &heard.said, out),
            Said::HeartbeatNoted => self.misses = 0,
            Said::StatusNoted | Said::Other => {}
            Said::Start(start) => self.start(core, at, start, out),
            Said::Control {
                gun_no,
                address,
                count,
                values,
            } => self.control(core, at, (gun_no, address, count), &values, out),
            Said::Numbers {
                set,
                address,
                count,
                values,
            } => self.numbers(core, at, (set, address, count), &values, out),
            Said::Text { set, address, data } => self.text(core, at, (set, address), &data, out),
            Said::RecordNoted {
                command,
                gun_no,
                internal_index,
            } => self.record_answered(core, at, command, gun_no, internal_index, out),
            Said::CardAnswer {
                code,
                balance_fen,
                ask_password,
            } => self.card_answered(core, at, code, balance_fen, ask_password, out),
            Said::PasswordAnswer { code, balance_fen } => {
                self.card_answered(core, at, code, balance_fen, false, out);
            }
            Said::VinAnswer {
                gun_no,
                accepted,
                order_no,
            } => self.vin_answered(core, at, gun_no, accepted, order_no, out),
            Said::History { first, count } => self.history(core, at, first, count, out),
            Said::AskPrices => {
                let body = up::prices(&self.forms, self.prices.slots());
                Self::command_noted(core, at, heard.command, "prices asked for", out);
                self.answer(core, at, 1102, body, out);
            }
            Said::Prices(slots) => self.take_prices(core, at, slots, out),
            update => self.updating(core, at, heard.command, &update, out),
        }
    }

    pub(super) fn command_noted(
        core: &mut Line,
        at: Moment,
        command: u16,
        detail: &str,
        out: &mut Vec<Step>,
    ) {
        let event = Event::CommandReceived {
            command: command.to_string(),
            detail: detail.to_owned(),
        };
        core.note(at, event, out);
    }

    pub(super) fn set_clock(
        core: &mut Line,
        at: Moment,
        time: kernel::Timestamp,
        out: &mut Vec<Step>,
    ) {
        core.clock.set_civil(at, time);
        core.note(at, Event::TimeReceived(time), out);
    }

    /// A frame of the right form with content that makes no sense.
    pub(super) fn say_nonsense(&mut self, core: &mut Line, out: &mut Vec<Step>) {
        let body = Paper::signed(&self.code).bytes(&[0xCC; 200]);
        self.say(core, 104, body, out);
    }
}
