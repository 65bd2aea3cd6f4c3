//! Payment channels: where money comes in, goes back and goes out.
//!
//! A [`PaymentChannel`] speaks with one payment platform. It holds no state of ours: every call
//! carries our own number, repeats of a call with the same number have no further effect, and
//! what a number's state is can always be asked. The rules that keep money from moving twice:
//!
//! * an error for which [`ChannelError::is_outcome_unknown`] holds says nothing about what
//!   happened. Ask with the same number; never send again under another one;
//! * a callback only says that something happened. It may be lost, late, repeated or forged:
//!   [`PaymentChannel::verify_callback`] checks the last, our books must cope with the rest.
//!
//! [`wechat`] is WeChat Pay API v3, [`alipay`] the Alipay open platform, [`mock`] a channel
//! without a platform behind it, for demonstrations and tests.

pub mod alipay;
mod bill;
mod callback;
mod channel;
mod error;
mod exchange;
pub mod mock;
mod moment;
mod prepay;
mod refund;
mod rsa;
mod rules;
mod transfer;
pub mod wechat;
mod yuan;

pub use bill::{Bill, BillEntry, BillKind, EntryKind, Flow, bill_date};
pub use callback::{Callback, CallbackAnswer, RawCallback};
pub use channel::{About, Answer, ChannelName, PaymentChannel};
pub use error::{ChannelError, ConfigError};
pub use prepay::{Paid, PaymentMethod, PaymentState, Prepay, PrepayTicket};
pub use refund::{Refund, RefundState};
pub use transfer::{Transfer, TransferState};

/// Most bytes of an answer or a callback that are read.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Most bytes of a bill that are read, packed or unpacked.
pub const BILL_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How far the timestamp of a signed message may lie from our clock, in seconds, in either
/// direction.
pub const TIMESTAMP_WINDOW_S: u64 = 300;
