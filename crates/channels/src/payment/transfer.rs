use kernel::{Fen, Timestamp};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Money to be paid out to a person.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Our number, 6 to 32 letters and digits. It stays the same over all repeats.
    pub transfer_no: String,
    /// How much.
    pub amount: Fen,
    /// The payee's id at the platform: `openid`, or Alipay's user id.
    pub payee: String,
    /// The payee's real name, which the platform compares. WeChat requires it from 2000 yuan.
    pub payee_name: Option<SecretString>,
    /// What for, as the payee reads it. Cut to what the platform takes.
    pub remark: String,
    /// Where the platform calls back; the configured address when absent.
    pub notify_url: Option<String>,
}

/// How a transfer stands at the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TransferState {
    /// The platform knows no transfer of this number, yet or any more: WeChat keeps them 30 days.
    /// Within that time it may be sent again under the same number, and under no other.
    NotFound,
    /// Accepted and on its way.
    Processing,
    /// The payee must confirm it in the platform's app.
    WaitUserConfirm {
        /// What the front end hands to the platform's confirmation call. Only the answer to the
        /// transfer itself carries it; keep it.
        package_info: Option<String>,
    },
    /// The payee has it.
    Success {
        /// The platform's number.
        channel_no: String,
        /// How much the platform says it was; absent where it does not say.
        amount: Option<Fen>,
        /// When; absent where the platform does not say.
        at: Option<Timestamp>,
    },
    /// Definitively not done.
    Failed {
        /// The platform's explanation.
        reason: String,
    },
    /// Being taken back.
    Cancelling,
    /// Taken back.
    Cancelled,
}
