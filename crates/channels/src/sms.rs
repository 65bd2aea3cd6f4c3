//! Short messages: through Aliyun ([`Aliyun`]), through Tencent Cloud ([`Tencent`]), or not at
//! all ([`LogSms`]).

mod aliyun;
mod exchange;
mod tencent;

pub use aliyun::{Aliyun, AliyunSettings};
pub use exchange::SmsConfigError;
pub use tencent::{Tencent, TencentSettings};

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use tracing::info;

/// A message to one telephone.
#[derive(Clone)]
pub struct Sms {
    /// Eleven digits.
    pub phone: String,
    /// Which text it is, e.g. `SMS_LOGIN`.
    pub template: &'static str,
    /// The id under which the provider has that text; none: as it is configured.
    pub provider_template: Option<String>,
    /// What is put into the text, in the order of its variables: never logged.
    pub values: Vec<(&'static str, String)>,
}

impl Sms {
    /// A message in that text.
    pub fn new(
        phone: impl Into<String>,
        template: &'static str,
        values: Vec<(&'static str, String)>,
    ) -> Self {
        Self {
            phone: phone.into(),
            template,
            provider_template: None,
            values,
        }
    }
}

/// Without the values: they are secrets.
impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms")
            .field("template", &self.template)
            .finish_non_exhaustive()
    }
}

/// It was not sent.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the message was not sent: {0}")]
pub struct NotSent(pub String);

/// What a call will have come to.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + 'a>>;

/// A provider of short messages.
pub trait SmsChannel: fmt::Debug + Send + Sync + 'static {
    /// Sends a message.
    fn send<'a>(&'a self, sms: &'a Sms) -> Sending<'a>;

    /// What it is called: `aliyun`, `tencent`, `none`.
    fn provider(&self) -> &'static str {
        "none"
    }

    /// Whether messages are written into the program's log instead of being sent.
    fn only_logs(&self) -> bool {
        false
    }

    /// Whether messages reach anybody.
    fn is_configured(&self) -> bool {
        self.provider() != "none"
    }
}

/// No provider: nothing is sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogSms {
    /// What would have been sent stands in the log, codes included: for demonstrations and tests.
    pub shows: bool,
}

impl SmsChannel for LogSms {
    fn only_logs(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, sms: &'a Sms) -> Sending<'a> {
        Box::pin(async move {
            if !self.shows {
                return Err(NotSent("no provider is configured".to_owned()));
            }
            let values: Vec<String> = sms
                .values
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            info!(
                template = sms.template,
                values = values.join(" "),
                "short message, not sent: no provider is configured"
            );
            Ok(())
        })
    }
}

/// Whatever sends them.
pub type SharedSms = Arc<dyn SmsChannel>;
