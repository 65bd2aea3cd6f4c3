//! What happened at the mock, and what is going to.

mod transfers;

use super::script::{CallbackHabit, Payer, RefundOutcome, Script, TransferOutcome};
use super::table::Table;
use crate::payment::bill::{Bill, BillEntry, BillKind, EntryKind, Flow};
use crate::payment::callback::Callback;
use crate::payment::error::ChannelError;
use crate::payment::prepay::{Paid, PaymentState, Prepay};
use crate::payment::refund::{Refund, RefundState};
use jiff::civil::Date;
use kernel::{Fen, Permille, Timestamp, div_half_up};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use transfers::TransferRecord;

/// Most movements kept for bills.
const ENTRIES_MAX: usize = 100_000;
/// Most callbacks that wait to be taken.
const NOTICES_MAX: usize = 50_000;
/// Most things that are going to happen.
const EVENTS_MAX: usize = 200_000;
/// Most repeats of a callback.
const COPIES_MAX: u8 = 10;

#[derive(Debug)]
struct PaymentRecord {
    amount: Fen,
    payer: Option<String>,
    notify_url: Option<String>,
    channel_no: String,
    state: PaymentState,
    refunded: Fen,
}

#[derive(Debug)]
struct RefundRecord {
    payment_no: String,
    amount: Fen,
    notify_url: Option<String>,
    channel_no: String,
    state: RefundState,
    outcome: RefundOutcome,
}

/// Something that is going to happen.
#[derive(Debug)]
enum Event {
    PayerPays { payment_no: String, anyway: bool },
    PayerLeaves { payment_no: String },
    PaymentExpires { payment_no: String },
    RefundEnds { refund_no: String },
    PayeeConfirms { transfer_no: String },
    TransferEnds { transfer_no: String },
}

/// A callback that waits for its time.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) url: Option<String>,
    pub(super) callback: Callback,
}

/// Things by their time; those of one instant in the order in which they were planned.
type Agenda<T> = BTreeMap<(Timestamp, u64), T>;

#[derive(Debug)]
pub(super) struct Books {
    fee: Permille,
    sequence: u64,
    payments: Table<PaymentRecord>,
    refunds: Table<RefundRecord>,
    transfers: Table<TransferRecord>,
    entries: VecDeque<BillEntry>,
    events: Agenda<Event>,
    notices: Agenda<Notice>,
}

impl Books {
    pub(super) fn new(fee: Permille) -> Self {
        Self {
            fee,
            sequence: 0,
            payments: Table::default(),
            refunds: Table::default(),
            transfers: Table::default(),
            entries: VecDeque::new(),
            events: Agenda::new(),
            notices: Agenda::new(),
        }
    }

    /// Lets everything happen that is due, in its order and at its time.
    pub(super) fn advance(&mut self, script: &Script, now: Timestamp) {
        while let Some(entry) = self.events.first_entry() {
            let at = entry.key().0;
            if at > now {
                return;
            }
            // An event about something that was decided otherwise in the meantime is void.
            let _ = match entry.remove() {
                Event::PayerPays { payment_no, anyway } => {
                    self.pay(&payment_no, anyway, script, at)
                }
                Event::PayerLeaves { payment_no } => self.leave(&payment_no),
                Event::PaymentExpires { payment_no } => self.close(&payment_no, script, at),
                Event::RefundEnds { refund_no } => self.end_refund(&refund_no, script, at),
                Event::PayeeConfirms { transfer_no } => self.confirm(&transfer_no, script, at),
                Event::TransferEnds { transfer_no } => self.end_transfer(&transfer_no, script, at),
            };
        }
    }

    fn plan(&mut self, at: Timestamp, event: Event) {
        if self.events.len() < EVENTS_MAX {
            let sequence = self.next();
            self.events.insert((at, sequence), event);
        }
    }

    /// Plans the callbacks of a fact.
    fn notify(&mut self, habit: CallbackHabit, at: Timestamp, url: Option<&str>, fact: &Callback) {
        for copy in 0..habit.copies.min(COPIES_MAX) {
            let gaps = habit.gap_ms.saturating_mul(u64::from(copy));
            let due = at + milliseconds(habit.delay_ms.saturating_add(gaps));
            if self.notices.len() >= NOTICES_MAX {
                self.notices.pop_first();
            }
            let sequence = self.next();
            let (url, callback) = (url.map(str::to_owned), fact.clone());
            self.notices
                .insert((due, sequence), Notice { url, callback });
        }
    }

    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<Notice> {
        let mut due = Vec::new();
        while let Some(entry) = self.notices.first_entry() {
            if entry.key().0 > now {
                break;
            }
            due.push(entry.remove());
        }
        due
    }

    fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    fn new_channel_no(&mut self) -> String {
        let sequence = self.next();
        format!("MOCK{sequence:012}")
    }

