//! Signatures of requests, the same for webhooks that we send and for calls that we receive.
//!
//! Canonical form, lines joined by LF:
//!
//! ```text
//! METHOD
//! path without query
//! X-Timestamp, Unix seconds
//! X-Nonce
//! lowercase hexadecimal SHA-256 of the raw body
//! ```
//!
//! The signature is the lowercase hexadecimal HMAC-SHA256 of that text. An empty body counts as
//! the empty string.

use hmac::{Hmac, KeyInit, Mac};
use kernel::Timestamp;
use sha2::{Digest, Sha256};

/// How far a request's timestamp may lie from our clock, in seconds, in either direction.
pub const TIMESTAMP_WINDOW_S: u64 = 300;

/// The parts of a request that its signature covers.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// HTTP method in capitals.
    pub method: &'a str,
    /// Path of the address, percent-encoded as sent, without query.
    pub path: &'a str,
    /// `X-Timestamp`, Unix seconds.
    pub timestamp: i64,
    /// `X-Nonce`.
    pub nonce: &'a str,
    /// The raw bytes of the body.
    pub body: &'a [u8],
}

/// Why a signed request is not to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Too old, or from a clock that runs ahead: it may be a replay.
    #[error("timestamp is more than {TIMESTAMP_WINDOW_S} s away from the server's clock")]
    Stale,
    /// Not 64 hexadecimal digits, or not the signature of this request with this secret.
    #[error("signature does not match")]
    Mismatch,
}

impl SignedRequest<'_> {
    /// The text that is signed.
    pub fn canonical(&self) -> String {
        let body_hash = hex::encode(Sha256::digest(self.body));
        let Self {
            method,
            path,
            timestamp,
            nonce,
            ..
        } = self;
        format!("{method}\n{path}\n{timestamp}\n{nonce}\n{body_hash}")
    }

    /// The signature, 64 lowercase hexadecimal digits.
    pub fn sign(&self, secret: &str) -> String {
        hex::encode(self.mac(secret).finalize().into_bytes())
    }

    /// Checks a signature in constant time, and that the request is fresh. That its nonce is new
    /// is for the caller to check.
    pub fn verify(
        &self,
        secret: &str,
        signature: &str,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let claimed = hex::decode(signature).map_err(|_| SignatureError::Mismatch)?;
        self.mac(secret)
            .verify_slice(&claimed)
            .map_err(|_| SignatureError::Mismatch)?;
        if is_fresh(self.timestamp, now) {
            Ok(())
        } else {
            Err(SignatureError::Stale)
        }
    }

    fn mac(&self, secret: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(self.canonical().as_bytes());
        mac
    }
}

/// Whether a timestamp in Unix seconds is within [`TIMESTAMP_WINDOW_S`] of the present.
pub fn is_fresh(timestamp: i64, now: Timestamp) -> bool {
    now.unix_seconds().abs_diff(timestamp) <= TIMESTAMP_WINDOW_S
}

#[cfg(test)]
mod tests {
    use super::{SignatureError, SignedRequest};
    use kernel::Timestamp;
    use sha2::{Digest, Sha256};

    const SECRET: &str = "your-secret-key";
    const BODY: &str = concat!(
        r#"{"event_id":"charging.progress-THD1729407600001-1729407660","#,
        r#""event_type":"charging.progress","device_phy_id":"82210225000520","#,
        r#""timestamp":1729407660,"nonce":"a1b2c3d4","#,
        r#""data":{"order_no":"THD1729407600001","port_no":1}}"#
    );
    const SIGNATURE: &str = "31357979ee448640b59b44dc5c2fb26cca2ca6f2074e382c9e7604a5a8c95588";

    fn webhook() -> SignedRequest<'static> {
        SignedRequest {
            method: "POST",
            path: "/api/iot/webhook",
            timestamp: 1_729_407_660,
            nonce: "a1b2c3d4",
            body: BODY.as_bytes(),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_seconds(second)
    }

    #[test]
    fn a_webhook_is_signed_as_published() {
        assert_eq!(BODY.len(), 219);
        assert_eq!(
            hex::encode(Sha256::digest(BODY)),
            "7eefd7a135ae7d166bea71988001408be92e15e7997d2a64f0202bb843935e85"
        );
        assert_eq!(webhook().sign(SECRET), SIGNATURE);
    }

    #[test]
    fn a_call_without_a_body_is_signed_as_published() {
        let call = SignedRequest {
            method: "GET",
            path: "/api/v1/third/orders/THD1729407600001",
            timestamp: 1_729_407_660,
            nonce: "n-0001",
            body: b"",
        };
        assert!(
            call.canonical()
                .ends_with("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        );
        assert_eq!(
            call.sign(SECRET),
            "b632e6a3ff083830debbdd91f559cfdbc5ad15a0144492ce5dbd5ae2e679d45a"
        );
    }

    #[test]
    fn a_true_signature_holds_for_five_minutes_either_way() {
        let request = webhook();
        for second in [1_729_407_360, 1_729_407_660, 1_729_407_960] {
            assert_eq!(request.verify(SECRET, SIGNATURE, at(second)), Ok(()));
        }
        for second in [1_729_407_359, 1_729_407_961, 0, i64::MAX / 1000] {
            let verdict = request.verify(SECRET, SIGNATURE, at(second));
            assert_eq!(verdict, Err(SignatureError::Stale));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let now = at(1_729_407_660);
        let refused = Err(SignatureError::Mismatch);
        let request = webhook();
        for signature in ["", "zz", &SIGNATURE[..62], &SIGNATURE.replace('3', "4")] {
            assert_eq!(request.verify(SECRET, signature, now), refused);
        }
        assert_eq!(request.verify("other", SIGNATURE, now), refused);
        let variations = [
            SignedRequest {
                method: "PUT",
                ..request
            },
            SignedRequest {
                path: "/api/iot/webhook/",
                ..request
            },
            SignedRequest {
                timestamp: 1_729_407_661,
                ..request
            },
            SignedRequest {
                nonce: "a1b2c3d5",
                ..request
            },
            SignedRequest {
                body: b"{}",
                ..request
            },
        ];
        for altered in variations {
            assert_eq!(altered.verify(SECRET, SIGNATURE, now), refused);
        }
    }
}
