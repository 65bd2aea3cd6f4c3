use super::{invalid, semantic};
use crate::staff::Actor;
use crate::{App, AppError};
use channels::sms::{NotSent, Sms};
use domain::permission::Mask;
use domain::sms::{self, TEXTS, Text, variables};
use serde_json::{Value, json};
use store::texts::{self, NewSmsLine, SmsLine, SmsTemplate};
use store::{Page, PageRequest};
use tracing::warn;

const NO_TEXT: AppError = AppError::NotFound("text");
/// Longest wording.
const TEXT_MAX: usize = 500;

/// A text with what operators changed about it.
#[derive(Clone, Debug)]
pub struct TextView {
    /// Which.
    pub text: &'static Text,
    /// What was changed.
    pub changed: Option<SmsTemplate>,
}

impl TextView {
    /// What people read.
    pub fn wording(&self) -> &str {
        self.changed
            .as_ref()
            .map_or(self.text.text, |changed| changed.text.as_str())
    }

    /// Whether it is sent.
    pub fn enabled(&self) -> bool {
        self.changed.as_ref().is_none_or(|changed| changed.enabled)
    }
}

impl App {
    /// All texts of short messages.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn sms_texts(&self) -> Result<Vec<TextView>, AppError> {
        let mut view = self.db.view().await?;
        let changed = texts::all(view.conn()).await?;
        let views = TEXTS.iter().map(|text| TextView {
            text,
            changed: changed.iter().find(|row| row.code == text.code).cloned(),
        });
        Ok(views.collect())
    }

    /// Changes the wording of a text, its number at the provider, and whether it is sent.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a text, [`AppError::Invalid`] for a wording of the
    /// wrong length, [`AppError::Semantic`] for one with variables that nobody fills.
    pub async fn change_sms_text(
        &self,
        actor: &Actor,
        code: &str,
        wording: &str,
        provider_code: Option<String>,
        enabled: bool,
    ) -> Result<TextView, AppError> {
        let text = sms::find(code).ok_or(NO_TEXT)?;
        let wording = wording.trim();
        if wording.is_empty() || wording.chars().count() > TEXT_MAX {
            return Err(invalid("text", "must have 1 to 500 characters"));
        }
        let known = text.variables();
        if let Some(unknown) = variables(wording).iter().find(|name| !known.contains(name)) {
            return Err(semantic("text", &format!("has no value for {unknown}")));
        }
        if known.contains(&"code") && !variables(wording).contains(&"code") {
            return Err(semantic("text", "must have ${code}"));
        }
        let mut tx = self.db.begin().await?;
        let before = texts::find(tx.conn(), code).await?;
        let after = SmsTemplate {
            code: code.to_owned(),
            text: wording.to_owned(),
            provider_code,
            enabled,
            updated_by: actor.name.clone(),
            updated_at: self.now(),
        };
        texts::put(tx.conn(), &after).await?;
        let object = format!("sms:{code}");
        let old = before.as_ref().map_or_else(|| usual(text), shown);
        let new = Some(shown(&after));
        self.audit_in(&mut tx, actor, "system.sms.edit", &object, Some(old), new)
            .await?;
        tx.commit().await?;
        Ok(TextView {
            text,
            changed: Some(after),
        })
    }

    /// Sends a text to a number, its variables filled with zeros. False when it stands in the
    /// program's log and nowhere else, because there is no provider.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a text, [`AppError::Invalid`] for something that is no
    /// number, [`AppError::Conflict`] when the text is off or could not be sent.
    pub async fn test_sms(&self, actor: &Actor, code: &str, phone: &str) -> Result<bool, AppError> {
        let text = sms::find(code).ok_or(NO_TEXT)?;
        crate::members::check_phone(phone)?;
        // A code that looks like one could be used for somebody.
        let values = text.variables().into_iter();
        let values = values.map(|name| (name, "0000".to_owned())).collect();
        let masked = Mask::Phone.apply(phone);
        let after = json!({"phone": masked});
        let object = format!("sms:{code}");
        self.audit(actor, "system.sms.test_send", &object, Some(after))
            .await?;
        let sms = Sms::new(phone, text.code, values);
        match self.text(sms, Some(&actor.name)).await {
            Ok(true) => Ok(!self.outside.sms.only_logs()),
            Ok(false) => Err(AppError::Conflict("the text is turned off")),
            Err(error) => {
                warn!(%error, code, "a test message was not sent");
                Err(AppError::Conflict(
                    "the message was not sent; the log says why",
                ))
            }
        }
    }

    /// A page of what became of messages, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn sms_log(
        &self,
        template: Option<&String>,
        result: Option<&String>,
        page: PageRequest,
    ) -> Result<Page<SmsLine>, AppError> {
        let mut view = self.db.view().await?;
        Ok(texts::lines(view.conn(), template, result, page).await?)
    }

    /// Whether messages reach anybody, and who carries them.
    pub fn sms_provider(&self) -> &'static str {
        self.outside.sms.provider()
    }

    /// Sends a message as operators want it sent, and writes down what became of it. What it
    /// says is written nowhere. False when operators want it not sent at all.
    pub(crate) async fn text(&self, mut sms: Sms, sent_by: Option<&str>) -> Result<bool, NotSent> {
        let changed = match self.db.view().await {
            Ok(mut view) => texts::find(view.conn(), sms.template).await.ok().flatten(),
            Err(_) => None,
        };
        let wanted = changed.as_ref().is_none_or(|changed| changed.enabled);
        sms.provider_template = changed.and_then(|changed| changed.provider_code);
        let outcome = if wanted {
            self.outside.sms.send(&sms).await.map(|()| true)
        } else {
            Ok(false)
        };
        let line = NewSmsLine {
            phone: &Mask::Phone.apply(&sms.phone),
            template: sms.template,
            result: match &outcome {
                Ok(true) if self.outside.sms.only_logs() => "logged",
                Ok(true) => "sent",
                Ok(false) => "off",
                Err(_) => "failed",
            },
            detail: outcome.as_ref().err().map(|error| error.0.as_str()),
            sent_by,
        };
        // The message is out; a log that is away does not call it back.
        if let Err(error) = self.log_text(&line).await {
            warn!(%error, "the log of messages lacks a line");
        }
        outcome
    }

    async fn log_text(&self, line: &NewSmsLine<'_>) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        texts::log(direct.conn(), line, self.now()).await?;
        Ok(())
    }
}

fn usual(text: &Text) -> Value {
    json!({"text": text.text, "provider_code": null, "enabled": true})
}

fn shown(row: &SmsTemplate) -> Value {
    json!({"text": row.text, "provider_code": row.provider_code, "enabled": row.enabled})
}
