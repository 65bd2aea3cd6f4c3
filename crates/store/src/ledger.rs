//! Journals and balances.
//!
//! [`post()`] writes journals and moves balances in the caller's transaction; [`lock`] holds the
//! accounts that a decision is made on until that transaction ends. Both take rows in the order
//! of their codes, so that no two transactions wait for each other.

mod party;
mod post;
mod read;
mod verify;

pub use party::{HeldLine, Ledgers, PartyFilter, PartyLine, party_lines, party_sums};
pub use post::{Posted, lock, post};
pub use read::{
    AccountRow, Debit, JournalRow, LineFilter, LineRow, Sums, balance, balances_of,
    balances_of_partners, debits_of, is_posted, journals_of, lines, sums,
};
pub use verify::{Finding, Report, sum_of_accounts, verify};
