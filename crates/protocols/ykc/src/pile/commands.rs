//! What the platform says, and what the pile does about it.

use super::gun::{Gun, Phase, Terms, Transaction};
use super::heard::{Heard, RemoteStart, Said};
use super::station::{Standing, Station, Timer, port_no, session};
use super::{Core, Event, Moment, Step, words};
use crate::codes::{FrameType, GunRole, StartFailure, StartFlag, StopFailure, StopReason};

impl Station {
    pub(super) fn obey(&mut self, core: &mut Core, at: Moment, heard: Heard, out: &mut Vec<Step>) {
        let sequence = heard.sequence;
        let mine = heard.mine;
        // Answers are heard even by a pile that ignores commands.
        match heard.said {
            Said::LoginAnswer { accepted } if mine => {
                if accepted && self.standing == Standing::Login {
                    self.logged_in(core, at, out);
                }
            }
            Said::HeartbeatAnswer => self.unanswered = 0,
            Said::ModelChecked { same } if mine => self.model_checked(core, at, same, out),
            Said::Model(model) if mine => {
                self.model = Some(*model);
                self.standing = Standing::Ready;
                self.agenda.cancel(&Timer::Ask);
            }
            Said::Confirmed {
                transaction,
                result,
            } => self.confirmed(core, at, &transaction, result, out),
            Said::Verdict(verdict) if mine => self.verdict(core, at, &verdict, out),
            Said::LoginAnswer { .. }
            | Said::ModelChecked { .. }
            | Said::Model(_)
            | Said::Verdict(_)
            | Said::Other => note_other(core, at, &heard, out),
            _ if core.ignores => note_other(core, at, &heard, out),
            Said::Start(order) => self.start(core, at, sequence, mine, &order, out),
            Said::Stop { gun } => self.stop(core, at, sequence, mine, gun, out),
            Said::Read { gun } => {
                if let Some(index) = self.gun_index(gun).filter(|_| mine) {
                    self.say_realtime_as(core, at, index, Some(sequence), out);
                }
            }
            other => {
                note_command(core, at, heard.kind, out);
                self.manage(core, at, sequence, mine, other, out);
            }
        }
    }

    fn model_checked(&mut self, core: &mut Core, at: Moment, same: bool, out: &mut Vec<Step>) {
        if self.standing != Standing::Check {
            return;
        }
        self.standing = if same && self.model.is_some() {
            Standing::Ready
        } else {
            Standing::Request
        };
        self.ask(core, at, out);
    }

    /// 0x34 and 0xA4.
    fn start(
        &mut self,
        core: &mut Core,
        at: Moment,
        sequence: [u8; 2],
        mine: bool,
        order: &RemoteStart,
        out: &mut Vec<Step>,
    ) {
        let terms = Terms {
            transaction: order.transaction,
            flag: StartFlag::App,
            card: order.card,
            balance: Some(order.balance),
            parallel: order.parallel,
        };
        let index = self.gun_index(order.gun);
        let verdict = self.may_start(core, mine, index, &order.transaction);
        let failure = match verdict {
            Begin::Refused(failure) => Some(failure),
            Begin::Again => None,
            Begin::Now => {
                let index = index.unwrap_or_default();
                self.accept(at, index, terms);
                if let Some(user) = self.setup.automatic {
                    self.agenda
                        .set(at.t + user.plug_after, Timer::AutoPlug(index));
                }
                let plugged = self.guns.get(index).is_some_and(Gun::is_plugged);
                (!plugged).then_some(StartFailure::NotPlugged)
            }
        };
        let event = Event::StartReceived {
            port: port_no(order.gun),
            order: Some(hex::encode_upper(order.transaction)),
            accepted: matches!(failure, None | Some(StartFailure::NotPlugged)),
        };
        core.note(at, event, out);
        self.say_start_result_of(core, Some(sequence), order.gun, &terms, failure, out);
    }

