use kernel::{Fen, Timestamp};
use serde::{Deserialize, Serialize};

/// Money to be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Our number of the payment.
    pub payment_no: String,
    /// Our number of this refund, 6 to 32 letters and digits. It stays the same over all repeats.
    pub refund_no: String,
    /// How much of the payment.
    pub amount: Fen,
    /// How much the payment was.
    pub payment_amount: Fen,
    /// Why, as the payer reads it. Cut to what the platform takes.
    pub reason: String,
    /// Where the platform calls back; the configured address when absent.
    pub notify_url: Option<String>,
}

/// How a refund stands at the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RefundState {
    /// The platform knows no refund of this number, yet: it may be sent again under the same
    /// number, and under no other.
    NotFound,
    /// On its way.
    Processing,
    /// The payer has it.
    Success {
        /// The platform's number.
        channel_no: String,
        /// How much the platform says it was.
        amount: Fen,
        /// When; absent where the platform does not say.
        at: Option<Timestamp>,
    },
    /// The payer's account cannot take it; somebody has to find another way.
    Abnormal {
        /// The platform's explanation.
        reason: String,
    },
    /// Definitively not done.
    Failed {
        /// The platform's explanation.
        reason: String,
    },
}
