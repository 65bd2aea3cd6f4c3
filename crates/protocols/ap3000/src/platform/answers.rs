//! What devices say to commands. It is never answered: a device takes the reply for a new
//! command whose missing bytes are zero, which stops a charge.

use super::charging::accepted;
use super::line::Turn;
use super::task::{Job, Start, Task, restarts};
use super::unit::Unit;
use super::upgrade::Step as UpgradeStep;
use super::{params, words};
use crate::codes::{
    Cmd, Done, Executed, LimitAnswer, ModifyAnswer, StartAnswer, UpgradeAnswer, WorkModeAnswer,
};
use crate::frame::Frame;
use crate::message::{Body, ChargeAnswer, Message, OrderKey, UpgradeReply};
use crate::traits;
use device::{AlarmReport, Event, FirmwareProgress, Outcome, Refusal};

impl Unit {
    /// An uplink that answers something, or nothing that we asked.
    pub(super) fn answer_heard(
        &mut self,
        frame: &Frame<'_>,
        message: &Message,
        turn: &mut Turn<'_>,
    ) {
        if let Body::UpgradeReply(reply) = &message.body
            && is_request(message.cmd, reply)
        {
            return self.upgrade_asked_for(message.cmd, turn);
        }
        let Some(job) = self.outbox.answered(message.cmd, frame.msg_id) else {
            if let Body::ChargeAnswer(answer) = &message.body {
                self.late_start_answer(answer, frame.msg_id, turn);
            }
            return;
        };
        match (&job.task, &message.body) {
            (Task::Start(start), Body::ChargeAnswer(answer)) => {
                let doubtful = start.doubtful || job.attempts > 1;
                self.start_answered(&job, answer, start, doubtful, turn);
            }
            (Task::Stop(stop), Body::ChargeAnswer(answer)) => {
                let (port, order) = (stop.port, stop.order);
                self.stop_answered(&job, answer, port, order, turn);
            }
            (Task::Modify(_), Body::ModifyReply(reply)) => {
                let done = reply.answer == ModifyAnswer::Ok;
                let code = u8::from(reply.answer);
                self.verdict(&job, done, code, reply.answer.meaning(), turn);
            }
            (Task::Params(_), _) => self.params_answered(job, frame, &message.body, turn),
            (Task::Upgrade(_), Body::UpgradeReply(reply)) => self.piece_answered(job, reply, turn),
            (_, body) => self.once_answered(&job, body, turn),
        }
    }

    fn start_answered(
        &mut self,
        job: &Job,
        answer: &ChargeAnswer,
        start: &Start,
        doubtful: bool,
        turn: &mut Turn<'_>,
    ) {
        let (port, order) = (start.port, start.order);
        self.start_alarm(answer.answer, port, turn);
        // The device says which socket it used; an answer without the order says nothing of it.
        let used = answer
            .port
            .filter(|port| answer.order == Some(order) && u16::from(*port) < words::PORT_MAX);
        let port = used.unwrap_or(port);
        match answer.answer.executed() {
            Executed::Yes => {
                self.runs(port, order);
                self.report(job.id, accepted(Some(words::port_no(port))), turn);
                self.confirm(port, order, turn);
            }
            Executed::No => {
                let text = match answer.pending_ports_bits {
                    Some(bits) if answer.answer == StartAnswer::SeveralWaiting => {
                        format!("sockets {} are waiting", sockets(bits))
                    }
                    _ => said(answer.answer.meaning(), u8::from(answer.answer)),
                };
                self.declined(job, u8::from(answer.answer), text, turn);
            }
            Executed::Unclear => {
                let same = answer.answer == StartAnswer::SameState;
                let ours = answer.order == Some(order);
                let named = answer.order.is_some_and(|running| !running.is_none());
                if same && ours {
                    self.runs(port, order);
                }
                if same && !ours && (named || !doubtful) {
                    // It is busy with something else; its next report names it.
                    self.asking.ask(turn.now);
                    let code = u8::from(answer.answer);
                    return self.declined(job, code, "socket busy".to_owned(), turn);
                }
                let likely = same && (ours || !start.occupied);
                self.watch(job, port, order, likely, turn);
            }
        }
    }

