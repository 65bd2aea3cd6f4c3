//! Mail.

mod smtp;

pub use smtp::{Security, SmtpError, SmtpMail, SmtpSettings};

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use tracing::info;

/// A letter to one address.
#[derive(Clone)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// What it is about.
    pub subject: String,
    /// What it says, plain text.
    pub text: String,
    /// What comes with it.
    pub attachments: Vec<Attachment>,
}

/// A file that comes with a letter.
#[derive(Clone)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Without text and files: they are the buyer's.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("subject", &self.subject)
            .field("attachments", &self.attachments.len())
            .finish_non_exhaustive()
    }
}

/// It was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailFault {
    /// It never will be: no such address, not allowed.
    #[error("refused: {0}")]
    Refused(String),
    /// Later it may be.
    #[error("not sent: {0}")]
    NotSent(String),
}

/// What a call will have come to.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), MailFault>> + Send + 'a>>;

/// Whoever carries letters.
pub trait MailChannel: fmt::Debug + Send + Sync + 'static {
    /// Sends a letter.
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a>;
}

/// No server: letters go to the log, without their text.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogMail;

impl MailChannel for LogMail {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(async move {
            info!(
                subject = mail.subject,
                attachments = mail.attachments.len(),
                "mail, not sent: no server is configured"
            );
            Ok(())
        })
    }
}

/// Whatever sends them.
pub type SharedMail = Arc<dyn MailChannel>;
