//! Money from a channel to the bank.

use crate::money::post;
use crate::payments::asset_of;
use crate::staff::Actor;
use crate::{App, AppError};
use channels::payment::ChannelName;
use domain::ledger::{Account, Asset, postings};
use kernel::Fen;
use serde_json::json;
use store::ledger::{self, LineFilter};
use store::{PageRequest, Tx};

/// Most that one payout brings.
const SUM_MAX: Fen = Fen(1_000_000_000_000);
/// Longest reference, in characters.
const REFERENCE_MAX: usize = 64;

/// A payout of a channel to the bank, as the bank's statement says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelPayout {
    /// Which channel.
    pub channel: ChannelName,
    /// How much arrived.
    pub amount: Fen,
    /// The bank's or the channel's own number of it: the same one again changes nothing.
    pub reference: String,
}

impl App {
    /// Writes down that a channel has paid out to the bank; what the channel and the bank account
    /// hold afterwards.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a sum or reference that cannot be, [`AppError::NotFound`] when
    /// the channel is not configured, [`AppError::Conflict`] when it holds less, or the reference
    /// stands for another sum.
    pub async fn channel_payout(
        &self,
        actor: &Actor,
        payout: &ChannelPayout,
    ) -> Result<(Fen, Fen), AppError> {
        check(payout)?;
        if self.outside.payments.by_name(payout.channel).is_none() {
            return Err(AppError::NotFound("channel"));
        }
        let asset = asset_of(payout.channel);
        let key = format!("{}:{}", payout.channel, payout.reference);
        let journal = postings::to_bank(&key, asset, payout.amount);
        let mut tx = self.db.begin().await?;
        if ledger::is_posted(tx.conn(), &journal.key).await? {
            if sum_of(&mut tx, &key).await? != Some(payout.amount) {
                return Err(AppError::Conflict("the reference stands for another sum"));
            }
        } else {
            let held = ledger::balance(tx.conn(), &Account::Asset(asset)).await?;
            if held < payout.amount {
                return Err(AppError::Conflict("the channel holds less than that"));
            }
            post(&mut tx, &[journal], &actor.name, self.now()).await?;
            let object = format!("channel:{}", payout.channel);
            let before = json!({"held_fen": held});
            let after = json!({
                "held_fen": held - payout.amount, "amount_fen": payout.amount,
                "reference": payout.reference,
            });
            let action = "reconcile.payout";
            self.audit_in(&mut tx, actor, action, &object, Some(before), Some(after))
                .await?;
        }
        let channel = ledger::balance(tx.conn(), &Account::Asset(asset)).await?;
        let bank = ledger::balance(tx.conn(), &Account::Asset(Asset::Bank)).await?;
        tx.commit().await?;
        Ok((channel, bank))
    }
}

/// What was posted under that reference.
async fn sum_of(tx: &mut Tx, key: &str) -> Result<Option<Fen>, AppError> {
    let filter = LineFilter {
        account: Some(Account::Asset(Asset::Bank).to_string()),
        event_type: Some("transfer".to_owned()),
        biz_no: Some(key.to_owned()),
        ..LineFilter::default()
    };
    let page = ledger::lines(tx.conn(), &filter, PageRequest::default()).await?;
    Ok(page.items.first().map(|line| line.amount_fen))
}

fn check(payout: &ChannelPayout) -> Result<(), AppError> {
    let invalid = |field: &str, problem: String| {
        Err(AppError::Invalid {
            field: field.to_owned(),
            problem,
        })
    };
    if payout.amount <= Fen::ZERO || payout.amount > SUM_MAX {
        return invalid("amount_fen", format!("must be 1 to {}", SUM_MAX.0));
    }
    let legal = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let length = payout.reference.chars().count();
    if length == 0 || length > REFERENCE_MAX || !payout.reference.chars().all(legal) {
        let problem = format!("must be 1 to {REFERENCE_MAX} letters, digits, dashes or dots");
        return invalid("reference", problem);
    }
    Ok(())
}
