//! Balances in memory, by the rules that the database keeps.

use super::{Account, Journal, Side, Unbalanced};
use kernel::Fen;
use std::collections::{BTreeMap, HashSet};

/// All accounts and which journals have been posted.
#[derive(Clone, Debug, Default)]
pub struct Book {
    balances: BTreeMap<Account, Fen>,
    keys: HashSet<String>,
}

/// Why nothing was posted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Overdrawn {
    /// An account would fall below nothing.
    #[error("{account} holds {balance} only")]
    Account {
        /// Which one.
        account: Account,
        /// What it holds.
        balance: Fen,
    },
    /// The journal is none.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
}

impl Book {
    /// Posts a journal, once. False when its key is known.
    ///
    /// # Errors
    /// [`Overdrawn`], nothing having changed.
    pub fn post(&mut self, journal: &Journal) -> Result<bool, Overdrawn> {
        journal.check()?;
        if self.keys.contains(&journal.key) {
            return Ok(false);
        }
        let mut next = self.balances.clone();
        for line in &journal.lines {
            let balance = next.entry(line.account.clone()).or_default();
            *balance = *balance + line.effect();
        }
        let short = journal
            .lines
            .iter()
            .find(|line| !line.account.may_be_negative() && next[&line.account] < Fen::ZERO);
        if let Some(line) = short {
            return Err(Overdrawn::Account {
                account: line.account.clone(),
                balance: self.balance(&line.account),
            });
        }
        self.balances = next;
        self.keys.insert(journal.key.clone());
        Ok(true)
    }

    /// What an account holds, on its own side.
    pub fn balance(&self, account: &Account) -> Fen {
        self.balances.get(account).copied().unwrap_or_default()
    }

    /// The accounts that hold something, in the order of the chart.
    pub fn accounts(&self) -> impl Iterator<Item = (&Account, Fen)> {
        let held = self.balances.iter().map(|(account, fen)| (account, *fen));
        held.filter(|(_, fen)| *fen != Fen::ZERO)
    }

    /// Debits minus credits over all accounts: nothing.
    pub fn trial_balance(&self) -> Fen {
        self.accounts()
            .map(|(account, fen)| match account.kind().normal_side() {
                Side::Debit => fen,
                Side::Credit => -fen,
            })
            .sum()
    }
}
