//! A channel's bill of a day beside our books (对账).

use crate::text_enum::text_enum;
use kernel::{BasisPoints, Fen, Timestamp};
use std::collections::HashMap;

text_enum! {
    /// What moved.
    MovementKind {
        /// Money of a payer came.
        Payment = "payment",
        /// Money went back to a payer.
        Refund = "refund",
    }
}

text_enum! {
    /// How bill and books differ.
    Flaw {
        /// The bill has it; we know its number, and had not booked it.
        NotBooked = "not_booked",
        /// The bill has it under a number that is nobody's here.
        MissingHere = "missing_here",
        /// We have booked it, and the bill lacks it.
        MissingThere = "missing_there",
        /// Both have it with different amounts.
        AmountDiffers = "amount_differs",
        /// The channel keeps another fee than was agreed.
        FeeDiffers = "fee_differs",
        /// All lines considered, the sums of the day still differ.
        SumDiffers = "sum_differs",
    }
}

/// A line of a channel's bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// What it was.
    pub kind: MovementKind,
    /// Our number of it.
    pub document_no: String,
    /// The channel's number of it.
    pub channel_no: String,
    /// How much, never negative.
    pub amount: Fen,
    /// What the channel kept; negative where it gave fees back.
    pub fee: Fen,
    /// When.
    pub at: Timestamp,
}

/// A movement as we have booked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// What it was.
    pub kind: MovementKind,
    /// Our number of it.
    pub document_no: String,
    /// How much, never negative.
    pub amount: Fen,
}

/// What came of laying both side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Lines that agree.
    pub agreed: usize,
    /// Lines of the bill that are not booked.
    pub not_booked: Vec<Movement>,
    /// Lines of the bill with what we booked instead.
    pub differing: Vec<(Movement, Fen)>,
    /// What we booked and the bill lacks.
    pub missing_there: Vec<Booked>,
}

/// Lays the lines of a bill beside what is booked, by kind and number.
pub fn compare(theirs: &[Movement], ours: &[Booked]) -> Comparison {
    let mut booked: HashMap<(MovementKind, &str), &Booked> = ours
        .iter()
        .map(|booked| ((booked.kind, booked.document_no.as_str()), booked))
        .collect();
    let mut comparison = Comparison::default();
    for line in theirs {
        match booked.remove(&(line.kind, line.document_no.as_str())) {
            None => comparison.not_booked.push(line.clone()),
            Some(ours) if ours.amount == line.amount => comparison.agreed += 1,
            Some(ours) => comparison.differing.push((line.clone(), ours.amount)),
        }
    }
    let mut left: Vec<Booked> = booked.into_values().cloned().collect();
    left.sort_by(|one, other| one.document_no.cmp(&other.document_no));
    comparison.missing_there = left;
    comparison
}

/// What a day comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Movements.
    pub count: i64,
    /// What came in.
    pub inward: Fen,
    /// What went out.
    pub outward: Fen,
    /// What the channel kept.
    pub fee: Fen,
}

impl Totals {
    /// Of the lines of a bill.
    pub fn of(lines: &[Movement]) -> Self {
        let mut totals = Self::default();
        for line in lines {
            totals.count += 1;
            totals.fee = totals.fee + line.fee;
            match line.kind {
                MovementKind::Payment => totals.inward = totals.inward + line.amount,
                MovementKind::Refund => totals.outward = totals.outward + line.amount,
            }
        }
        totals
    }

    /// By how much the channel holds more for us afterwards.
    pub fn net(self) -> Fen {
        self.inward - self.outward - self.fee
    }
}

/// The fee that was agreed for a payment, to the nearest fen.
pub fn agreed_fee(amount: Fen, rate: BasisPoints) -> Fen {
    rate.of(amount)
}

/// Fees of a bill that names none, by the agreed rate. Refunds cost nothing and give nothing back.
pub fn with_agreed_fees(lines: &mut [Movement], rate: BasisPoints) {
    if rate <= BasisPoints::ZERO || lines.iter().any(|line| line.fee != Fen::ZERO) {
        return;
    }
    for line in lines {
        if line.kind == MovementKind::Payment {
            line.fee = agreed_fee(line.amount, rate);
        }
    }
}

/// Payments whose fee is off the agreed one by more than a fen, which rounding explains; with the
/// agreed fee. Nothing without an agreed rate.
pub fn odd_fees(lines: &[Movement], rate: BasisPoints) -> Vec<(Movement, Fen)> {
    if rate <= BasisPoints::ZERO {
        return Vec::new();
    }
    let payments = lines
        .iter()
        .filter(|line| line.kind == MovementKind::Payment);
    payments
        .map(|line| (line.clone(), agreed_fee(line.amount, rate)))
        .filter(|(line, agreed)| (line.fee.0 - agreed.0).abs() > 1)
        .collect()
}

#[cfg(test)]
mod tests;
