use super::bill::{Bill, BillKind};
use super::callback::{Callback, CallbackAnswer, RawCallback};
use super::error::ChannelError;
use super::prepay::{PaymentState, Prepay, PrepayTicket};
use super::refund::{Refund, RefundState};
use super::transfer::{Transfer, TransferState};
use jiff::civil::Date;
use std::fmt;
use std::pin::Pin;

/// What a call will have come to. Boxed, so that channels can stand behind one `Arc<dyn …>`.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ChannelError>> + Send + 'a>>;

/// A channel's name in the ledger, in addresses of callbacks and in configuration.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum ChannelName {
    /// WeChat Pay, 微信支付.
    Wechat,
    /// Alipay, 支付宝.
    Alipay,
    /// No platform: [`super::mock`].
    Mock,
}

impl ChannelName {
    /// `wechat`, `alipay` or `mock`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wechat => "wechat",
            Self::Alipay => "alipay",
            Self::Mock => "mock",
        }
    }

    /// The channel of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Wechat, Self::Alipay, Self::Mock]
            .into_iter()
            .find(|channel| channel.as_str() == name)
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who we are at a platform, as far as people may read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The merchant's number, masked: `190****001`.
    pub merchant_no: Option<String>,
    /// The serial number of our certificate.
    pub certificate_serial: Option<String>,
    /// Where it tells of payments.
    pub notify_url: Option<String>,
}

impl About {
    /// The first and the last three characters of a number.
    pub(super) fn masked(number: &str) -> String {
        let (start, end) = (number.get(..3), number.len().checked_sub(3));
        match (start, end.and_then(|at| number.get(at..))) {
            (Some(start), Some(end)) if number.len() >= 8 => format!("{start}****{end}"),
            _ => "****".to_owned(),
        }
    }
}

/// One payment platform.
///
/// Every operation is idempotent in our number. An error says by
/// [`ChannelError::is_outcome_unknown`] whether the operation may have happened nevertheless.
/// Every call ends within ten seconds; a refund or a transfer that is refused within twenty, for
/// its state is asked for before the refusal counts; a bill within seventy.
pub trait PaymentChannel: fmt::Debug + Send + Sync + 'static {
    /// Which platform.
    fn name(&self) -> ChannelName;

    /// Who we are there.
    fn about(&self) -> About {
        About::default()
    }

    /// Announces a payment and returns what the front end needs to show the cashier.
    fn create_prepay<'a>(&'a self, prepay: &'a Prepay) -> Answer<'a, PrepayTicket>;

    /// How a payment stands.
    fn query<'a>(&'a self, payment_no: &'a str) -> Answer<'a, PaymentState>;

    /// Closes an unpaid payment, so that it cannot be paid any more. Closing what is closed or
    /// was never announced succeeds; closing what is paid is refused: query it.
    fn close<'a>(&'a self, payment_no: &'a str) -> Answer<'a, ()>;

    /// Gives money of a payment back to its payer.
    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, RefundState>;

    /// How a refund stands.
    fn query_refund<'a>(
        &'a self,
        payment_no: &'a str,
        refund_no: &'a str,
    ) -> Answer<'a, RefundState>;

    /// Pays money out to a person.
    fn transfer<'a>(&'a self, transfer: &'a Transfer) -> Answer<'a, TransferState>;

    /// How a transfer stands.
    fn query_transfer<'a>(&'a self, transfer_no: &'a str) -> Answer<'a, TransferState>;

    /// Takes back a transfer that its payee has not confirmed.
    fn cancel_transfer<'a>(&'a self, transfer_no: &'a str) -> Answer<'a, TransferState>;

    /// The platform's own list of what happened on a day of the Shanghai calendar. A day on which
    /// nothing happened has an empty list; a list that is not ready yet is an unknown outcome.
    fn download_bill(&self, date: Date, kind: BillKind) -> Answer<'_, Bill>;

    /// Checks that a callback comes from the platform, is fresh and meant for us, and reads it.
    /// The same callback is read the same every time: that a repeat has no further effect is a
    /// matter of our books.
    fn verify_callback(&self, callback: &RawCallback) -> Result<Callback, ChannelError>;

    /// What to answer once what a callback says is committed.
    fn accept_callback(&self) -> CallbackAnswer;

    /// What to answer when a callback could not be verified or not be stored; the platform calls
    /// again.
    fn reject_callback(&self, reason: &str) -> CallbackAnswer;
}
