//! What an order has spent, by price kind: by its device's record when that adds up, else by the
//! reports that came while it charged.

use super::{Order, OrderSource};
use crate::pricing::Bill;
use crate::pricing::time_of_use::{self, BillSheet, ByKind, Split, read_split};
use device::{EndReport, TariffTable};
use kernel::{Energy, Fen};

/// Energy by price kind; its sum is the energy of the order.
pub(super) fn by_kind(order: &Order, table: &TariffTable) -> ByKind {
    if let Split::Good(kinds) = read_split(table, &order.device_split, order.energy) {
        return kinds;
    }
    match &order.by_slot {
        Some(slots) => time_of_use::by_kind(table, slots.slots()),
        None => ByKind::default(),
    }
}

/// Why a record cannot be billed by the time of the day without somebody's eye.
pub(super) fn doubt(order: &Order, reported_before: bool, report: &EndReport) -> Option<String> {
    let tariff = order.terms.tariff.as_ref()?;
    report.details.as_deref()?;
    match read_split(&tariff.table, &order.device_split, report.energy) {
        Split::Good(_) => None,
        Split::Unpriced => Some("energy of a price kind without a price".to_owned()),
        // Without a single report the spread over the day is a guess; it matters only where the
        // charge went over a change of prices.
        Split::None | Split::Contradicts if reported_before || report.energy <= Energy::ZERO => {
            None
        }
        Split::None | Split::Contradicts => {
            let slots = order.by_slot.as_ref()?;
            let kinds = time_of_use::by_kind(&tariff.table, slots.slots());
            let used = kinds
                .iter()
                .filter(|energy| **energy > Energy::ZERO)
                .count();
            (used > 1).then(|| "no account of the energy by time".to_owned())
        }
    }
}

/// Whether a record's own split contradicts its total.
pub(super) fn contradicts(order: &Order, report: &EndReport) -> bool {
    let (Some(tariff), Some(details)) = (&order.terms.tariff, &report.details) else {
        return false;
    };
    read_split(&tariff.table, &details.split, report.energy) == Split::Contradicts
}

/// The bill of a sheet. Third parties pay no more than they named; whoever else charges owes
/// what was delivered.
pub(super) fn limited(sheet: &BillSheet, order: &Order) -> Bill {
    let limit = order.amount.0.max(0);
    let gross = sheet.total();
    let capped = order.source == OrderSource::Third && limit > 0;
    let total = if capped { gross.min(Fen(limit)) } else { gross };
    let elec = sheet.elec_fen.min(total);
    Bill {
        total,
        elec,
        service: total - elec,
        refund: Fen((limit - total.0).max(0)),
    }
}
