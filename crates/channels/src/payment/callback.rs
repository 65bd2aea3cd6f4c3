use super::prepay::PaymentState;
use super::refund::RefundState;
use super::transfer::TransferState;
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};

/// A callback as it came in, or as the mock sends it: nothing of it is to be trusted yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawCallback {
    /// Its HTTP headers.
    pub headers: HeaderMap,
    /// Its body, byte for byte: the signature covers it.
    pub body: Vec<u8>,
}

impl RawCallback {
    /// A header's value; `None` when it is absent or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What a verified callback says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Callback {
    /// A payment has a new state. Compare the amount with ours before posting it.
    Payment {
        /// Our number.
        payment_no: String,
        /// Its state.
        state: PaymentState,
    },
    /// A refund has a new state.
    Refund {
        /// Our number of the payment that it belongs to.
        payment_no: String,
        /// Our number.
        refund_no: String,
        /// Its state.
        state: RefundState,
    },
    /// A transfer has a new state.
    Transfer {
        /// Our number.
        transfer_no: String,
        /// Its state.
        state: TransferState,
    },
    /// Something of the platform that concerns none of these; it is to be accepted and logged.
    Other {
        /// The platform's name of it.
        event: String,
    },
}

/// What to answer to a callback, in the platform's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackAnswer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// Body; may be empty.
    pub body: String,
}
