//! Letters over SMTP.

use super::{Mail, MailChannel, MailFault, Sending};
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::fmt;
use std::time::Duration;
use tokio::time::timeout;

/// Answers that a letter waits for: greeting, name, sender, recipient, text, end.
const WAITS: u32 = 6;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// From the first byte, usually port 465.
    #[default]
    Tls,
    /// After a plain greeting, usually port 587; never without.
    StartTls,
    /// Not at all: for a server on this machine.
    None,
}

/// Where the server is, and who we are there.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Name and password; none where nobody asks for them.
    pub credentials: Option<(String, String)>,
    /// Who writes: `OpenPile <invoice@example.com>`.
    pub from: String,
    /// Longest wait for any answer.
    pub timeout: Duration,
}

/// Without the password.
impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSettings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// The server cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[error("mail cannot be set up: {0}")]
pub struct SmtpError(String);

/// Sends letters to a server.
#[derive(Clone)]
pub struct SmtpMail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    settings: SmtpSettings,
}

impl fmt::Debug for SmtpMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMail")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl SmtpMail {
    /// For that server. Nothing is sent yet. Call it where a runtime is.
    ///
    /// # Errors
    /// When the sender is no address, or there is no TLS.
    pub fn new(settings: SmtpSettings) -> Result<Self, SmtpError> {
        let from: Mailbox = settings
            .from
            .parse()
            .map_err(|_| SmtpError("the sender is no mail address".to_owned()))?;
        let protected = || {
            TlsParameters::new(settings.host.clone()).map_err(|error| SmtpError(error.to_string()))
        };
        let tls = match settings.security {
            Security::Tls => Tls::Wrapper(protected()?),
            Security::StartTls => Tls::Required(protected()?),
            Security::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(settings.timeout));
        if let Some((name, password)) = &settings.credentials {
            let credentials = Credentials::new(name.clone(), password.clone());
            builder = builder.credentials(credentials);
        }
        Ok(Self {
            transport: builder.build(),
            from,
            settings,
        })
    }

    fn message(&self, mail: &Mail) -> Result<Message, MailFault> {
        let refused = |error: &dyn fmt::Display| MailFault::Refused(error.to_string());
        let to: Mailbox = mail.to.parse().map_err(|error| refused(&error))?;
        let head = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.clone());
        let text = SinglePart::plain(mail.text.clone());
        if mail.attachments.is_empty() {
            return head.singlepart(text).map_err(|error| refused(&error));
        }
        let mut parts = MultiPart::mixed().singlepart(text);
        for file in &mail.attachments {
            let kind = ContentType::parse(file.media_type).map_err(|error| refused(&error))?;
            parts =
                parts.singlepart(Attachment::new(file.name.clone()).body(file.bytes.clone(), kind));
        }
        head.multipart(parts).map_err(|error| refused(&error))
    }
}

impl MailChannel for SmtpMail {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        Box::pin(async move {
            let message = self.message(mail)?;
            // Not every wait for the server is bounded by the transport: one that accepts and
            // never begins TLS would be waited for for ever.
            let whole = self.settings.timeout * WAITS;
            let Ok(sent) = timeout(whole, self.transport.send(message)).await else {
                return Err(MailFault::NotSent("no answer in time".to_owned()));
            };
            match sent {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => Err(MailFault::Refused(error.to_string())),
                Err(error) => Err(MailFault::NotSent(error.to_string())),
            }
        })
    }
}
