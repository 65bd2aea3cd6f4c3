//! The billing model: which one the pile holds, and giving it the right one.

use super::pile::Pile;
use super::receipts::Reply;
use crate::codes;
use crate::frame::{Frame, Sequence};
use crate::message::{BillingModel, Body, ModelCheck, ModelCheckAnswer, ModelCode};
use crate::value::{PileCode, Slots};
use device::{Event, Output, Rate, TARIFF_SLOTS, TariffTable};
use kernel::Timestamp;

/// Kinds of half hours that a model has: sharp, peak, flat, valley.
const KINDS: usize = 4;

impl Pile {
    pub(super) fn model_check(
        &mut self,
        check: &ModelCheck,
        frame: &Frame<'_>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let model = Some(number_of(check.model_code).unwrap_or(0));
        let reply = Reply::ModelCheck(check.model_code);
        self.ask(Event::TariffAsked { model }, reply, frame, None, now, out);
    }

    pub(super) fn model_request(&mut self, frame: &Frame<'_>, now: Timestamp, out: &mut Output) {
        let asked = Event::TariffAsked { model: None };
        self.ask(asked, Reply::ModelRequest, frame, None, now, out);
    }

    /// The same or different. A pile without prices hears "different": it must not charge by
    /// those that it has.
    pub(super) fn answer_check(
        &self,
        held: ModelCode,
        table: Option<&TariffTable>,
        sequence: Sequence,
        out: &mut Output,
    ) {
        let same = table.is_some_and(|table| number_of(held) == Some(table.model));
        let answer = ModelCheckAnswer {
            pile_code: self.code,
            model_code: held,
            result: if same {
                codes::ModelCheck::Same
            } else {
                codes::ModelCheck::Different
            },
        };
        self.reply(Body::ModelCheckAnswer(answer), sequence, out);
    }

    /// The prices. Without any that it could be given the pile hears nothing and stays locked,
    /// which is right; the platform, which has none for it, tells somebody.
    pub(super) fn answer_request(
        &self,
        table: Option<&TariffTable>,
        sequence: Sequence,
        out: &mut Output,
    ) {
        if let Some(model) = table.and_then(|table| model(self.code, table)) {
            self.reply(Body::ModelAnswer(Box::new(model)), sequence, out);
        }
    }
}

/// The number of a model code; none when it is not decimal.
fn number_of(code: ModelCode) -> Option<u16> {
    code.is_decimal()
        .then(|| code.to_string().parse().ok())
        .flatten()
}

/// A table as a frame; none for an incomplete one. There is no published form with five kinds:
/// deep valley goes to the pile as valley, and the platform's bill tells them apart.
pub(crate) fn model(pile_code: PileCode, table: &TariffTable) -> Option<BillingModel> {
    if !table.is_complete() {
        return None;
    }
    let table = table.folded(KINDS);
    // Kinds that no half hour has take the last price: none is free by accident.
    let last = table.rates.last().copied()?;
    let rate = |kind: usize| table.rates.get(kind).copied().unwrap_or(last);
    let price = |price: kernel::Price| u32::try_from(price.0).ok();
    let prices = |kind: usize| {
        let Rate {
            electricity,
            service,
        } = rate(kind);
        Some((price(electricity)?, price(service)?))
    };
    let (sharp_energy_price, sharp_service_price) = prices(0)?;
    let (peak_energy_price, peak_service_price) = prices(1)?;
    let (flat_energy_price, flat_service_price) = prices(2)?;
    let (valley_energy_price, valley_service_price) = prices(3)?;
    let slots: [u8; TARIFF_SLOTS] = table.slots.as_slice().try_into().ok()?;
    Some(BillingModel {
        pile_code,
        model_code: ModelCode::padded(&table.model.to_string())?,
        sharp_energy_price,
        sharp_service_price,
        peak_energy_price,
        peak_service_price,
        flat_energy_price,
        flat_service_price,
        valley_energy_price,
        valley_service_price,
        loss_ratio: 0,
        slots: Slots(slots),
    })
}
