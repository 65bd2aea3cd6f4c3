//! What a pile answers.

use super::gun::{Card, Terms};
use super::station::Station;
use super::{Core, Step};
use crate::clock::Cp56Time;
use crate::codes::{
    BalanceResult, CardClearReason, CardCleared, CardExists, CardStoreFailure, Done, StartFailure,
    StopFailure, UpgradeResult,
};
use crate::frame::Sequence;
use crate::message::{self, Body};
use crate::value::Ident;
use kernel::Timestamp;
use wire::Tail;

impl Station {
    /// Result of a remote start, to the question or a second time by itself.
    pub(super) fn say_start_result(
        &mut self,
        core: &mut Core,
        question: Option<Sequence>,
        index: usize,
        terms: &Terms,
        failure: Option<StartFailure>,
        out: &mut Vec<Step>,
    ) {
        if let Some(gun) = self.guns.get(index).map(|gun| gun.no) {
            self.say_start_result_of(core, question, gun, terms, failure, out);
        }
    }

    /// 0x33 or 0xA3.
    pub(super) fn say_start_result_of(
        &mut self,
        core: &mut Core,
        question: Option<Sequence>,
        gun: u8,
        terms: &Terms,
        failure: Option<StartFailure>,
        out: &mut Vec<Step>,
    ) {
        let result = message::RemoteStartResult {
            head: self.head(gun, terms.transaction),
            result: done(failure.is_none()),
            fail_reason: failure.unwrap_or(StartFailure::None),
        };
        let role = self.role(gun);
        let body = match terms.parallel {
            None => Body::RemoteStartResult(result),
            Some(number) => Body::ParallelResult(message::ParallelResult {
                result,
                gun_role: role,
                parallel_no: Ident(number),
            }),
        };
        match question {
            Some(question) => self.answer(core, question, body, out),
            None => self.say(core, body, out),
        }
    }

    pub(super) fn say_stop_result(
        &mut self,
        core: &mut Core,
        question: Sequence,
        gun: u8,
        failure: Option<StopFailure>,
        out: &mut Vec<Step>,
    ) {
        let result = message::RemoteStopResult {
            pile_code: Ident(self.id),
            gun_no: self.gun_no(gun),
            result: done(failure.is_none()),
            fail_reason: failure.unwrap_or(StopFailure::None),
        };
        self.answer(core, question, Body::RemoteStopResult(result), out);
    }

    fn pile_answer(&self, ok: bool) -> message::PileAnswer {
        message::PileAnswer {
            pile_code: Ident(self.id),
            result: done(ok),
        }
    }

    pub(super) fn say_model_set(
        &mut self,
        core: &mut Core,
        question: Sequence,
        ok: bool,
        out: &mut Vec<Step>,
    ) {
        let body = Body::ModelSettingAnswer(self.pile_answer(ok));
        self.answer(core, question, body, out);
    }

    pub(super) fn say_work_set(
        &mut self,
        core: &mut Core,
        question: Sequence,
        ok: bool,
        out: &mut Vec<Step>,
    ) {
        let body = Body::WorkAnswer(self.pile_answer(ok));
        self.answer(core, question, body, out);
    }

    pub(super) fn say_reboot_accepted(
        &mut self,
        core: &mut Core,
        question: Sequence,
        ok: bool,
        out: &mut Vec<Step>,
    ) {
        let body = Body::RebootAnswer(self.pile_answer(ok));
        self.answer(core, question, body, out);
    }

    pub(super) fn say_qr_set(
        &mut self,
        core: &mut Core,
        question: Sequence,
        ok: bool,
        out: &mut Vec<Step>,
    ) {
        let body = Body::QrAnswer(self.pile_answer(ok));
        self.answer(core, question, body, out);
    }

    pub(super) fn say_balance_set(
        &mut self,
        core: &mut Core,
        question: Sequence,
        card: Card,
        result: BalanceResult,
        out: &mut Vec<Step>,
    ) {
        let answer = message::BalanceAnswer {
            pile_code: Ident(self.id),
            physical_card: message::CardOrNone(Some(Ident(card))),
            result,
        };
        self.answer(core, question, Body::BalanceAnswer(answer), out);
    }

    pub(super) fn say_cards_stored(
        &mut self,
        core: &mut Core,
        question: Sequence,
        reason: CardStoreFailure,
        out: &mut Vec<Step>,
    ) {
        let answer = message::CardsStored {
            pile_code: Ident(self.id),
            result: done(reason == CardStoreFailure::None),
            fail_reason: reason,
        };
        self.answer(core, question, Body::CardsStored(answer), out);
    }

    pub(super) fn say_cards_cleared(
        &mut self,
        core: &mut Core,
        question: Sequence,
        results: &[(Card, bool)],
        out: &mut Vec<Step>,
    ) {
        let cleared = |(card, cleared): &(Card, bool)| message::ClearedCard {
            physical_card: Ident(*card),
            flag: if *cleared {
                CardCleared::Yes
            } else {
                CardCleared::No
            },
            reason: if *cleared {
                CardClearReason::Cleared
            } else {
                CardClearReason::Format
            },
        };
        let answer = message::CardsCleared {
            pile_code: Ident(self.id),
            results: Tail(results.iter().map(cleared).collect()),
        };
        self.answer(core, question, Body::CardsCleared(answer), out);
    }

    pub(super) fn say_cards_found(
        &mut self,
        core: &mut Core,
        question: Sequence,
        results: &[(Card, bool)],
        out: &mut Vec<Step>,
    ) {
        let found = |(card, found): &(Card, bool)| message::FoundCard {
            physical_card: Ident(*card),
            exists: if *found {
                CardExists::Yes
            } else {
                CardExists::No
            },
        };
        let answer = message::CardsFound {
            pile_code: Ident(self.id),
            results: Tail(results.iter().map(found).collect()),
        };
        self.answer(core, question, Body::CardsFound(answer), out);
    }

    pub(super) fn say_time(
        &mut self,
        core: &mut Core,
        question: Sequence,
        civil: Timestamp,
        out: &mut Vec<Step>,
    ) {
        let clock = message::Clock {
            pile_code: Ident(self.id),
            time: Cp56Time::from(civil),
        };
        self.answer(core, question, Body::TimeAnswer(clock), out);
    }

    pub(super) fn say_updated(
        &mut self,
        core: &mut Core,
        question: Sequence,
        result: UpgradeResult,
        out: &mut Vec<Step>,
    ) {
        let answer = message::UpdateAnswer {
            pile_code: Ident(self.id),
            result,
        };
        self.answer(core, question, Body::UpdateAnswer(answer), out);
    }

    pub(super) fn say_lock_accepted(
        &mut self,
        core: &mut Core,
        question: Sequence,
        gun: u8,
        ok: bool,
        out: &mut Vec<Step>,
    ) {
        let answer = message::LockAnswer {
            pile_code: Ident(self.id),
            gun_no: gun,
            result: done(ok),
            reserved: Ident([0; 4]),
        };
        self.answer(core, question, Body::LockAnswer(answer), out);
    }
}

const fn done(ok: bool) -> Done {
    if ok { Done::Ok } else { Done::Failed }
}
