//! The second factor: six digits that change every half minute (RFC 6238, SHA-1).

use super::Actor;
use crate::{App, AppError};
use hmac::{Hmac, KeyInit, Mac};
use kernel::Timestamp;
use sha1::Sha1;
use store::admin_users;
use subtle::ConstantTimeEq;

/// Length of a period in seconds.
const PERIOD_S: i64 = 30;
/// Clocks may be off by so many periods.
const DRIFT: i64 = 1;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A secret that may become somebody's second factor.
#[derive(Clone, Debug)]
pub struct FactorOffer {
    /// Base32.
    pub secret: String,
    /// What authenticator programs read from a code.
    pub url: String,
}

impl App {
    /// A new secret for an account; nothing is stored yet.
    pub fn offer_second_factor(&self, actor: &Actor) -> FactorOffer {
        let secret = base32(&rand::random::<[u8; 20]>());
        let url = format!(
            "otpauth://totp/OpenPile:{}?secret={secret}&issuer=OpenPile",
            actor.name
        );
        FactorOffer { secret, url }
    }

    /// Makes a secret the actor's second factor, proven by a code; without a secret takes it
    /// away, proven by a code of the old one.
    ///
    /// # Errors
    /// [`AppError::Invalid`] when the code does not fit.
    pub async fn set_second_factor(
        &self,
        actor: &Actor,
        secret: Option<&str>,
        code: &str,
    ) -> Result<(), AppError> {
        let account = actor.admin_id.ok_or(AppError::NotFound("account"))?;
        let mut tx = self.db.begin().await?;
        let row = admin_users::find(tx.conn(), account).await?;
        let row = row.ok_or(AppError::NotFound("account"))?;
        let proof = secret.or(row.totp_secret.as_deref());
        let proof = proof.ok_or(AppError::Conflict("there is no second factor"))?;
        if step_of(proof, code, self.now()).is_none() {
            return Err(AppError::Invalid {
                field: "code".to_owned(),
                problem: "does not fit".to_owned(),
            });
        }
        admin_users::set_totp(tx.conn(), account, secret, self.now()).await?;
        let action = if secret.is_some() {
            "session.totp.on"
        } else {
            "session.totp.off"
        };
        let object = format!("admin:{account}");
        let before = Some(serde_json::json!({ "second_factor": row.totp_secret.is_some() }));
        let after = Some(serde_json::json!({ "second_factor": secret.is_some() }));
        self.audit_in(&mut tx, actor, action, &object, before, after)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The period that a code belongs to, if it fits the secret about now.
pub(super) fn step_of(secret: &str, code: &str, now: Timestamp) -> Option<i64> {
    let key = unbase32(secret)?;
    let present = now.unix_seconds().div_euclid(PERIOD_S);
    (present - DRIFT..=present + DRIFT).find(|step| {
        code_at(&key, *step)
            .is_some_and(|expected| bool::from(expected.as_bytes().ct_eq(code.as_bytes())))
    })
}

fn code_at(key: &[u8], step: i64) -> Option<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).ok()?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest.last()? & 0x0f);
    let four: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    let number = (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000;
    Some(format!("{number:06}"))
}

fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits) as usize & 31]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits)) as usize & 31]));
    }
    text
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = ALPHABET
            .iter()
            .position(|known| *known == letter.to_ascii_uppercase())?;
        held = (held << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    (bytes.len() >= 10).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{base32, code_at, step_of, unbase32};
    use kernel::Timestamp;

    const KEY: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(KEY, at / 30).as_deref(), Some(code), "{at}");
        }
    }

    #[test]
    fn a_code_fits_for_a_minute_and_a_half() {
        let secret = base32(KEY);
        assert_eq!(secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(unbase32(&secret).as_deref(), Some(KEY));
        let at = |seconds| Timestamp::from_unix_seconds(seconds);
        assert_eq!(step_of(&secret, "287082", at(59)), Some(1));
        assert_eq!(step_of(&secret, "287082", at(89)), Some(1));
        assert_eq!(step_of(&secret, "287082", at(90)), None);
        assert_eq!(step_of(&secret, "28708", at(59)), None);
        assert_eq!(step_of("not base32!", "287082", at(59)), None);
    }
}
