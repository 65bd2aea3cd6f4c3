//! How the mock behaves.

use kernel::Fen;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How the mock behaves. The default is a channel on a good day, whose payers pay when
/// [`super::MockChannel::pay`] tells them to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// How calls are answered; the first rule that fits counts.
    pub calls: Vec<CallRule>,
    /// What payers do.
    pub payer: Payer,
    /// How much more (or, negative, less) is paid than was asked for.
    pub amount_error: Fen,
    /// How callbacks come.
    pub callbacks: CallbackHabit,
    /// How refunds go.
    pub refunds: RefundCourse,
    /// How transfers go.
    pub transfers: TransferCourse,
}

/// How some calls are answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallRule {
    /// Which calls; all when absent.
    pub call: Option<Call>,
    /// How our number begins; any when absent.
    pub number_prefix: Option<String>,
    /// For how many calls it counts; without end when absent.
    pub times: Option<u32>,
    /// How long the answer takes, in milliseconds. From ten seconds on there is none, though the
    /// call has its effect.
    pub delay_ms: u64,
    /// The answer.
    pub outcome: CallOutcome,
}

/// A call of the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// `create_prepay`.
    Prepay,
    /// `query`.
    Query,
    /// `close`.
    Close,
    /// `refund`.
    Refund,
    /// `query_refund`.
    QueryRefund,
    /// `transfer`.
    Transfer,
    /// `query_transfer`.
    QueryTransfer,
    /// `cancel_transfer`.
    CancelTransfer,
    /// `download_bill`.
    Bill,
}

/// How a call is answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CallOutcome {
    /// By the books.
    #[default]
    Normal,
    /// With a refusal; it has no effect.
    Refuse {
        /// The refusal's code.
        code: String,
        /// Its explanation.
        #[serde(default)]
        message: String,
    },
    /// Not at all.
    Unreachable {
        /// Whether it has its effect nevertheless.
        happens: bool,
    },
}

/// What payers do once a payment is announced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Payer {
    /// Nothing of their own accord.
    #[default]
    Waits,
    /// Pay.
    Pays {
        /// After so many milliseconds.
        after_ms: u64,
    },
    /// Leave the cashier without paying.
    Leaves {
        /// After so many milliseconds.
        after_ms: u64,
    },
    /// Pay although the payment has been closed.
    PaysAfterClose {
        /// So many milliseconds after it was closed.
        after_ms: u64,
    },
}

/// How callbacks come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallbackHabit {
    /// How long after the fact, in milliseconds.
    pub delay_ms: u64,
    /// How often; 0 loses them, 2 and more repeat them. At most 10.
    pub copies: u8,
    /// How long between repeats, in milliseconds.
    pub gap_ms: u64,
}

impl Default for CallbackHabit {
    fn default() -> Self {
        Self {
            delay_ms: 0,
            copies: 1,
            gap_ms: 1000,
        }
    }
}

/// How refunds go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefundCourse {
    /// How long they are on their way, in milliseconds; 0 ends them within the call.
    pub after_ms: u64,
    /// How they end.
    pub outcome: RefundOutcome,
}

/// How a refund ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundOutcome {
    /// The payer has it.
    #[default]
    Success,
    /// The payer's account cannot take it.
    Abnormal,
    /// It is not done.
    Failed,
}

/// How transfers go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransferCourse {
    /// Whether the payee has to confirm.
    pub confirmation: Confirmation,
    /// How long they are on their way once confirmed, in milliseconds; 0 ends them at once.
    pub after_ms: u64,
    /// How they end.
    pub outcome: TransferOutcome,
}

/// Whether the payee has to confirm a transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Confirmation {
    /// No.
    #[default]
    NotNeeded,
    /// Yes, and does when [`super::MockChannel::confirm_transfer`] says so.
    Waits,
    /// Yes, and does of their own accord.
    Comes {
        /// After so many milliseconds.
        after_ms: u64,
    },
}

/// How a transfer ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferOutcome {
    /// The payee has it.
    #[default]
    Success,
    /// It is not done.
    Failed,
}

impl Script {
    /// How this call is answered, and after which time. Uses up rules that count a few times.
    pub(super) fn choose(&mut self, call: Call, number: &str) -> (Duration, CallOutcome) {
        let fits = |rule: &&mut CallRule| {
            rule.times != Some(0)
                && rule.call.is_none_or(|only| only == call)
                && rule
                    .number_prefix
                    .as_ref()
                    .is_none_or(|prefix| number.starts_with(prefix))
        };
        let Some(rule) = self.calls.iter_mut().find(fits) else {
            return (Duration::ZERO, CallOutcome::Normal);
        };
        rule.times = rule.times.map(|times| times - 1);
        (Duration::from_millis(rule.delay_ms), rule.outcome.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, CallOutcome, Script};
    use std::time::Duration;

    #[test]
    fn a_script_is_written_in_few_words() {
        let mut script: Script = serde_json::from_str(
            r#"{"calls":[{"call":"refund","number_prefix":"RF","times":1,"delay_ms":5,
                "outcome":{"kind":"unreachable","happens":true}}],
                "payer":{"kind":"pays","after_ms":500},"refunds":{"outcome":"abnormal"}}"#,
        )
        .expect("a script");
        let normal = (Duration::ZERO, CallOutcome::Normal);
        assert_eq!(script.choose(Call::Refund, "XX1"), normal);
        assert_eq!(script.choose(Call::Query, "RF1"), normal);
        let lost = CallOutcome::Unreachable { happens: true };
        let expected = (Duration::from_millis(5), lost);
        assert_eq!(script.choose(Call::Refund, "RF1"), expected);
        assert_eq!(script.choose(Call::Refund, "RF1"), normal, "used up");
    }

    #[test]
    fn a_misspelt_script_is_refused() {
        for text in [
            r#"{"payers":{}}"#,
            r#"{"payer":{"kind":"flees"}}"#,
            r#"{"calls":[{"call":"rob"}]}"#,
        ] {
            assert!(serde_json::from_str::<Script>(text).is_err(), "{text}");
        }
    }
}
