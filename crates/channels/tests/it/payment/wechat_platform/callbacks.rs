//! Callbacks as WeChat Pay sends them.

use super::{API_V3_KEY, PLATFORM, Platform, SERIAL, TestKey};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use channels::payment::RawCallback;
use kernel::Clock;
use serde_json::{Value, json};

const NONCE: &str = "fdasflkja484";

/// A callback's content with how it is sealed; the default is as it should be.
pub(in crate::payment) struct Sealed<'a> {
    pub(in crate::payment) event: &'a str,
    pub(in crate::payment) content: Vec<u8>,
    pub(in crate::payment) api_v3_key: &'a str,
    pub(in crate::payment) serial: &'a str,
    pub(in crate::payment) key: &'a TestKey,
    pub(in crate::payment) age_s: i64,
}

impl<'a> Sealed<'a> {
    pub(in crate::payment) fn new(event: &'a str, content: &Value) -> Self {
        Self {
            event,
            content: content.to_string().into_bytes(),
            api_v3_key: API_V3_KEY,
            serial: SERIAL,
            key: &PLATFORM,
            age_s: 0,
        }
    }

    fn body(&self) -> Vec<u8> {
        let key = UnboundKey::new(&AES_256_GCM, self.api_v3_key.as_bytes()).expect("32 bytes");
        let nonce = Nonce::try_assume_unique_for_key(NONCE.as_bytes()).expect("12 bytes");
        let mut text = self.content.clone();
        LessSafeKey::new(key)
            .seal_in_place_append_tag(nonce, Aad::from("transaction"), &mut text)
            .expect("sealed");
        let body = json!({
            "id": "EV-2018022511223320873",
            "create_time": "2026-01-31T08:05:09+08:00",
            "resource_type": "encrypt-resource",
            "event_type": self.event,
            "summary": "通知",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM",
                "original_type": "transaction",
                "ciphertext": BASE64.encode(text),
                "associated_data": "transaction",
                "nonce": NONCE,
            },
        });
        body.to_string().into_bytes()
    }
}

impl Platform {
    pub(in crate::payment) fn send(&self, sealed: &Sealed<'_>) -> RawCallback {
        let seconds = self.clock.now().unix_seconds() - sealed.age_s;
        signed(sealed.serial, sealed.key, seconds, sealed.body())
    }

    /// Any bytes, properly signed.
    pub(in crate::payment) fn send_bytes(&self, body: Vec<u8>) -> RawCallback {
        signed(SERIAL, &PLATFORM, self.clock.now().unix_seconds(), body)
    }
}

fn signed(serial: &str, key: &TestKey, seconds: i64, body: Vec<u8>) -> RawCallback {
    let mut headers = HeaderMap::new();
    for (name, value) in signature(serial, key, seconds, &body) {
        headers.insert(name, value.parse().expect("legal in a header"));
    }
    RawCallback { headers, body }
}

/// The headers that vouch for a body.
pub(super) fn signature(
    serial: &str,
    key: &TestKey,
    seconds: i64,
    body: &[u8],
) -> [(&'static str, String); 4] {
    let nonce = "EcGu0bCqlAVSDtvOWoFSlNW1d1wcTsRZ";
    let mut message = format!("{seconds}\n{nonce}\n").into_bytes();
    message.extend_from_slice(body);
    message.push(b'\n');
    [
        ("wechatpay-serial", serial.to_owned()),
        ("wechatpay-timestamp", seconds.to_string()),
        ("wechatpay-nonce", nonce.to_owned()),
        ("wechatpay-signature", key.sign(&message)),
    ]
}