    /// People have to look at the device.
    fn start_alarm(&mut self, answer: StartAnswer, port: u8, turn: &mut Turn<'_>) {
        if !answer.is_alarming() {
            return;
        }
        let report = AlarmReport {
            port: Some(words::port_no(port)),
            fault: answer.fault(),
            code: u32::from(u8::from(answer)),
            active: true,
            values: Vec::new(),
        };
        self.tell(Event::Alarm(report), turn);
    }

    /// An answer to a start that had been given up as unclear.
    fn late_start_answer(&mut self, answer: &ChargeAnswer, msg_id: u16, turn: &mut Turn<'_>) {
        let executed = answer.answer.executed();
        let place = self
            .watches
            .iter()
            .position(|watch| watch.msg_id == msg_id && executed != Executed::Unclear);
        let Some(place) = place else {
            return;
        };
        let watch = self.watches.remove(place);
        self.start_alarm(answer.answer, watch.port, turn);
        if executed == Executed::Yes {
            self.start_happened(&watch, turn);
            self.confirm(watch.port, watch.order, turn);
        } else {
            let code = u8::from(answer.answer);
            let refusal = Refusal {
                code: Some(u32::from(code)),
                text: said(answer.answer.meaning(), code),
            };
            self.report(watch.id, Outcome::Refused(refusal), turn);
        }
    }

    fn stop_answered(
        &mut self,
        job: &Job,
        answer: &ChargeAnswer,
        port: u8,
        order: OrderKey,
        turn: &mut Turn<'_>,
    ) {
        self.start_alarm(answer.answer, port, turn);
        let already = answer.answer == StartAnswer::SameState;
        match answer.answer.executed() {
            Executed::Unclear if !already => {
                let attempts = job.attempts;
                self.report(job.id, Outcome::Lapsed { attempts }, turn);
            }
            Executed::No => {
                let code = u8::from(answer.answer);
                self.declined(job, code, said(answer.answer.meaning(), code), turn);
            }
            // Already stopped: its settlement is on the way.
            Executed::Yes | Executed::Unclear => {
                self.stopped(order, turn);
                self.report(job.id, accepted(Some(words::port_no(port))), turn);
            }
        }
    }

    fn params_answered(
        &mut self,
        mut job: Job,
        frame: &Frame<'_>,
        body: &Body,
        turn: &mut Turn<'_>,
    ) {
        let verdict = match body {
            Body::Answer(answer) => Some((answer.answer == Done::Ok, "parameter error")),
            Body::LimitReply(reply) => Some((
                reply.answer == LimitAnswer::Ok,
                "beyond what the device can do",
            )),
            _ => None,
        };
        if let Task::Params(params) = &mut job.task {
            let step = params.answered(frame.data, verdict);
            self.params_step(job, step, turn);
        }
    }

    pub(super) fn params_step(&mut self, job: Job, step: params::Step, turn: &mut Turn<'_>) {
        match step {
            params::Step::Next => self.next_frame(job),
            params::Step::Refused(text) => {
                let refusal = Refusal { code: None, text };
                self.report(job.id, Outcome::Refused(refusal), turn);
            }
            params::Step::Done => {
                let Task::Params(params) = &job.task else {
                    return;
                };
                if let Some(seconds) = params.value("heartbeat_interval_s") {
                    self.learn(traits::HEARTBEAT_S, seconds.to_string(), turn);
                }
                let event = Event::Params {
                    socket: None,
                    values: params.values(),
                };
                self.tell(event, turn);
                let outcome = Outcome::Accepted {
                    port: None,
                    session: None,
                    data: Some(params.json()),
                };
                self.report(job.id, outcome, turn);
            }
        }
    }

    fn piece_answered(&mut self, mut job: Job, reply: &UpgradeReply, turn: &mut Turn<'_>) {
        let Task::Upgrade(upgrade) = &mut job.task else {
            return;
        };
        let progress = FirmwareProgress {
            done: u32::from(upgrade.at()),
            total: u32::from(upgrade.total()),
            error: None,
        };
        let news = reply.answer == UpgradeAnswer::Ok && upgrade.at() > 0 && upgrade.is_news();
        let step = upgrade.answered(reply);
        if news {
            self.tell(Event::Firmware(progress), turn);
        }
        self.upgrade_step(job, step, turn);
    }

