//! What came of comparing a day, in one transaction.

use super::reconcile::{Findings, span};
use super::{DAY, object_of};
use crate::money::raise;
use crate::payments::asset_of;
use crate::{App, AppError};
use channels::payment::ChannelName;
use domain::alarm::AlarmCode;
use domain::day::Day;
use domain::reconcile::{Flaw, Movement, MovementKind, Totals};
use kernel::Fen;
use serde_json::json;
use store::alarms;
use store::reconciliations::{self, DifferenceRow, NewDifference, ReconciliationRow};

/// Differences that an alarm names.
const NAMED_MAX: usize = 10;

impl App {
    pub(super) async fn conclude_day(
        &self,
        name: ChannelName,
        day: Day,
        lines: &[Movement],
        mut findings: Findings,
        by: &str,
    ) -> Result<ReconciliationRow, AppError> {
        let now = self.now();
        let (channel, date) = (name.as_str(), day.to_string());
        let (from, until) = span(day);
        let totals = Totals::of(lines);
        let mut tx = self.db.begin().await?;
        // Who resolves differences of this day meanwhile, waits.
        let before = reconciliations::lock(tx.conn(), channel, &date).await?;
        let books = reconciliations::books_of(tx.conn(), asset_of(name), from, until).await?;
        let mut row = ReconciliationRow {
            channel: channel.to_owned(),
            day: date.clone(),
            begins_at: from,
            state: String::new(),
            their_count: totals.count,
            their_in_fen: totals.inward,
            their_out_fen: totals.outward,
            fee_fen: totals.fee,
            our_count: books.count,
            our_in_fen: books.in_fen,
            our_out_fen: books.out_fen,
            our_fee_fen: books.fee_fen,
            accepted_fen: Fen::ZERO,
            runs: 1,
            run_by: by.to_owned(),
            run_at: now,
        };
        if row.gap() != findings.explained {
            findings.add(
                NewDifference {
                    flaw: Flaw::SumDiffers,
                    kind: MovementKind::Payment,
                    document_no: String::new(),
                    channel_no: None,
                    their: totals.net(),
                    ours: totals.net() - row.gap(),
                    repaired: false,
                    note: None,
                },
                Fen::ZERO,
            );
        }
        for difference in &findings.differences {
            reconciliations::put_difference(tx.conn(), channel, &date, difference, now).await?;
        }
        let found = &findings.differences;
        reconciliations::forget_others(tx.conn(), channel, &date, found, now).await?;
        let open = reconciliations::open_of_day(tx.conn(), channel, &date).await?;
        if !open.is_empty() {
            "differs".clone_into(&mut row.state);
        } else if row.gap() != Fen::ZERO || before.is_some_and(|row| row.state == "resolved") {
            // All that differs was looked at before.
            "resolved".clone_into(&mut row.state);
            row.accepted_fen = row.gap();
        } else {
            "clean".clone_into(&mut row.state);
        }
        reconciliations::put(tx.conn(), &row).await?;
        let object = object_of(name, day);
        let code = AlarmCode::ReconcileDiff;
        if open.is_empty() {
            alarms::recover(tx.conn(), code.as_str(), DAY, &object, now).await?;
        } else {
            let details = json!({
                "channel": channel, "day": date, "open": open.len(), "gap_fen": row.gap(),
                "differences": named(&open),
            });
            raise(&mut tx, code, (DAY, &object), details, now).await?;
        }
        tx.commit().await?;
        self.reconciliation(channel, &date).await
    }
}

fn named(open: &[DifferenceRow]) -> Vec<serde_json::Value> {
    let shown = open.iter().take(NAMED_MAX);
    shown
        .map(|row| {
            json!({
                "flaw": row.flaw, "document_no": row.document_no,
                "their_fen": row.their_fen, "our_fen": row.our_fen,
            })
        })
        .collect()
}
