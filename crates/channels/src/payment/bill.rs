use jiff::civil::Date;
use kernel::{Fen, Timestamp};

/// The date of a bill: year, month and day; none when there is no such date.
pub fn bill_date([year, month, day]: [u16; 3]) -> Option<Date> {
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

/// Which list of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BillKind {
    /// Payments and refunds with their fees (交易账单).
    Trade,
    /// Every movement of the merchant's account (资金账单), transfers among them.
    FundFlow,
}

/// A platform's list of one day. Its entries add up to the totals that it states: a list for which
/// they do not is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// The day, by the Shanghai calendar.
    pub date: Date,
    /// Which list.
    pub kind: BillKind,
    /// What happened, in the platform's order.
    pub entries: Vec<BillEntry>,
}

impl Bill {
    /// A day on which nothing happened.
    pub const fn empty(date: Date, kind: BillKind) -> Self {
        Self {
            date,
            kind,
            entries: Vec::new(),
        }
    }
}

/// One movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillEntry {
    /// What it was.
    pub kind: EntryKind,
    /// Whether money came or went.
    pub flow: Flow,
    /// Our number of the payment, refund or transfer; empty where the platform knows none.
    pub our_no: String,
    /// The platform's number of it.
    pub channel_no: String,
    /// How much, never negative.
    pub amount: Fen,
    /// What the platform keeps of it, to the nearest fen; negative when it gives fees back.
    pub fee: Fen,
    /// When.
    pub at: Timestamp,
}

/// What a movement was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A payment of a payer.
    Payment,
    /// A refund to a payer.
    Refund,
    /// A transfer to a person.
    Transfer,
    /// A fee of the platform.
    Fee,
    /// Anything else, such as a payout to the merchant's bank.
    Other,
}

/// The direction of money, seen from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// To us.
    In,
    /// From us.
    Out,
}
