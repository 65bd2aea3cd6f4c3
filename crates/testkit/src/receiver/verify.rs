//! The receiver's own check of a signature, written from the published text alone and apart from
//! the code that signs.

use axum::http::request::Parts;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// What a receiver makes of a request's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// Signed with the receiver's secret.
    Valid,
    /// No `X-Signature`, or the receiver has no secret to check it with.
    Unchecked,
    /// Signed by somebody else, or over something else.
    Wrong,
}

pub(super) fn check(head: &Parts, body: &[u8], secret: Option<&str>) -> Signature {
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(secret), Some(signature)) = (secret, header("x-signature")) else {
        return Signature::Unchecked;
    };
    let lines = [
        head.method.as_str(),
        head.uri.path(),
        header("x-timestamp").unwrap_or_default(),
        header("x-nonce").unwrap_or_default(),
        &hex::encode(Sha256::digest(body)),
    ];
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return Signature::Wrong;
    };
    mac.update(lines.join("\n").as_bytes());
    if hex::encode(mac.finalize().into_bytes()) == signature {
        Signature::Valid
    } else {
        Signature::Wrong
    }
}