    fn enter(&mut self, entry: BillEntry) {
        if self.entries.len() >= ENTRIES_MAX {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// Announces a payment; its reference.
    pub(super) fn announce(
        &mut self,
        prepay: &Prepay,
        script: &Script,
        now: Timestamp,
    ) -> Result<String, ChannelError> {
        let payment_no = &prepay.payment_no;
        if let Some(known) = self.payments.get(payment_no) {
            return match known.state {
                PaymentState::NotPaid | PaymentState::Paying if known.amount == prepay.amount => {
                    Ok(known.channel_no.clone())
                }
                PaymentState::Paid(_) | PaymentState::Refunded(_) => Err(refused("ORDER_PAID")),
                PaymentState::Closed => Err(refused("ORDER_CLOSED")),
                _ => Err(refused("OUT_TRADE_NO_USED")),
            };
        }
        if prepay.expires_at <= now {
            return Err(refused("TIME_EXPIRED"));
        }
        let channel_no = self.new_channel_no();
        self.payments.add(
            payment_no,
            PaymentRecord {
                amount: prepay.amount,
                payer: prepay.payer.clone(),
                notify_url: prepay.notify_url.clone(),
                channel_no: channel_no.clone(),
                state: PaymentState::NotPaid,
                refunded: Fen::ZERO,
            },
        );
        let payment_no = payment_no.clone();
        match script.payer {
            Payer::Pays { after_ms } => {
                let payment_no = payment_no.clone();
                let anyway = false;
                self.plan(
                    now + milliseconds(after_ms),
                    Event::PayerPays { payment_no, anyway },
                );
            }
            Payer::Leaves { after_ms } => {
                // Until then they are at it.
                if let Some(payment) = self.payments.get_mut(&payment_no) {
                    payment.state = PaymentState::Paying;
                }
                let payment_no = payment_no.clone();
                self.plan(
                    now + milliseconds(after_ms),
                    Event::PayerLeaves { payment_no },
                );
            }
            Payer::Waits | Payer::PaysAfterClose { .. } => {}
        }
        self.plan(prepay.expires_at, Event::PaymentExpires { payment_no });
        Ok(channel_no)
    }

    pub(super) fn payment_state(&self, payment_no: &str) -> PaymentState {
        let payment = self.payments.get(payment_no);
        payment.map_or(PaymentState::NotFound, |payment| payment.state.clone())
    }

    pub(super) fn pay(
        &mut self,
        payment_no: &str,
        anyway: bool,
        script: &Script,
        at: Timestamp,
    ) -> Result<(), ChannelError> {
        let payment = self.payments.get_mut(payment_no).ok_or_else(not_found)?;
        match payment.state {
            PaymentState::NotPaid | PaymentState::Paying => {}
            PaymentState::Closed if anyway => {}
            PaymentState::Closed => return Err(refused("ORDER_CLOSED")),
            _ => return Err(refused("ORDER_PAID")),
        }
        let wished = payment.amount.checked_add(script.amount_error);
        let amount = wished.unwrap_or(payment.amount).max(Fen::ZERO);
        let channel_no = payment.channel_no.clone();
        payment.state = PaymentState::Paid(Paid {
            channel_no: channel_no.clone(),
            amount,
            paid_at: at,
            payer: payment.payer.clone(),
        });
        let callback = Callback::Payment {
            payment_no: payment_no.to_owned(),
            state: payment.state.clone(),
        };
        let url = payment.notify_url.clone();
        let fee = div_half_up(i128::from(amount.0) * i128::from(self.fee.0), 1000);
        self.enter(BillEntry {
            kind: EntryKind::Payment,
            flow: Flow::In,
            our_no: payment_no.to_owned(),
            channel_no,
            amount,
            fee: Fen(i64::try_from(fee).unwrap_or(0)),
            at,
        });
        self.notify(script.callbacks, at, url.as_deref(), &callback);
        Ok(())
    }

    pub(super) fn leave(&mut self, payment_no: &str) -> Result<(), ChannelError> {
        let payment = self.payments.get_mut(payment_no).ok_or_else(not_found)?;
        match payment.state {
            PaymentState::NotPaid | PaymentState::Paying => {
                payment.state = PaymentState::NotPaid;
                Ok(())
            }
            _ => Err(refused("ORDER_PAID")),
        }
    }

    pub(super) fn close(
        &mut self,
        payment_no: &str,
        script: &Script,
        now: Timestamp,
    ) -> Result<(), ChannelError> {
        let Some(payment) = self.payments.get_mut(payment_no) else {
            return Ok(());
        };
        match payment.state {
            PaymentState::NotPaid | PaymentState::Paying => payment.state = PaymentState::Closed,
            PaymentState::Closed => return Ok(()),
            _ => return Err(refused("ORDER_PAID")),
        }
        if let Payer::PaysAfterClose { after_ms } = script.payer {
            let payment_no = payment_no.to_owned();
            let anyway = true;
            self.plan(
                now + milliseconds(after_ms),
                Event::PayerPays { payment_no, anyway },
            );
        }
        Ok(())
    }

    pub(super) fn refund(
        &mut self,
        refund: &Refund,
        script: &Script,
        now: Timestamp,
    ) -> Result<RefundState, ChannelError> {
        if let Some(known) = self.refunds.get(&refund.refund_no) {
            if known.payment_no == refund.payment_no && known.amount == refund.amount {
                return Ok(known.state.clone());
            }
            return Err(refused("OUT_REFUND_NO_USED"));
        }
        let channel_no = self.new_channel_no();
        let payment = self.payments.get_mut(&refund.payment_no);
        let payment = payment.ok_or_else(not_found)?;
        let paid = match &payment.state {
            PaymentState::Paid(paid) | PaymentState::Refunded(paid) => paid.clone(),
            _ => return Err(refused("ORDER_NOT_PAID")),
        };
        let refunded = payment.refunded.checked_add(refund.amount);
        let refunded = refunded.filter(|refunded| *refunded <= paid.amount);
        payment.refunded = refunded.ok_or_else(|| refused("REFUND_ABOVE_PAYMENT"))?;
        payment.state = PaymentState::Refunded(paid);
        self.refunds.add(
            &refund.refund_no,
            RefundRecord {
                payment_no: refund.payment_no.clone(),
                amount: refund.amount,
                notify_url: refund.notify_url.clone(),
                channel_no,
                state: RefundState::Processing,
                outcome: script.refunds.outcome,
            },
        );
        if script.refunds.after_ms == 0 {
            self.end_refund(&refund.refund_no, script, now)?;
        } else {
            let refund_no = refund.refund_no.clone();
            self.plan(
                now + milliseconds(script.refunds.after_ms),
                Event::RefundEnds { refund_no },
            );
        }
        Ok(self.refund_state(&refund.refund_no))
    }

    pub(super) fn refund_state(&self, refund_no: &str) -> RefundState {
        let refund = self.refunds.get(refund_no);
        refund.map_or(RefundState::NotFound, |refund| refund.state.clone())
    }

    fn end_refund(
        &mut self,
        refund_no: &str,
        script: &Script,
        at: Timestamp,
    ) -> Result<(), ChannelError> {
        let refund = self.refunds.get_mut(refund_no).ok_or_else(not_found)?;
        let (amount, channel_no) = (refund.amount, refund.channel_no.clone());
        refund.state = match refund.outcome {
            RefundOutcome::Success => RefundState::Success {
                channel_no: channel_no.clone(),
                amount,
                at: Some(at),
            },
            RefundOutcome::Abnormal => RefundState::Abnormal {
                reason: "the payer's account cannot take it".to_owned(),
            },
            RefundOutcome::Failed => RefundState::Failed {
                reason: "the script says so".to_owned(),
            },
        };
        let callback = Callback::Refund {
            payment_no: refund.payment_no.clone(),
            refund_no: refund_no.to_owned(),
            state: refund.state.clone(),
        };
        let (url, outcome) = (refund.notify_url.clone(), refund.outcome);
        let payment_no = refund.payment_no.clone();
        if outcome == RefundOutcome::Success {
            self.enter(BillEntry {
                kind: EntryKind::Refund,
                flow: Flow::Out,
                our_no: refund_no.to_owned(),
                channel_no,
                amount,
                fee: Fen::ZERO,
                at,
            });
        } else if outcome == RefundOutcome::Failed
            && let Some(payment) = self.payments.get_mut(&payment_no)
        {
            // Another attempt under a new number may take its place.
            payment.refunded = payment.refunded - amount;
            if payment.refunded == Fen::ZERO
                && let PaymentState::Refunded(paid) = &payment.state
            {
                payment.state = PaymentState::Paid(paid.clone());
            }
        }
        self.notify(script.callbacks, at, url.as_deref(), &callback);
        Ok(())
    }

    pub(super) fn bill(&self, date: Date, kind: BillKind) -> Bill {
        let of_day = self.entries.iter().filter(|entry| is_on(entry.at, date));
        let entries = match kind {
            BillKind::Trade => of_day
                .filter(|entry| matches!(entry.kind, EntryKind::Payment | EntryKind::Refund))
                .cloned()
                .collect(),
            BillKind::FundFlow => of_day.flat_map(movements).collect(),
        };
        Bill {
            date,
            kind,
            entries,
        }
    }
}

/// A payment and its fee as two movements of the account.
fn movements(entry: &BillEntry) -> Vec<BillEntry> {
    let mut movement = entry.clone();
    movement.fee = Fen::ZERO;
    if entry.fee == Fen::ZERO {
        return vec![movement];
    }
    let mut fee = movement.clone();
    (fee.kind, fee.flow, fee.amount) = (EntryKind::Fee, Flow::Out, entry.fee);
    vec![movement, fee]
}

/// Whether an instant lies on a day of the Shanghai calendar.
fn is_on(at: Timestamp, date: Date) -> bool {
    let [year, month, day, ..] = at.shanghai().map(i32::from);
    let wanted: [i32; 3] = [date.year().into(), date.month().into(), date.day().into()];
    [year, month, day] == wanted
}

fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn refused(code: &str) -> ChannelError {
    ChannelError::refused(code, "the mock's books do not allow it")
}

fn not_found() -> ChannelError {
    refused("NOT_FOUND")
}
