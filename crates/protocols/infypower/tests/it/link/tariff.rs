//! Price tables: pushed, refused, read.

use super::commands::data;
use super::{ORDER, Rig, charging, sealed};
use device::{Command, Event, Rate, TariffTable};
use infypower::codes::{CommandResult, StartStrategy};
use infypower::message::{Body, PricesAnswer};
use kernel::Price;
use std::time::Duration;

pub(super) fn table() -> TariffTable {
    let rate = |electricity, service| Rate {
        electricity: Price(electricity),
        service: Price(service),
    };
    let mut slots = vec![0; 48];
    slots[16..24].fill(1);
    TariffTable {
        model: 7,
        rates: vec![rate(35_000, 0), rate(80_000, 40_000)],
        slots,
    }
}

#[test]
fn prices_are_pushed_and_remembered() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::PushTariff(table()));
    let Body::Prices(sent) = rig.last(1103) else {
        panic!("a price table");
    };
    let used: Vec<_> = sent
        .slots
        .0
        .iter()
        .take(4)
        .map(|slot| (slot.period.from, slot.price))
        .collect();
    assert_eq!(
        used,
        [((0, 0), 35), ((8, 0), 120), ((12, 0), 35), ((0, 0), 0)]
    );
    assert_eq!(rig.last_length(1103), 96);
    rig.hear(&sealed(
        1104,
        PricesAnswer {
            result: CommandResult::Success,
        },
    ));
    assert!(rig.is_accepted(id));
    assert_eq!(learnt(&rig), Some(table().model.to_string()));
}

fn learnt(rig: &Rig) -> Option<String> {
    rig.find(|event| match event {
        Event::Learnt {
            key: "prices",
            value,
        } => Some(value.clone()),
        _ => None,
    })
}

fn answered(result: CommandResult) -> Vec<u8> {
    sealed(1104, PricesAnswer { result })
}

/// How a charge for 50 yuan would be started now.
fn strategy(rig: &mut Rig) -> StartStrategy {
    let mut plan = super::plan(2);
    plan.amount = kernel::Fen(5000);
    plan.price_model = Some(table().model);
    rig.command(Command::StartCharge(plan));
    match rig.last(7) {
        Body::Start(start) => start.strategy,
        other => panic!("{other:?}"),
    }
}

/// A pile that holds our prices.
fn priced() -> Rig {
    let mut rig = Rig::ready();
    rig.command(Command::PushTariff(table()));
    rig.hear(&answered(CommandResult::Success));
    rig.forget();
    rig
}

#[test]
fn a_money_limit_needs_the_prices_that_were_wanted_last() {
    assert_eq!(strategy(&mut priced()), StartStrategy::Amount);

    let mut refused = priced();
    refused.command(Command::PushTariff(table()));
    refused.hear(&answered(CommandResult::Failed));
    assert_eq!(strategy(&mut refused), StartStrategy::Full);

    let mut lapsed = priced();
    lapsed.command(Command::PushTariff(table()));
    lapsed.wait(Duration::from_secs(11));
    assert_eq!(strategy(&mut lapsed), StartStrategy::Full);

    let mut busy = priced();
    busy.hear(&sealed(104, charging(1, ORDER, 1, 0)));
    let id = busy.command(Command::PushTariff(table()));
    busy.refusal(id);
    assert_eq!(strategy(&mut busy), StartStrategy::Full);

    let mut many = table();
    for (slot, kind) in many.slots.iter_mut().enumerate() {
        *kind = u8::from(slot % 2 == 1);
    }
    let mut narrow = priced();
    let id = narrow.command(Command::PushTariff(many));
    narrow.refusal(id);
    assert_eq!(strategy(&mut narrow), StartStrategy::Full);
}

#[test]
fn an_answer_to_the_last_but_one_table_does_not_count() {
    let mut rig = priced();
    rig.command(Command::PushTariff(table()));
    rig.command(Command::PushTariff(table()));
    rig.hear(&answered(CommandResult::Success));
    assert_eq!(learnt(&rig).as_deref(), Some("wanted"));
    rig.hear(&answered(CommandResult::Success));
    assert_eq!(learnt(&rig), Some(table().model.to_string()));
}

#[test]
fn prices_have_the_slots_of_the_pile() {
    for (slots, length) in [("6", 48), ("12", 96), ("48", 576)] {
        let mut rig = Rig::pinned(&[("price_slots", slots)]);
        rig.command(Command::PushTariff(table()));
        assert_eq!(rig.last_length(1103), length);
    }
    let mut many = table();
    for (slot, kind) in many.slots.iter_mut().enumerate() {
        *kind = u8::from(slot % 2 == 1);
    }
    let mut rig = Rig::ready();
    let id = rig.command(Command::PushTariff(many.clone()));
    assert!(rig.refusal(id).text.contains("12 price periods"));
    let mut rig = Rig::pinned(&[("dialect", "lvneng-3.4")]);
    rig.command(Command::PushTariff(many));
    let Body::LvnengPrices(sent) = rig.last(1103) else {
        panic!("a price table");
    };
    let last = sent.slots.0[47];
    assert_eq!(
        (last.period.until, last.electricity, last.service),
        ((0, 0), 8000, 4000)
    );
}

#[test]
fn a_refused_table_is_refused_and_none_is_sent_while_a_gun_charges() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::PushTariff(table()));
    rig.hear(&sealed(
        1104,
        PricesAnswer {
            result: CommandResult::Failed,
        },
    ));
    assert_eq!(rig.refusal(id).code, Some(1));
    rig.hear(&sealed(104, charging(1, ORDER, 1, 0)));
    let id = rig.command(Command::PushTariff(table()));
    assert_eq!(rig.refusal(id).text, "a gun of this pile charges");
}

#[test]
fn prices_are_read() {
    let mut rig = Rig::ready();
    let id = rig.command(Command::QueryTariff);
    assert_eq!(rig.last_length(1101), 0);
    let mut body = vec![0; 96];
    body[..8].copy_from_slice(&[0, 0, 24, 0, 120, 0, 0, 0]);
    rig.hear(&super::raw(1102, &body));
    assert!(data(&rig, id).starts_with("{\"slots\":[[\"00:00\",\"24:00\",\"1.20\"]"));
}
