//! One day of one channel.

use super::lines::movements;
use crate::money::post;
use crate::payments::asset_of;
use crate::{App, AppError};
use channels::payment::{BillKind, ChannelName, bill_date};
use domain::day::Day;
use domain::ledger::{Asset, postings};
use domain::reconcile::{
    Booked, Comparison, Flaw, Movement, MovementKind, compare, odd_fees, with_agreed_fees,
};
use kernel::{Fen, Timestamp};
use store::reconciliations::{self, NewDifference, ReconciliationRow};
use tracing::{info, warn};

/// Fees of one transaction.
const FEES_AT_ONCE: usize = 200;

/// What was found on the way: the differences, and by how much they let the statement be above the
/// books.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) differences: Vec<NewDifference>,
    pub(super) explained: Fen,
}

impl Findings {
    /// A difference about a line, which lets the statement be above the books by so much.
    pub(super) fn add(&mut self, difference: NewDifference, explains: Fen) {
        self.differences.push(difference);
        self.explained = self.explained + explains;
    }
}

/// What a movement does to what the channel holds for us.
pub(super) fn effect(kind: MovementKind, amount: Fen) -> Fen {
    match kind {
        MovementKind::Payment => amount,
        MovementKind::Refund => -amount,
    }
}

/// A difference about a line of the bill.
pub(super) fn about(line: &Movement, flaw: Flaw, ours: Fen) -> NewDifference {
    NewDifference {
        flaw,
        kind: line.kind,
        document_no: line.document_no.clone(),
        channel_no: Some(line.channel_no.clone()),
        their: line.amount,
        ours,
        repaired: false,
        note: None,
    }
}

impl App {
    /// Compares a day with the channel's own bill of it, line by line and in sum, repairs what is
    /// certain, posts the fees, and writes down what differs. A day that is compared again changes
    /// nothing that was right.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the channel is not configured, [`AppError::Conflict`] when the
    /// day is not over or its bill cannot be had.
    pub async fn reconcile(
        &self,
        name: ChannelName,
        day: Day,
        by: &str,
    ) -> Result<ReconciliationRow, AppError> {
        let channel = self.outside.payments.by_name(name);
        let channel = channel.ok_or(AppError::NotFound("channel"))?;
        if day >= Day::of(self.now()) {
            return Err(AppError::Conflict("the day is not over"));
        }
        let date = bill_date(day.civil()).ok_or(AppError::NotFound("day"))?;
        let bill = channel.download_bill(date, BillKind::Trade).await;
        let bill = bill.map_err(|error| {
            warn!(channel = %name, %day, %error, "the bill of a day cannot be had");
            AppError::Conflict("the channel's bill of that day cannot be had yet")
        })?;
        let mut lines = movements(&bill);
        let rate = self.money_rules().channel_fee;
        let mut findings = Findings::default();
        if lines.iter().any(|line| line.fee != Fen::ZERO) {
            for (line, agreed) in odd_fees(&lines, rate) {
                let mut odd = about(&line, Flaw::FeeDiffers, agreed);
                odd.their = line.fee;
                findings.add(odd, Fen::ZERO);
            }
        }
        with_agreed_fees(&mut lines, rate);
        let asset = asset_of(name);
        let Comparison {
            not_booked,
            differing,
            missing_there,
            ..
        } = self.laid_beside(asset, day, &lines).await?;
        for line in &not_booked {
            self.repair(name, line, &mut findings).await?;
        }
        for (line, ours) in differing {
            let explains = effect(line.kind, line.amount - ours);
            findings.add(about(&line, Flaw::AmountDiffers, ours), explains);
        }
        for booked in missing_there {
            let explains = -effect(booked.kind, booked.amount);
            let lost = NewDifference {
                flaw: Flaw::MissingThere,
                kind: booked.kind,
                document_no: booked.document_no,
                channel_no: None,
                their: Fen::ZERO,
                ours: booked.amount,
                repaired: false,
                note: None,
            };
            findings.add(lost, explains);
        }
        self.post_fees(asset, &lines).await?;
        let row = self.conclude_day(name, day, &lines, findings, by).await?;
        info!(channel = %name, %day, state = row.state, lines = lines.len(), by, "day compared");
        Ok(row)
    }

    async fn laid_beside(
        &self,
        asset: Asset,
        day: Day,
        lines: &[Movement],
    ) -> Result<Comparison, AppError> {
        let mut view = self.db.view().await?;
        let (from, until) = span(day);
        let rows = reconciliations::booked(view.conn(), asset, from, until).await?;
        drop(view);
        let ours: Vec<Booked> = rows
            .into_iter()
            .map(|row| Booked {
                kind: if row.amount_fen < Fen::ZERO {
                    MovementKind::Refund
                } else {
                    MovementKind::Payment
                },
                document_no: row.document_no,
                amount: Fen(row.amount_fen.0.abs()),
            })
            .collect();
        Ok(compare(lines, &ours))
    }

    /// J2, once by each number.
    async fn post_fees(&self, asset: Asset, lines: &[Movement]) -> Result<(), AppError> {
        let journals: Vec<_> = lines
            .iter()
            .filter(|line| line.fee != Fen::ZERO)
            .map(|line| {
                postings::channel_fee(&line.document_no, asset, line.fee)
                    .at_channel(&line.document_no, line.at)
            })
            .collect();
        for some in journals.chunks(FEES_AT_ONCE) {
            let mut tx = self.db.begin().await?;
            post(&mut tx, some, "channel", self.now()).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// A day's first instant, and that of the next.
pub(super) fn span(day: Day) -> (Timestamp, Timestamp) {
    (day.begins(), day.next().begins())
}
