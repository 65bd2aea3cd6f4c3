//! Price tables as piles take them (docs/protocols/infypower.md §6.9).

use super::cards::cents;
use super::outbox::{Expect, Shot};
use super::words::ANSWER_WAIT;
use crate::message::{Body, LvnengPrices, LvnengSlot, Period, PriceSlot, Prices};
use crate::traits;
use device::{CommandFault, Profile, Rate, TARIFF_SLOTS, TariffTable};
use kernel::Price;
use wire::{Field, Label, Sheet, Tail};

/// 0.00001 yuan in 0.0001 yuan.
const PRICE_PER_LVNENG: i64 = 10;

/// Whether a table fits: a pile has so many slots, and shows one price where we have two.
pub(crate) fn check(profile: &Profile, table: &TariffTable) -> Result<(), CommandFault> {
    if !table.is_complete() {
        return Err(CommandFault::OutOfRange {
            field: "tariff",
            problem: "must have 48 half hours that all name a rate".to_owned(),
        });
    }
    let room = traits::price_slots(profile);
    if room < TARIFF_SLOTS && periods(table).len() > room {
        return Err(CommandFault::OutOfRange {
            field: "tariff",
            problem: format!("has more than the {room} price periods that this pile can hold"),
        });
    }
    Ok(())
}

/// The frame that sets a table; none when it does not fit.
pub(super) fn shot(profile: &Profile, table: &TariffTable) -> Option<Shot> {
    check(profile, table).ok()?;
    let room = traits::price_slots(profile);
    let body: Body = if room == TARIFF_SLOTS {
        let slots = (0..TARIFF_SLOTS).map(|slot| lvneng_slot(table, slot));
        LvnengPrices {
            slots: Tail(slots.collect()),
        }
        .into()
    } else {
        let mut slots = periods(table);
        slots.resize(room, PriceSlot::default());
        Prices { slots: Tail(slots) }.into()
    };
    Some(Shot {
        cmd: 1103,
        body,
        seq: None,
        expect: Expect::Cmd(1104),
        wait: ANSWER_WAIT,
        tries: 1,
    })
}

/// Hour and minute at which a half hour begins.
fn clock(slot: usize) -> (u8, u8) {
    let hour = u8::try_from(slot / 2).unwrap_or(24);
    (hour, if slot.is_multiple_of(2) { 0 } else { 30 })
}

/// Neighbouring half hours of the same price are one period. The one price is the sum, because
/// no source shows where a pile would add a service fee.
fn periods(table: &TariffTable) -> Vec<PriceSlot> {
    let mut slots: Vec<PriceSlot> = Vec::new();
    for slot in 0..TARIFF_SLOTS {
        let rate = table.rate(slot).unwrap_or_default();
        let sum = Price(rate.electricity.0.saturating_add(rate.service.0));
        let price = u32::from(cents(sum));
        match slots.last_mut() {
            Some(last) if last.price == price => last.period.until = clock(slot + 1),
            _ => slots.push(PriceSlot {
                period: Period {
                    from: clock(slot),
                    until: clock(slot + 1),
                },
                price,
            }),
        }
    }
    slots
}

fn lvneng_slot(table: &TariffTable, slot: usize) -> LvnengSlot {
    let Rate {
        electricity,
        service,
    } = table.rate(slot).unwrap_or_default();
    let scaled = |price: Price| {
        let rounded = (price.0.max(0) + PRICE_PER_LVNENG / 2) / PRICE_PER_LVNENG;
        u32::try_from(rounded).unwrap_or(u32::MAX)
    };
    LvnengSlot {
        period: Period {
            from: clock(slot),
            // The day ends at 00:00.
            until: clock((slot + 1) % TARIFF_SLOTS),
        },
        electricity: scaled(electricity),
        service: scaled(service),
    }
}

/// A table that was read, as JSON.
pub(super) fn as_json(body: &Body) -> String {
    let mut sheet = Sheet::default();
    let label = Label::new("", "");
    match body {
        Body::Prices(table) => table.describe(label, &mut sheet),
        Body::LvnengPrices(table) => table.describe(label, &mut sheet),
        _ => {}
    }
    serde_json::Value::Object(sheet.object).to_string()
}

#[cfg(test)]
mod tests {
    use super::{clock, periods};
    use device::{Rate, TariffTable};
    use kernel::Price;

    #[test]
    fn neighbours_of_one_price_are_one_period() {
        let rate = |electricity, service| Rate {
            electricity: Price(electricity),
            service: Price(service),
        };
        let mut slots = vec![0; 48];
        slots[16..24].fill(1);
        slots[40..].fill(2);
        let table = TariffTable {
            model: 1,
            rates: vec![rate(35_000, 0), rate(80_000, 40_499), rate(30_000, 5_000)],
            slots,
        };
        let found = periods(&table);
        let seen: Vec<_> = found
            .iter()
            .map(|slot| (slot.period.from, slot.period.until, slot.price))
            .collect();
        assert_eq!(
            seen,
            [
                ((0, 0), (8, 0), 35),
                ((8, 0), (12, 0), 120),
                ((12, 0), (24, 0), 35),
            ],
            "different kinds of the same price are joined, 1.20499 is rounded"
        );
        assert_eq!(clock(48), (24, 0));
    }
}