    pub(super) fn upgrade_step(&mut self, job: Job, step: UpgradeStep, turn: &mut Turn<'_>) {
        match step {
            UpgradeStep::Next => self.next_frame(job),
            UpgradeStep::Done => self.report(job.id, accepted(None), turn),
            UpgradeStep::Failed(text) => {
                if let Task::Upgrade(upgrade) = &job.task {
                    let progress = FirmwareProgress {
                        done: u32::from(upgrade.at()),
                        total: u32::from(upgrade.total()),
                        error: Some(text.clone()),
                    };
                    self.tell(Event::Firmware(progress), turn);
                }
                let refusal = Refusal { code: None, text };
                self.report(job.id, Outcome::Refused(refusal), turn);
            }
        }
    }

    /// The next frame of a command that has several: a number of its own, before the commands
    /// that came later.
    fn next_frame(&mut self, mut job: Job) {
        job.attempts = 0;
        job.msg_id = self.next_number();
        self.outbox.push_front(job);
    }

    fn once_answered(&mut self, job: &Job, body: &Body, turn: &mut Turn<'_>) {
        match body {
            Body::Answer(answer) => {
                let code = u8::from(answer.answer);
                self.verdict(
                    job,
                    answer.answer == Done::Ok,
                    code,
                    answer.answer.meaning(),
                    turn,
                );
            }
            Body::CabinetStopAnswer(answer) => {
                if answer.answer == Done::Ok {
                    self.stopped(answer.order, turn);
                }
                let code = u8::from(answer.answer);
                self.verdict(
                    job,
                    answer.answer == Done::Ok,
                    code,
                    answer.answer.meaning(),
                    turn,
                );
            }
            Body::WorkModeReply(reply) => {
                let done = reply.answer == WorkModeAnswer::Ok;
                let code = u8::from(reply.answer);
                self.verdict(job, done, code, reply.answer.meaning(), turn);
            }
            Body::EepromRead(read) if read.answer == Done::Ok => {
                let data = serde_json::json!({ "data_hex": hex::encode_upper(&read.data_hex.0) });
                let outcome = Outcome::Accepted {
                    port: None,
                    session: None,
                    data: Some(data.to_string()),
                };
                self.report(job.id, outcome, turn);
            }
            Body::EepromRead(read) => {
                let code = u8::from(read.answer);
                self.verdict(job, false, code, read.answer.meaning(), turn);
            }
            _ => self.refused(job.id, "the device answered in an unexpected form", turn),
        }
    }

    fn verdict(&self, job: &Job, done: bool, code: u8, meaning: Option<&str>, turn: &mut Turn<'_>) {
        if done {
            self.report(job.id, accepted(None), turn);
        } else {
            self.declined(job, code, said(meaning, code), turn);
        }
    }

    fn declined(&self, job: &Job, code: u8, text: String, turn: &mut Turn<'_>) {
        let refusal = Refusal {
            code: Some(u32::from(code)),
            text,
        };
        self.report(job.id, Outcome::Refused(refusal), turn);
    }

    /// The device has registered: one that was told to restart has done so.
    pub(super) fn came_back(&mut self, turn: &mut Turn<'_>) {
        let restarting = |task: &Task| matches!(task, Task::Once(message) if restarts(message.cmd) && message.cmd == Cmd::Reboot);
        if let Some(job) = self.outbox.take_begun(|job| restarting(&job.task)) {
            self.report(job.id, accepted(None), turn);
        }
    }
}

/// A host that asks for its firmware: success, piece 0.
fn is_request(cmd: Cmd, reply: &UpgradeReply) -> bool {
    cmd == Cmd::UpgradeHost && reply.packet_no == 0 && reply.answer == UpgradeAnswer::Ok
}

fn said(meaning: Option<&str>, code: u8) -> String {
    meaning.map_or_else(|| format!("device answered {code:#04x}"), str::to_owned)
}

/// The sockets of a bit mask, counted from 1.
fn sockets(bits: u16) -> String {
    let set = (0..u16::BITS).filter(|bit| bits >> bit & 1 == 1);
    let numbers: Vec<String> = set.map(|bit| (bit + 1).to_string()).collect();
    numbers.join(", ")
}
