//! A channel without a platform behind it, for demonstrations and tests.
//!
//! It keeps its own books, so that queries, bills and callbacks agree with what it did, and it
//! misbehaves as its [`Script`] says: answers that are late, lost or refusals, callbacks that
//! come twice, late or never, payers who pay too late or the wrong amount, refunds and transfers
//! that fail. Its callbacks are signed as a platform's are. Its memory is bounded: the oldest
//! payments, refunds and transfers are forgotten.
//!
//! [`MockChannel`] is its own handle: clones share books and script.

mod books;
mod notice;
mod script;
mod table;

pub use notice::OutgoingCallback;
pub use script::{
    Call, CallOutcome, CallRule, CallbackHabit, Confirmation, Payer, RefundCourse, RefundOutcome,
    Script, TransferCourse, TransferOutcome,
};

use super::bill::{Bill, BillKind};
use super::callback::{Callback, CallbackAnswer, RawCallback};
use super::channel::{Answer, ChannelName, PaymentChannel};
use super::error::{ChannelError, ConfigError};
use super::exchange::CALL_TIMEOUT;
use super::prepay::{PaymentState, Prepay, PrepayTicket};
use super::refund::{Refund, RefundState};
use super::rules::{check_amount, check_number, check_refund};
use super::transfer::{Transfer, TransferState};
use books::Books;
use jiff::civil::Date;
use kernel::{Clock, Fen, Permille, Timestamp};
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Most that one call may move.
const AMOUNT_MAX: Fen = Fen(i32::MAX as i64);
/// Shortest secret, in bytes.
const SECRET_LENGTH_MIN: usize = 16;
/// How often [`MockChannel::run`] looks for callbacks that are due.
const RUN_PAUSE: Duration = Duration::from_millis(100);

/// What the mock has to know.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MockConfig {
    /// Signs callbacks; at least 16 bytes.
    pub secret: SecretString,
    /// Who we are to it; callbacks name it.
    pub merchant: String,
    /// Where its callbacks go when a call names no other address.
    pub notify_url: String,
    /// What it keeps of every payment, in thousandths.
    #[serde(default)]
    pub fee: Permille,
    /// How it behaves at first.
    #[serde(default)]
    pub script: Script,
}

impl MockConfig {
    /// For a channel whose callbacks are handed over inside this process: its secret is made up.
    pub fn local() -> Self {
        Self {
            secret: SecretString::from(hex::encode(rand::random::<[u8; 32]>())),
            merchant: "openpile".to_owned(),
            notify_url: "http://127.0.0.1/api/pay/mock/notify".to_owned(),
            fee: Permille(0),
            script: Script::default(),
        }
    }
}

/// The channel and its handle. Cheap to clone; clones are the same channel.
#[derive(Clone)]
pub struct MockChannel(Arc<Inner>);

struct Inner {
    secret: SecretString,
    merchant: String,
    notify_url: String,
    clock: Arc<dyn Clock>,
    desk: Mutex<Desk>,
}

struct Desk {
    script: Script,
    books: Books,
}

impl fmt::Debug for MockChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("MockChannel");
        shown.field("merchant", &self.0.merchant);
        shown.finish_non_exhaustive()
    }
}

impl MockChannel {
    /// A channel with empty books.
    pub fn new(config: MockConfig, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        if config.secret.expose_secret().len() < SECRET_LENGTH_MIN {
            return Err(ConfigError::Setting(
                "the mock's secret has fewer than 16 bytes",
            ));
        }
        if !(0..=1000).contains(&config.fee.0) {
            return Err(ConfigError::Setting("the mock's fee is not a share"));
        }
        Ok(Self(Arc::new(Inner {
            secret: config.secret,
            merchant: config.merchant,
            notify_url: config.notify_url,
            clock,
            desk: Mutex::new(Desk {
                script: config.script,
                books: Books::new(config.fee),
            }),
        })))
    }

    /// How it behaves now.
    pub fn script(&self) -> Script {
        self.0.desk.lock().script.clone()
    }

    /// How it behaves from now on. What is already under way goes on as it began.
    pub fn set_script(&self, script: Script) {
        self.0.desk.lock().script = script;
    }

    /// The payer pays now.
    pub fn pay(&self, payment_no: &str) -> Result<(), ChannelError> {
        self.with_books(|books, script, now| books.pay(payment_no, false, script, now))
    }

    /// The payer pays now, and be it that the payment was closed: a success that comes too late.
    pub fn pay_anyway(&self, payment_no: &str) -> Result<(), ChannelError> {
        self.with_books(|books, script, now| books.pay(payment_no, true, script, now))
    }

    /// The payer leaves the cashier without paying. The payment stays open until it expires.
    pub fn leave(&self, payment_no: &str) -> Result<(), ChannelError> {
        self.with_books(|books, _, _| books.leave(payment_no))
    }

    /// The payee confirms a transfer now.
    pub fn confirm_transfer(&self, transfer_no: &str) -> Result<(), ChannelError> {
        self.with_books(|books, script, now| books.confirm(transfer_no, script, now))
    }

    /// The callbacks whose time has come, signed now. They are handed out once.
    pub fn take_due_callbacks(&self) -> Vec<OutgoingCallback> {
        let now = self.0.clock.now();
        let due = self.with_books(|books, _, now| books.take_due(now));
        due.into_iter()
            .map(|notice| {
                let url = notice.url.unwrap_or_else(|| self.0.notify_url.clone());
                self.0.sign(url, &notice.callback, now)
            })
            .collect()
    }

