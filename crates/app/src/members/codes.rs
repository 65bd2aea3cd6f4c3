//! Codes by short message: six digits, good for five minutes, few of them.

use crate::staff::token_hash;
use crate::{App, AppError};
use channels::sms::Sms;
use kernel::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use store::Tx;
use store::member_sessions::{self, NewCode};
use store::texts;
use tracing::warn;

/// A code is good for so long.
const VALID: Duration = Duration::from_mins(5);
/// How often a code may be tried.
const TRIES_MAX: i16 = 5;
/// A number gets one message in this time.
const PAUSE: Duration = Duration::from_mins(1);
/// Messages to one number an hour and a day, and from one address an hour.
const PER_HOUR: i64 = 5;
const PER_DAY: i64 = 10;
const PER_ADDRESS: i64 = 20;
/// Codes are kept for so long, to be counted.
const KEPT: Duration = Duration::from_hours(48);

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Whether a text is a number of a mobile telephone: eleven digits, the first a one.
///
/// # Errors
/// [`AppError::Invalid`] when it is none.
pub fn check_phone(phone: &str) -> Result<(), AppError> {
    let legal = phone.len() == 11
        && phone.starts_with('1')
        && phone.bytes().all(|byte| byte.is_ascii_digit());
    if legal {
        Ok(())
    } else {
        Err(AppError::Invalid {
            field: "phone".to_owned(),
            problem: "must be 11 digits".to_owned(),
        })
    }
}

/// The text of a code for a purpose.
fn text_of(purpose: &str) -> &'static str {
    match purpose {
        "phone" => "SMS_CHANGE_PHONE",
        _ => "SMS_LOGIN",
    }
}

impl App {
    /// Sends a code to a number. Whether somebody with that number is registered is not told.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for something that is no number, [`AppError::TooSoon`] when too many
    /// were asked for, [`AppError::Conflict`] while the text of codes is turned off.
    pub async fn send_code(
        self: &Arc<Self>,
        phone: &str,
        purpose: &'static str,
        ip: Option<&str>,
    ) -> Result<(), AppError> {
        check_phone(phone)?;
        let now = self.now();
        let code = format!("{:06}", rand::random_range(0..1_000_000_u32));
        let template = text_of(purpose);
        let mut tx = self.db.begin().await?;
        let changed = texts::find(tx.conn(), template).await?;
        if changed.is_some_and(|changed| !changed.enabled) {
            return Err(AppError::Conflict("no codes are sent at present"));
        }
        if let Some(wait) = too_many(&mut tx, phone, ip, now).await? {
            return Err(AppError::TooSoon(wait));
        }
        let hash = token_hash(&format!("{phone}:{code}"));
        let new = NewCode {
            phone,
            purpose,
            hash: &hash,
            ip,
            until: now + VALID,
        };
        member_sessions::insert_code(tx.conn(), &new, now).await?;
        member_sessions::purge_codes(tx.conn(), now - KEPT).await?;
        tx.commit().await?;
        let sms = Sms::new(phone, template, vec![("code", code)]);
        let app = self.clone();
        // A provider that is slow must not hold the caller.
        self.chores.spawn(async move {
            if let Err(error) = app.text(sms, None).await {
                warn!(%error, "code not sent");
            }
        });
        Ok(())
    }

    /// Uses a code up.
    pub(super) async fn use_code(
        &self,
        phone: &str,
        purpose: &'static str,
        code: &str,
    ) -> Result<bool, AppError> {
        let hash = token_hash(&format!("{phone}:{}", code.trim()));
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let good =
            member_sessions::use_code(tx.conn(), phone, purpose, &hash, TRIES_MAX, now).await?;
        // A wrong try counts.
        tx.commit().await?;
        Ok(good)
    }
}

async fn too_many(
    tx: &mut Tx,
    phone: &str,
    ip: Option<&str>,
    now: Timestamp,
) -> Result<Option<Duration>, AppError> {
    for (most, span) in [(1, PAUSE), (PER_HOUR, HOUR), (PER_DAY, DAY)] {
        let last = member_sessions::code_before(tx.conn(), phone, most - 1).await?;
        if let Some(last) = last
            && last + span > now
        {
            return Ok(Some((last + span).since(now)));
        }
    }
    if let Some(ip) = ip
        && member_sessions::codes_from(tx.conn(), ip, now - HOUR).await? >= PER_ADDRESS
    {
        return Ok(Some(HOUR));
    }
    Ok(None)
}
