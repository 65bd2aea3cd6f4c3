//! Transfers in the books.

use super::{Books, Event, TransferOutcome, milliseconds, not_found, refused};
use crate::payment::bill::{BillEntry, EntryKind, Flow};
use crate::payment::callback::Callback;
use crate::payment::error::ChannelError;
use crate::payment::mock::script::{Confirmation, Script, TransferCourse};
use crate::payment::transfer::{Transfer, TransferState};
use kernel::{Fen, Timestamp};

#[derive(Debug)]
pub(super) struct TransferRecord {
    amount: Fen,
    payee: String,
    notify_url: Option<String>,
    channel_no: String,
    state: TransferState,
    course: TransferCourse,
}

impl Books {
    pub(in super::super) fn transfer(
        &mut self,
        transfer: &Transfer,
        script: &Script,
        now: Timestamp,
    ) -> Result<TransferState, ChannelError> {
        let transfer_no = &transfer.transfer_no;
        if let Some(known) = self.transfers.get(transfer_no) {
            if known.amount == transfer.amount && known.payee == transfer.payee {
                return Ok(known.state.clone());
            }
            return Err(refused("ALREADY_EXISTS"));
        }
        let course = script.transfers;
        let channel_no = self.new_channel_no();
        let state = match course.confirmation {
            Confirmation::NotNeeded => TransferState::Processing,
            Confirmation::Waits | Confirmation::Comes { .. } => TransferState::WaitUserConfirm {
                package_info: Some(format!("confirm-{channel_no}")),
            },
        };
        self.transfers.add(
            transfer_no,
            TransferRecord {
                amount: transfer.amount,
                payee: transfer.payee.clone(),
                notify_url: transfer.notify_url.clone(),
                channel_no,
                state,
                course,
            },
        );
        match course.confirmation {
            Confirmation::NotNeeded => self.begin_transfer(transfer_no, script, now)?,
            Confirmation::Comes { after_ms } => {
                let transfer_no = transfer_no.clone();
                self.plan(
                    now + milliseconds(after_ms),
                    Event::PayeeConfirms { transfer_no },
                );
            }
            Confirmation::Waits => {}
        }
        Ok(self.transfer_state(transfer_no))
    }

    pub(in super::super) fn transfer_state(&self, transfer_no: &str) -> TransferState {
        let transfer = self.transfers.get(transfer_no);
        transfer.map_or(TransferState::NotFound, |transfer| transfer.state.clone())
    }

    pub(in super::super) fn confirm(
        &mut self,
        transfer_no: &str,
        script: &Script,
        at: Timestamp,
    ) -> Result<(), ChannelError> {
        let transfer = self.transfers.get_mut(transfer_no).ok_or_else(not_found)?;
        if !matches!(transfer.state, TransferState::WaitUserConfirm { .. }) {
            return Err(refused("NOT_WAITING"));
        }
        transfer.state = TransferState::Processing;
        self.begin_transfer(transfer_no, script, at)
    }

    fn begin_transfer(
        &mut self,
        transfer_no: &str,
        script: &Script,
        at: Timestamp,
    ) -> Result<(), ChannelError> {
        let transfer = self.transfers.get(transfer_no).ok_or_else(not_found)?;
        let after_ms = transfer.course.after_ms;
        if after_ms == 0 {
            return self.end_transfer(transfer_no, script, at);
        }
        let transfer_no = transfer_no.to_owned();
        self.plan(
            at + milliseconds(after_ms),
            Event::TransferEnds { transfer_no },
        );
        Ok(())
    }

    pub(super) fn end_transfer(
        &mut self,
        transfer_no: &str,
        script: &Script,
        at: Timestamp,
    ) -> Result<(), ChannelError> {
        let transfer = self.transfers.get_mut(transfer_no).ok_or_else(not_found)?;
        let (amount, channel_no) = (transfer.amount, transfer.channel_no.clone());
        let outcome = transfer.course.outcome;
        transfer.state = match outcome {
            TransferOutcome::Success => TransferState::Success {
                channel_no: channel_no.clone(),
                amount: Some(amount),
                at: Some(at),
            },
            TransferOutcome::Failed => TransferState::Failed {
                reason: "the script says so".to_owned(),
            },
        };
        if outcome == TransferOutcome::Success {
            self.enter(BillEntry {
                kind: EntryKind::Transfer,
                flow: Flow::Out,
                our_no: transfer_no.to_owned(),
                channel_no,
                amount,
                fee: Fen::ZERO,
                at,
            });
        }
        self.tell_transfer(transfer_no, script, at);
        Ok(())
    }

    pub(in super::super) fn cancel_transfer(
        &mut self,
        transfer_no: &str,
        script: &Script,
        now: Timestamp,
    ) -> Result<TransferState, ChannelError> {
        let transfer = self.transfers.get_mut(transfer_no).ok_or_else(not_found)?;
        match transfer.state {
            TransferState::WaitUserConfirm { .. } => transfer.state = TransferState::Cancelled,
            TransferState::Cancelled => return Ok(TransferState::Cancelled),
            _ => return Err(refused("NOT_WAITING")),
        }
        self.tell_transfer(transfer_no, script, now);
        Ok(TransferState::Cancelled)
    }

    fn tell_transfer(&mut self, transfer_no: &str, script: &Script, at: Timestamp) {
        if let Some(transfer) = self.transfers.get(transfer_no) {
            let callback = Callback::Transfer {
                transfer_no: transfer_no.to_owned(),
                state: transfer.state.clone(),
            };
            let url = transfer.notify_url.clone();
            self.notify(script.callbacks, at, url.as_deref(), &callback);
        }
    }
}
