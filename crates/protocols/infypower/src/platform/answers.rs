//! What a pile says to commands, and what happens when it says nothing.

use super::outbox::{Expect, Job};
use super::params;
use super::station::Station;
use super::task::{Asking, Steps, Task, Value};
use crate::codes::{CommandResult, ControlAddress, StartResult};
use crate::message::{CharactersAnswer, ControlAnswer, NumbersAnswer};
use crate::traits;
use device::{Event, Outcome, Output};
use kernel::Timestamp;
use serde_json::{Map, json};

impl Station {
    /// 6.
    pub(super) fn control_answer(
        &mut self,
        answer: &ControlAnswer,
        now: Timestamp,
        out: &mut Output,
    ) {
        let address = u32::from(answer.start_addr);
        let done = answer.result == CommandResult::Success;
        if answer.start_addr == ControlAddress::StatusNow {
            // Only a no is news; a yes is followed by the status.
            if !done && let Some(job) = self.outbox.answered(Expect::StatusOf(answer.gun_no)) {
                let code = Some(u32::from(u8::from(answer.result)));
                self.not_reported(job, code, now, out);
            }
            return;
        }
        let exact = self
            .outbox
            .answered(Expect::Control(answer.gun_no, address));
        let Some(job) = exact.or_else(|| {
            self.outbox.only_flying(
                |expect| matches!(expect, Expect::Control(_, asked) if asked == address),
            )
        }) else {
            if done && answer.start_addr == ControlAddress::Stop {
                self.late_stop_answer(answer.gun_no, now);
            }
            return;
        };
        match &job.task {
            Task::Stop { .. } => self.stop_answer(job, answer, now, out),
            // One firmware says no and does it: what happens decides.
            Task::Restart { .. } => {
                let data = json!({ "result": u8::from(answer.result) });
                self.accept(job.id, Some(data.to_string()), now, out);
            }
            Task::Steps(_) => self.step_answered(job, answer.result, Vec::new(), now, out),
            _ => {}
        }
    }

    /// 2.
    pub(super) fn numbers_answer(
        &mut self,
        answer: &NumbersAnswer,
        now: Timestamp,
        out: &mut Output,
    ) {
        let address = u32::from(answer.start_addr);
        if let Some(job) = self.outbox.answered(Expect::Numbers(address)) {
            let values = params::named_numbers(address, &answer.params.0);
            self.step_answered(job, answer.result, values, now, out);
        }
    }

    /// 4.
    pub(super) fn characters_answer(
        &mut self,
        answer: &CharactersAnswer,
        now: Timestamp,
        out: &mut Output,
    ) {
        let address = u32::from(answer.addr);
        if let Some(job) = self.outbox.answered(Expect::Characters(address)) {
            let values = vec![params::named_text(answer.addr, &answer.data.0)];
            self.step_answered(job, answer.result, values, now, out);
        }
    }

    fn step_answered(
        &mut self,
        mut job: Job,
        result: CommandResult,
        values: Vec<Value>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Task::Steps(steps) = &mut job.task else {
            return;
        };
        if result == CommandResult::Success {
            if steps.reads {
                steps.values.extend(values);
            }
        } else {
            let text = format!(
                "command {} was answered with {}",
                job.shot.cmd,
                u8::from(result)
            );
            if !steps.reads {
                let code = Some(u32::from(u8::from(result)));
                return self.refused(job.id, code, &text, now, out);
            }
            steps.refused.push(text);
        }
        self.next_step(job, now, out);
    }

    /// The next frame of a command that has several, or its end.
    fn next_step(&mut self, mut job: Job, now: Timestamp, out: &mut Output) {
        let Task::Steps(steps) = &mut job.task else {
            return;
        };
        if let Some(shot) = steps.rest.pop_front() {
            job.shot = shot;
            job.attempts = 0;
            return self.outbox.push_front(job);
        }
        let steps = std::mem::take(steps);
        if !steps.reads {
            return self.accept(job.id, None, now, out);
        }
        if steps.values.is_empty() && !steps.refused.is_empty() {
            return self.refused(job.id, None, &steps.refused.join("; "), now, out);
        }
        self.accept(job.id, Some(as_json(&steps)), now, out);
        let event = Event::Params {
            socket: None,
            values: steps.values,
        };
        self.tell(event, now, out);
    }

