//! A line of a channel's bill that is not booked: what is certain is booked now.

use super::reconcile::{Findings, about, effect};
use crate::money::post;
use crate::payments::asset_of;
use crate::{App, AppError};
use channels::payment::{
    ChannelName, Paid, PaymentMethod, PaymentState as Said, RefundState as RefundSaid,
};
use domain::ledger::postings;
use domain::payment::PaymentState;
use domain::reconcile::{Flaw, Movement, MovementKind};
use domain::refund::RefundState;
use kernel::Fen;
use store::payments::{self, PaymentRow};
use store::refunds;

impl App {
    pub(super) async fn repair(
        &self,
        name: ChannelName,
        line: &Movement,
        findings: &mut Findings,
    ) -> Result<(), AppError> {
        match line.kind {
            MovementKind::Payment => self.repair_payment(name, line, findings).await,
            MovementKind::Refund => self.repair_refund(line, findings).await,
        }
    }

    /// A payment that we hold as open is taken as paid, as if the channel had called. Money under
    /// another sum, or under a number that is nobody's, is there all the same: it waits in
    /// suspense.
    async fn repair_payment(
        &self,
        name: ChannelName,
        line: &Movement,
        findings: &mut Findings,
    ) -> Result<(), AppError> {
        let row = self.payment_at(name, &line.document_no).await?;
        let Some(row) = row else {
            let reference = format!("{name}:{}", line.channel_no);
            self.suspend(name, &reference, line).await?;
            let mut unknown = about(line, Flaw::MissingHere, Fen::ZERO);
            unknown.note = Some(format!("in suspense as {reference}"));
            findings.add(unknown, Fen::ZERO);
            return Ok(());
        };
        if row.amount != line.amount {
            self.suspend(name, &row.payment_no, line).await?;
            let mut other = about(line, Flaw::AmountDiffers, row.amount);
            other.note = Some(format!("in suspense as {}", row.payment_no));
            findings.add(other, Fen::ZERO);
            return Ok(());
        }
        if has_come(row.state) {
            // Booked, though not on this day, which the sums tell, or before days were kept.
            return Ok(());
        }
        let paid = Said::Paid(Paid {
            channel_no: line.channel_no.clone(),
            amount: line.amount,
            paid_at: line.at,
            payer: None,
        });
        self.payment_said(&row.payment_no, &paid, Some(name))
            .await?;
        let now = self.payment_at(name, &line.document_no).await?;
        let mut late = about(line, Flaw::NotBooked, Fen::ZERO);
        late.repaired = now.is_some_and(|row| has_come(row.state));
        let open = if late.repaired {
            Fen::ZERO
        } else {
            line.amount
        };
        findings.add(late, open);
        Ok(())
    }

    /// A refund that we hold as under way is taken as paid out. One that is nobody's is money that
    /// left without us: nothing is booked for it.
    async fn repair_refund(
        &self,
        line: &Movement,
        findings: &mut Findings,
    ) -> Result<(), AppError> {
        let effect = effect(line.kind, line.amount);
        let mut view = self.db.view().await?;
        let row = refunds::find(view.conn(), &line.document_no).await?;
        drop(view);
        let Some(row) = row else {
            findings.add(about(line, Flaw::MissingHere, Fen::ZERO), effect);
            return Ok(());
        };
        if row.amount != line.amount {
            findings.add(about(line, Flaw::AmountDiffers, row.amount), effect);
            return Ok(());
        }
        if row.state == RefundState::Success {
            return Ok(());
        }
        let said = RefundSaid::Success {
            channel_no: line.channel_no.clone(),
            amount: line.amount,
            at: Some(line.at),
        };
        self.refund_said(&row.refund_no, &said).await?;
        let mut view = self.db.view().await?;
        let now = refunds::find(view.conn(), &line.document_no).await?;
        drop(view);
        let mut late = about(line, Flaw::NotBooked, Fen::ZERO);
        late.repaired = now.is_some_and(|row| row.state == RefundState::Success);
        let open = if late.repaired { Fen::ZERO } else { effect };
        findings.add(late, open);
        Ok(())
    }

    /// A payment of that number, if that channel serves it.
    async fn payment_at(
        &self,
        name: ChannelName,
        payment_no: &str,
    ) -> Result<Option<PaymentRow>, AppError> {
        let mut view = self.db.view().await?;
        let row = payments::find(view.conn(), payment_no).await?;
        Ok(row.filter(|row| {
            let method = PaymentMethod::from_name(&row.channel);
            method.is_some_and(|method| method.channel() == name)
        }))
    }

    /// J21: the channel has it, and nobody knows what for.
    async fn suspend(
        &self,
        name: ChannelName,
        reference: &str,
        line: &Movement,
    ) -> Result<(), AppError> {
        let journal = postings::unmatched(reference, asset_of(name), line.amount)
            .at_channel(&line.document_no, line.at)
            .with_memo("by the channel's bill");
        let mut tx = self.db.begin().await?;
        post(&mut tx, &[journal], "channel", self.now()).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn has_come(state: PaymentState) -> bool {
    match state {
        PaymentState::Paid
        | PaymentState::PaidLate
        | PaymentState::PartRefunded
        | PaymentState::Refunded => true,
        PaymentState::Created | PaymentState::Paying | PaymentState::Closed => false,
    }
}