    /// Hands callbacks to `sink` as they become due, until `stop`. A sink that is full makes them
    /// wait.
    pub async fn run(self, sink: mpsc::Sender<OutgoingCallback>, stop: CancellationToken) {
        let deliver = async {
            loop {
                for callback in self.take_due_callbacks() {
                    if sink.send(callback).await.is_err() {
                        return;
                    }
                }
                sleep(RUN_PAUSE).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = deliver => {}
        }
    }

    /// Works on the books after everything that was due has happened.
    fn with_books<T>(&self, work: impl FnOnce(&mut Books, &Script, Timestamp) -> T) -> T {
        let now = self.0.clock.now();
        let Desk { script, books } = &mut *self.0.desk.lock();
        books.advance(script, now);
        work(books, script, now)
    }

    /// Answers a call as the script says.
    async fn act<T>(
        &self,
        call: Call,
        number: &str,
        work: impl FnOnce(&mut Books, &Script, Timestamp) -> Result<T, ChannelError>,
    ) -> Result<T, ChannelError> {
        let (delay, outcome) = self.0.desk.lock().script.choose(call, number);
        let unreachable = || ChannelError::Unreachable("the script says so".to_owned());
        if delay >= CALL_TIMEOUT {
            let _ = self.with_books(work);
            sleep(CALL_TIMEOUT).await;
            return Err(unreachable());
        }
        if !delay.is_zero() {
            sleep(delay).await;
        }
        match outcome {
            CallOutcome::Normal => self.with_books(work),
            CallOutcome::Refuse { code, message } => Err(ChannelError::refused(&code, &message)),
            CallOutcome::Unreachable { happens } => {
                if happens {
                    let _ = self.with_books(work);
                }
                Err(unreachable())
            }
        }
    }

    async fn announce(&self, prepay: &Prepay) -> Result<PrepayTicket, ChannelError> {
        check_number(&prepay.payment_no)?;
        check_amount(prepay.amount, AMOUNT_MAX)?;
        let reference = self
            .act(Call::Prepay, &prepay.payment_no, |books, script, now| {
                books.announce(prepay, script, now)
            })
            .await?;
        Ok(PrepayTicket {
            client_params: json!({"mock": reference, "payment_no": prepay.payment_no}),
            reference,
        })
    }

    async fn give_back(&self, refund: &Refund) -> Result<RefundState, ChannelError> {
        check_number(&refund.refund_no)?;
        check_refund(refund.amount, refund.payment_amount, AMOUNT_MAX)?;
        self.act(Call::Refund, &refund.refund_no, |books, script, now| {
            books.refund(refund, script, now)
        })
        .await
    }

    async fn pay_out(&self, transfer: &Transfer) -> Result<TransferState, ChannelError> {
        check_number(&transfer.transfer_no)?;
        check_amount(transfer.amount, AMOUNT_MAX)?;
        self.act(
            Call::Transfer,
            &transfer.transfer_no,
            |books, script, now| books.transfer(transfer, script, now),
        )
        .await
    }
}

impl PaymentChannel for MockChannel {
    fn name(&self) -> ChannelName {
        ChannelName::Mock
    }

    fn create_prepay<'a>(&'a self, prepay: &'a Prepay) -> Answer<'a, PrepayTicket> {
        Box::pin(self.announce(prepay))
    }

    fn query<'a>(&'a self, payment_no: &'a str) -> Answer<'a, PaymentState> {
        Box::pin(self.act(Call::Query, payment_no, move |books, _, _| {
            Ok(books.payment_state(payment_no))
        }))
    }

    fn close<'a>(&'a self, payment_no: &'a str) -> Answer<'a, ()> {
        Box::pin(
            self.act(Call::Close, payment_no, move |books, script, now| {
                books.close(payment_no, script, now)
            }),
        )
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, RefundState> {
        Box::pin(self.give_back(refund))
    }

    fn query_refund<'a>(
        &'a self,
        _payment_no: &'a str,
        refund_no: &'a str,
    ) -> Answer<'a, RefundState> {
        Box::pin(self.act(Call::QueryRefund, refund_no, move |books, _, _| {
            Ok(books.refund_state(refund_no))
        }))
    }

    fn transfer<'a>(&'a self, transfer: &'a Transfer) -> Answer<'a, TransferState> {
        Box::pin(self.pay_out(transfer))
    }

    fn query_transfer<'a>(&'a self, transfer_no: &'a str) -> Answer<'a, TransferState> {
        Box::pin(
            self.act(Call::QueryTransfer, transfer_no, move |books, _, _| {
                Ok(books.transfer_state(transfer_no))
            }),
        )
    }

    fn cancel_transfer<'a>(&'a self, transfer_no: &'a str) -> Answer<'a, TransferState> {
        Box::pin(self.act(
            Call::CancelTransfer,
            transfer_no,
            move |books, script, now| books.cancel_transfer(transfer_no, script, now),
        ))
    }

    fn download_bill(&self, date: Date, kind: BillKind) -> Answer<'_, Bill> {
        Box::pin(self.act(Call::Bill, "", move |books, _, _| {
            Ok(books.bill(date, kind))
        }))
    }

    fn verify_callback(&self, callback: &RawCallback) -> Result<Callback, ChannelError> {
        self.0.verify(callback, self.0.clock.now())
    }

    fn accept_callback(&self) -> CallbackAnswer {
        CallbackAnswer {
            status: 204,
            content_type: "application/json",
            body: String::new(),
        }
    }

    fn reject_callback(&self, reason: &str) -> CallbackAnswer {
        CallbackAnswer {
            status: 500,
            content_type: "application/json",
            body: json!({"message": reason}).to_string(),
        }
    }
}