    /// 1104.
    pub(super) fn prices_answer(
        &mut self,
        taken: bool,
        result: u8,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(job) = self.outbox.answered(Expect::Cmd(1104)) else {
            return;
        };
        let Task::PushPrices(table) = job.task else {
            return;
        };
        if taken {
            let model = table.model.to_string();
            self.tariff = Some(*table);
            let pushes = |job: &Job| matches!(job.task, Task::PushPrices(_));
            if !self.outbox.all().any(pushes) {
                self.learn(traits::PRICES, &model, now, out);
            }
            self.accept(job.id, None, now, out);
        } else {
            self.learn(traits::PRICES, "refused", now, out);
            let why = "the pile refuses the price table";
            self.refused(job.id, Some(u32::from(result)), why, now, out);
        }
    }

    /// One record out of the memory came.
    pub(super) fn history_came(&mut self, now: Timestamp, out: &mut Output) {
        let Some(mut job) = self.outbox.answered(Expect::Cmd(402)) else {
            return;
        };
        let Task::History { left, came } = &mut job.task else {
            return;
        };
        *came += 1;
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.history_over(&job, now, out);
        } else {
            self.outbox.wait_on(job, now);
        }
    }

    fn history_over(&mut self, job: &Job, now: Timestamp, out: &mut Output) {
        let Task::History { came, .. } = &job.task else {
            return;
        };
        let data = json!({ "records": came }).to_string();
        self.accept(job.id, Some(data), now, out);
    }

    /// No answer in time: again, or given up.
    pub(super) fn unanswered(&mut self, mut job: Job, now: Timestamp, out: &mut Output) {
        if job.task.is_held_stop() {
            return self.release_stop(job);
        }
        if job.attempts < job.shot.tries {
            return self.outbox.push_front(job);
        }
        if let Task::Steps(steps) = &mut job.task
            && steps.reads
            && !(steps.rest.is_empty() && steps.values.is_empty())
        {
            // What it does not know it does not answer; the rest is still asked for.
            steps
                .refused
                .push(format!("no answer to command {}", job.shot.cmd));
            return self.next_step(job, now, out);
        }
        self.lapse(&job, now, out);
    }

    /// Nobody knows what the pile did.
    pub(super) fn lapse(&mut self, job: &Job, now: Timestamp, out: &mut Output) {
        let attempts = job.attempts.max(1);
        match &job.task {
            Task::Start(start) => match start.asking {
                Asking::AlreadyCharging(code) => {
                    self.must_not_charge(start.order);
                    let words = StartResult::from(code).words();
                    self.refused(job.id, Some(code), &words, now, out);
                }
                _ => self.start_lapsed(job.id, start, now, out),
            },
            Task::History { came, .. } if *came > 0 => self.history_over(job, now, out),
            Task::Firmware(upgrade) => {
                let text = format!("no answer to command {}", job.shot.cmd);
                self.upgrade_failed(upgrade, text, now, out);
                self.report(job.id, Outcome::Lapsed { attempts }, now, out);
            }
            Task::Stop { port, .. } => {
                self.report(job.id, Outcome::Lapsed { attempts }, now, out);
                self.stop_alarm(*port, now, out);
            }
            _ => self.report(job.id, Outcome::Lapsed { attempts }, now, out),
        }
    }

    fn not_reported(&mut self, job: Job, code: Option<u32>, now: Timestamp, out: &mut Output) {
        match &job.task {
            Task::Stop { .. } => self.release_stop(job),
            Task::Start(_) => self.lapse(&job, now, out),
            _ => self.refused(
                job.id,
                code,
                "the pile refuses to report its status",
                now,
                out,
            ),
        }
    }
}

fn as_json(steps: &Steps) -> String {
    let values: Map<String, serde_json::Value> = steps
        .values
        .iter()
        .map(|(name, value)| {
            let value = match value {
                device::ParamContent::Number(number) => json!(number),
                device::ParamContent::Text(text) => json!(text),
            };
            (name.clone().into_owned(), value)
        })
        .collect();
    if steps.refused.is_empty() {
        return serde_json::Value::Object(values).to_string();
    }
    json!({ "values": values, "missing": steps.refused }).to_string()
}