    fn may_start(
        &self,
        core: &mut Core,
        mine: bool,
        index: Option<usize>,
        transaction: &Transaction,
    ) -> Begin {
        if !mine {
            return Begin::Refused(StartFailure::WrongPile);
        }
        let Some(gun) = index.and_then(|index| self.guns.get(index)) else {
            return Begin::Refused(StartFailure::Fault);
        };
        if let Some(running) = &gun.session {
            // The answer was lost, and the platform asks again.
            return match (running.terms.transaction == *transaction, running.phase) {
                (true, Phase::Unplugged) => Begin::Refused(StartFailure::NotPlugged),
                (true, _) => Begin::Again,
                (false, _) => Begin::Refused(StartFailure::Charging),
            };
        }
        if core.refuses() || self.locked || gun.faults.any() || self.model.is_none() {
            return Begin::Refused(StartFailure::Fault);
        }
        Begin::Now
    }

    /// 0x36: stops whatever runs on the gun.
    fn stop(
        &mut self,
        core: &mut Core,
        at: Moment,
        sequence: [u8; 2],
        mine: bool,
        gun: u8,
        out: &mut Vec<Step>,
    ) {
        let index = self.gun_index(gun);
        let running = index
            .and_then(|index| self.guns.get(index))
            .and_then(|gun| gun.session.as_ref());
        let order = running.map(|it| hex::encode_upper(it.terms.transaction));
        let failure = match (mine, running) {
            (false, _) => Some(StopFailure::WrongPile),
            (true, None) => Some(StopFailure::NotCharging),
            (true, Some(_)) if core.refuses() => Some(StopFailure::Other),
            (true, Some(_)) => None,
        };
        let event = Event::StopReceived {
            port: port_no(gun),
            order,
            accepted: failure.is_none(),
        };
        core.note(at, event, out);
        match (failure, index) {
            (None, Some(index)) => {
                let timer = Timer::Stop(index, sequence);
                self.agenda.set(at.t + self.habits.stop_after, timer);
            }
            _ => self.say_stop_result(core, sequence, gun, failure, out),
        }
    }

    /// The contactor opens by the platform's word.
    pub(super) fn stop_now(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        sequence: [u8; 2],
        out: &mut Vec<Step>,
    ) {
        let Some(gun) = self.guns.get(index) else {
            return;
        };
        self.say_stop_result(core, sequence, gun.no, None, out);
        self.end(core, at, index, StopReason::Remote, out);
    }

    /// The main gun of a parallel charge is the first one.
    pub(super) fn role(&self, gun: u8) -> GunRole {
        let first = self.guns.first().map(|gun| gun.no);
        if first == Some(gun) {
            GunRole::Main
        } else {
            GunRole::Auxiliary
        }
    }

    fn confirmed(
        &mut self,
        core: &mut Core,
        at: Moment,
        transaction: &Transaction,
        result: u8,
        out: &mut Vec<Step>,
    ) {
        // An illegal bill stays in the memory.
        if result == 0 && self.records.confirmed(transaction, self.habits.overhears) {
            let port = words::gun_of(transaction);
            let event = Event::EndAcknowledged {
                port: port_no(port),
                session: session(transaction),
            };
            core.note(at, event, out);
        }
    }
}

/// Whether a start may begin.
enum Begin {
    Now,
    /// It runs already; the answer was lost.
    Again,
    Refused(StartFailure),
}

fn note_other(core: &Core, at: Moment, heard: &Heard, out: &mut Vec<Step>) {
    note_command(core, at, heard.kind, out);
}

fn note_command(core: &Core, at: Moment, kind: u8, out: &mut Vec<Step>) {
    let detail = FrameType::from(kind).meaning().unwrap_or("not documented");
    let event = Event::CommandReceived {
        command: format!("{kind:#04x}"),
        detail: detail.to_owned(),
    };
    core.note(at, event, out);
}
