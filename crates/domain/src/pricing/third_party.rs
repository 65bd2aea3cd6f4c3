//! The bill of an order placed through the third-party API.
//!
//! With a price: energy × price, whatever ended the charge; time is only a stop condition.
//! Without one: pro rata of the amount by time (mode 1) or energy (mode 2); modes 3 and 4 cost
//! the whole amount. The amount, when there is one, is the limit of the bill.
//!
//! Split of the total: the service fee of mode `informational` is echoed, not billed, so the
//! whole bill is electricity. In the other two modes the sum is rounded once; electricity is
//! energy × price rounded by itself (never above the total) and service is the rest.

use super::Bill;
use crate::order::{Order, PriceTerms, ServiceFeeMode};
use device::ChargeMode;
use kernel::{Energy, Fen, Permille, div_half_up};

/// What the bill is made from.
#[derive(Clone, Copy, Debug)]
pub struct Usage<'a> {
    /// The prices agreed when the order was created.
    pub terms: &'a PriceTerms,
    /// What was to end the charge.
    pub mode: ChargeMode,
    /// Prepaid amount and limit of the bill; zero means no limit.
    pub amount: Fen,
    /// Paid time in seconds.
    pub planned_duration_s: Option<i64>,
    /// Paid energy.
    pub planned_energy: Option<Energy>,
    /// Seconds charged.
    pub duration_s: i64,
    /// Energy delivered.
    pub energy: Energy,
}

impl<'a> Usage<'a> {
    /// What an order used so far.
    pub const fn of(order: &'a Order) -> Self {
        Self {
            terms: &order.terms,
            mode: order.charge_mode,
            amount: order.amount,
            planned_duration_s: order.planned_duration_s,
            planned_energy: order.planned_energy,
            duration_s: order.duration_s,
            energy: order.energy,
        }
    }
}

/// The bill. Never negative, never above the amount.
pub fn bill(usage: &Usage<'_>) -> Bill {
    let (total, elec) = usage.terms.price_per_kwh.map_or_else(
        || {
            let share = share_of_amount(usage);
            (share, share)
        },
        |price| by_energy(usage, price),
    );
    let limit = usage.amount.0.max(0);
    let total = if limit > 0 {
        total.min(Fen(limit))
    } else {
        total
    };
    let elec = elec.min(total);
    Bill {
        total,
        elec,
        service: total - elec,
        refund: Fen((limit - total.0).max(0)),
    }
}

/// The energy that an amount buys at a price, rounded down to 0.01 kWh so that it never costs
/// more: 750 fen at 150 fen/kWh are 5.00 kWh. `None` without a price or an amount.
pub fn energy_for(amount: Fen, price_per_kwh: i64) -> Option<Energy> {
    if amount.0 <= 0 || price_per_kwh <= 0 {
        return None;
    }
    let centi_kwh = i128::from(amount.0) * 100 / i128::from(price_per_kwh);
    let bounded = i64::try_from(centi_kwh).unwrap_or(ENERGY_MAX);
    Some(Energy::from_centi_kwh(bounded.min(ENERGY_MAX)))
}

/// Total and electricity part of energy × price.
fn by_energy(usage: &Usage<'_>, price: i64) -> (Fen, Fen) {
    let centi_kwh = i128::from(usage.energy.centi_kwh().clamp(0, ENERGY_MAX));
    let price = i128::from(price.clamp(0, PRICE_MAX));
    let Permille(fee) = usage.terms.service_fee.unwrap_or_default();
    let fee = i128::from(fee.max(0));
    let elec = to_fen(div_half_up(centi_kwh * price, 100));
    let total = match usage.terms.service_fee_mode {
        ServiceFeeMode::Informational => elec,
        ServiceFeeMode::PermilleOnTop => {
            to_fen(div_half_up(centi_kwh * price * (1000 + fee), 100 * 1000))
        }
        ServiceFeeMode::FenPerKwhOnTop => {
            to_fen(div_half_up(centi_kwh * (price * 10 + fee), 100 * 10))
        }
    };
    (total, elec)
}

/// The part of the amount that was used, for orders without a price.
fn share_of_amount(usage: &Usage<'_>) -> Fen {
    let amount = i128::from(usage.amount.0.max(0));
    let share = |used: i64, planned: Option<i64>| match planned {
        Some(planned) if planned > 0 => {
            div_half_up(amount * i128::from(used.max(0)), i128::from(planned))
        }
        _ => amount,
    };
    let fen = match usage.mode {
        ChargeMode::Time => share(usage.duration_s, usage.planned_duration_s),
        ChargeMode::Energy => share(usage.energy.0, usage.planned_energy.map(|e| e.0)),
        // A session that delivered nothing at all costs nothing, also where the whole amount
        // is the price.
        ChargeMode::Power | ChargeMode::Full if usage.duration_s <= 0 && usage.energy.0 <= 0 => 0,
        ChargeMode::Power | ChargeMode::Full => amount,
    };
    to_fen(fen)
}

/// Largest energy that is billed, in 0.01 kWh: far beyond any meter, keeps products in range.
const ENERGY_MAX: i64 = 1_000_000_000_000;

/// Largest price that is billed, in fen per kWh.
const PRICE_MAX: i64 = 1_000_000_000;

/// Largest bill that is representable with room for sums: 10¹⁵ fen.
const BILL_MAX: i64 = 1_000_000_000_000_000;

fn to_fen(value: i128) -> Fen {
    Fen(i64::try_from(value).unwrap_or(BILL_MAX).clamp(0, BILL_MAX))
}

#[cfg(test)]
mod tests;
