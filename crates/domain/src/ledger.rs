//! Double entry: every movement of money is a [`Journal`] whose debits and credits are equal.
//!
//! [`Account`] is the chart of accounts, [`postings`] says what each event of business posts, and
//! [`Book`] keeps balances in memory, by the same rules as the database.

mod account;
mod book;
mod journal;
pub mod postings;

pub use account::{
    Account, AccountKind, Asset, Expense, Income, MemberPurse, PartyPurse, Purse, UnknownAccount,
};
pub use book::{Book, Overdrawn};
pub use journal::{Journal, JournalKind, Line, Moved, Side, Unbalanced};

#[cfg(test)]
mod tests;
