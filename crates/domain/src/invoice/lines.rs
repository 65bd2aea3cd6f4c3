use super::tax::split_tax;
use crate::fault::FieldFault;
use crate::promotion::Parts;
use crate::text_enum::text_enum;
use kernel::{BasisPoints, Energy, Fen, div_half_up};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Digits of a tax classification code.
const TAX_CODE_DIGITS: usize = 19;
/// Longest name of a line.
const NAME_MAX: usize = 100;
/// Decimals of quantities and prices.
const DECIMALS: i128 = 100_000_000;

/// What is printed on a line, and how it is taxed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceItem {
    /// `*供电*充电电费` and the like.
    pub name: String,
    /// Tax classification code, 19 digits.
    pub tax_code: String,
    /// Tax rate.
    pub rate_bp: BasisPoints,
}

impl InvoiceItem {
    fn check(&self) -> Result<(), FieldFault> {
        let name = (1..=NAME_MAX).contains(&self.name.trim().chars().count());
        let problem = format!("must have 1 to {NAME_MAX} characters");
        FieldFault::unless(name, "name", problem)?;
        let code = self.tax_code.len() == TAX_CODE_DIGITS
            && self.tax_code.bytes().all(|byte| byte.is_ascii_digit());
        let problem = format!("must be {TAX_CODE_DIGITS} digits");
        FieldFault::unless(code, "tax_code", problem)?;
        FieldFault::unless(self.rate_bp.is_share(), "rate_bp", "must be 0 to 10000")
    }
}

/// Which lines an invoice has. Stored as `{"layout":"two","elec":{…},"service":{…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "layout", rename_all = "snake_case", deny_unknown_fields)]
pub enum LineLayout {
    /// Electricity and service.
    Two {
        /// The electricity.
        elec: InvoiceItem,
        /// The service.
        service: InvoiceItem,
    },
    /// Everything on one line.
    One {
        /// The charge.
        charge: InvoiceItem,
    },
}

text_enum! {
    /// Unit of a line.
    Unit {
        /// Energy.
        Kwh = "kWh",
        /// A charge.
        Times = "次",
    }
}

/// Kind of a line, by the code of tax gateways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// An ordinary one. Ours all are: what was not paid in cash is not invoiced at all.
    Normal,
    /// A discount on the line before.
    Discount,
    /// A line with a discount behind it.
    Discounted,
}

impl LineKind {
    /// The code.
    pub const fn code(self) -> i16 {
        match self {
            Self::Normal => 0,
            Self::Discount => 1,
            Self::Discounted => 2,
        }
    }

    /// From the code.
    pub const fn from_code(code: i16) -> Option<Self> {
        match code {
            0 => Some(Self::Normal),
            1 => Some(Self::Discount),
            2 => Some(Self::Discounted),
            _ => None,
        }
    }
}

/// A quantity in 0.00000001 of its unit. Written with as many decimals as it needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantity(pub i64);

/// Price of a unit without tax in 0.00000001 yuan. Written with as many decimals as it needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitPrice(pub i64);

impl Quantity {
    fn of_energy(energy: Energy) -> Self {
        Self(energy.0.saturating_mul(10_000))
    }

    fn of_count(count: i64) -> Self {
        Self(count.saturating_mul(100_000_000))
    }

    /// What one unit costs when all of it costs `net`; nothing when there is nothing.
    fn unit_price(self, net: Fen) -> UnitPrice {
        if self.0 <= 0 {
            return UnitPrice(0);
        }
        let scaled = i128::from(net.0) * (DECIMALS / 100) * DECIMALS;
        let price = div_half_up(scaled, i128::from(self.0));
        UnitPrice(i64::try_from(price).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(self.0, f)
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(self.0, f)
    }
}

fn write_decimal(value: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if value < 0 { "-" } else { "" };
    let size = value.unsigned_abs();
    let text = format!("{sign}{}.{:08}", size / 100_000_000, size % 100_000_000);
    f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
}

/// A line of an invoice. `net + tax` is what it costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What is printed, and how it is taxed.
    pub item: InvoiceItem,
    /// Of what.
    pub unit: Unit,
    /// How much.
    pub quantity: Quantity,
    /// What a unit costs, without tax.
    pub unit_price: UnitPrice,
    /// What it costs without tax.
    pub net: Fen,
    /// The tax.
    pub tax: Fen,
    /// Which kind.
    pub kind: LineKind,
}

impl Line {
    fn new(item: &InvoiceItem, unit: Unit, quantity: Quantity, gross: Fen) -> Self {
        let split = split_tax(gross, item.rate_bp);
        Self {
            item: item.clone(),
            unit,
            quantity,
            unit_price: quantity.unit_price(split.net),
            net: split.net,
            tax: split.tax,
            kind: LineKind::Normal,
        }
    }

    /// What it costs.
    pub fn gross(&self) -> Fen {
        self.net + self.tax
    }

    /// The line of the red invoice that takes it back: the same price, everything else negative.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self {
            quantity: Quantity(-self.quantity.0),
            net: -self.net,
            tax: -self.tax,
            ..self.clone()
        }
    }
}

impl LineLayout {
    /// Checks it before it is stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        match self {
            Self::Two { elec, service } => {
                elec.check().map_err(|fault| fault.within("elec"))?;
                service.check().map_err(|fault| fault.within("service"))
            }
            Self::One { charge } => charge.check().map_err(|fault| fault.within("charge")),
        }
    }

    /// The lines of so much cash, energy and so many orders; what costs nothing has no line.
    pub(super) fn lines(&self, cash: Parts, energy: Energy, orders: i64) -> Vec<Line> {
        let by_energy = |item: &InvoiceItem, gross| {
            if energy > Energy::ZERO {
                Line::new(item, Unit::Kwh, Quantity::of_energy(energy), gross)
            } else {
                Line::new(item, Unit::Times, Quantity::of_count(orders), gross)
            }
        };
        let by_count =
            |item, gross| Line::new(item, Unit::Times, Quantity::of_count(orders), gross);
        let lines = match self {
            Self::Two { elec, service } => {
                vec![by_energy(elec, cash.elec), by_count(service, cash.service)]
            }
            Self::One { charge } => vec![by_energy(charge, cash.total())],
        };
        let costs = |line: &Line| line.gross() > Fen::ZERO;
        lines.into_iter().filter(costs).collect()
    }
}
