//! What the pile says to commands that are neither starts nor stops nor questions.

use super::outbox::{Job, Key};
use super::pile::Pile;
use super::task::Task;
use crate::codes::{BalanceResult, CardCleared, CardExists, Done, FrameType, UpgradeResult};
use crate::message::{
    BalanceAnswer, Body, CardsCleared, CardsFound, CardsStored, Clock, LockAnswer, PileAnswer,
    UpdateAnswer,
};
use crate::traits;
use device::{Event, Item, Output, Vitals};
use kernel::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// A clock that is off by more is set once more, and then somebody has to look.
const CLOCK_OFF: Duration = Duration::from_mins(1);

impl Pile {
    pub(super) fn answer(&mut self, body: Body, now: Timestamp, out: &mut Output) {
        match body {
            Body::BalanceAnswer(answer) => self.balance_answer(&answer, now, out),
            Body::CardsStored(answer) => self.cards_stored(&answer, now, out),
            Body::CardsCleared(answer) => self.cards_cleared(&answer, now, out),
            Body::CardsFound(answer) => self.cards_found(&answer, now, out),
            Body::WorkAnswer(answer) => self.pile_answer(FrameType::Work, &answer, now, out),
            Body::TimeAnswer(answer) => self.time_answer(&answer, now, out),
            Body::ModelSettingAnswer(answer) => {
                self.pile_answer(FrameType::ModelSetting, &answer, now, out);
            }
            Body::LockAnswer(answer) => self.lock_answer(&answer, now, out),
            Body::RebootAnswer(answer) => self.pile_answer(FrameType::Reboot, &answer, now, out),
            Body::UpdateAnswer(answer) => self.update_answer(&answer, now, out),
            Body::QrAnswer(answer) => self.pile_answer(FrameType::QrPrefix, &answer, now, out),
            // Frames of the other direction, and of types that nobody knows.
            _ => {}
        }
    }

    /// The pile as a whole said yes or no.
    fn pile_answer(
        &mut self,
        kind: FrameType,
        answer: &PileAnswer,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(job) = self.outbox.answered(Key::of(kind, 0)) else {
            return;
        };
        if answer.result != Done::Ok {
            if kind == FrameType::ModelSetting && job.attempts < job.tries {
                // A session may just have begun: again after the usual pause.
                let until = now + job.wait;
                return self.outbox.launched(job, until);
            }
            let code = u8::from(answer.result);
            return self.refuse(&job, code, answer.result.meaning(), now, out);
        }
        match &job.task {
            Task::Work { locked, max_power } => {
                let (locked, max_power) = (*locked, max_power.to_string());
                self.learn(traits::LOCKED, if locked { "1" } else { "0" }, now, out);
                self.learn(traits::MAX_POWER, &max_power, now, out);
            }
            Task::Qr(text) => {
                let text = text.clone();
                self.learn(traits::QR_PREFIX, &text, now, out);
            }
            _ => {}
        }
        self.accept(&job, None, None, now, out);
    }

    fn balance_answer(&mut self, answer: &BalanceAnswer, now: Timestamp, out: &mut Output) {
        let Some(job) = self.outbox.answered(Key::of(FrameType::BalanceUpdate, 0)) else {
            return;
        };
        if answer.result == BalanceResult::Ok {
            self.accept(&job, None, None, now, out);
        } else {
            let code = u8::from(answer.result);
            self.refuse(&job, code, answer.result.meaning(), now, out);
        }
    }

    fn lock_answer(&mut self, answer: &LockAnswer, now: Timestamp, out: &mut Output) {
        let key = Key::of(FrameType::LockCommand, answer.gun_no);
        let Some(job) = self.outbox.answered(key) else {
            return;
        };
        if answer.result == Done::Ok {
            let port = self.port_of(answer.gun_no);
            self.accept(&job, port, None, now, out);
        } else {
            let code = u8::from(answer.result);
            self.refuse(&job, code, answer.result.meaning(), now, out);
        }
    }

    fn update_answer(&mut self, answer: &UpdateAnswer, now: Timestamp, out: &mut Output) {
        let Some(job) = self.outbox.answered(Key::of(FrameType::Update, 0)) else {
            return;
        };
        if answer.result == UpgradeResult::Ok {
            self.accept(&job, None, None, now, out);
        } else {
            let code = u8::from(answer.result);
            self.refuse(&job, code, answer.result.meaning(), now, out);
        }
    }

    fn time_answer(&mut self, answer: &Clock, now: Timestamp, out: &mut Output) {
        let Some(mut job) = self.outbox.answered(Key::of(FrameType::Time, 0)) else {
            return;
        };
        let said = answer.time.instant();
        let off = said.is_none_or(|said| now.since(said).max(said.since(now)) > CLOCK_OFF);
        if off && matches!(job.task, Task::Time(false)) {
            job.task = Task::Time(true);
            return self.outbox.push_front(job);
        }
        // How far it is off is the platform's alarm; a clock that shows no time stands still.
        let mut envelope = self.envelope(Event::Heartbeat(Vitals::default()), now);
        envelope.device_time = Some(said.unwrap_or_default());
        out.items.push(Item::Event(envelope));
        let data = json!({ "device_time": said.map(Timestamp::unix_seconds) });
        self.accept(&job, None, Some(data.to_string()), now, out);
    }

    fn cards_stored(&mut self, answer: &CardsStored, now: Timestamp, out: &mut Output) {
        let Some(job) = self.outbox.answered(Key::of(FrameType::StoreCards, 0)) else {
            return;
        };
        if answer.result == Done::Ok {
            self.next_cards(job, Vec::new(), now, out);
        } else {
            let code = u8::from(answer.fail_reason);
            self.refuse(&job, code, answer.fail_reason.meaning(), now, out);
        }
    }

    fn cards_cleared(&mut self, answer: &CardsCleared, now: Timestamp, out: &mut Output) {
        let said = answer.results.0.iter().map(|card| {
            json!({
                "physical_card": card.physical_card.to_string(),
                "cleared": card.flag == CardCleared::Yes,
            })
        });
        let said = said.collect();
        if let Some(job) = self.outbox.answered(Key::of(FrameType::ClearCards, 0)) {
            self.next_cards(job, said, now, out);
        }
    }

    fn cards_found(&mut self, answer: &CardsFound, now: Timestamp, out: &mut Output) {
        let said = answer.results.0.iter().map(|card| {
            json!({
                "physical_card": card.physical_card.to_string(),
                "exists": card.exists == CardExists::Yes,
            })
        });
        let said = said.collect();
        if let Some(job) = self.outbox.answered(Key::of(FrameType::QueryCards, 0)) {
            self.next_cards(job, said, now, out);
        }
    }

    /// Goes on with the next cards; at the end tells what was said of each.
    fn next_cards(&mut self, mut job: Job, more: Vec<Value>, now: Timestamp, out: &mut Output) {
        let Task::Cards { rest, said } = &mut job.task else {
            return;
        };
        said.extend(more);
        if let Some(next) = rest.pop_front() {
            job.body = next;
            job.attempts = 0;
            return self.outbox.push_front(job);
        }
        let data = (!said.is_empty()).then(|| json!({ "cards": said }).to_string());
        self.accept(&job, None, data, now, out);
    }
}
