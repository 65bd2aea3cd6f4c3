//! Keys that live as long as the test run.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{
    KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::sync::LazyLock;

pub(super) struct TestKey {
    pair: RsaKeyPair,
    private_der: Vec<u8>,
    public_der: Vec<u8>,
}

/// Ours, as merchant.
pub(super) static MERCHANT: LazyLock<TestKey> = LazyLock::new(TestKey::generate);
/// The platform's.
pub(super) static PLATFORM: LazyLock<TestKey> = LazyLock::new(TestKey::generate);
/// The platform's former one, still valid.
pub(super) static FORMER: LazyLock<TestKey> = LazyLock::new(TestKey::generate);
/// Somebody else's.
pub(super) static STRANGER: LazyLock<TestKey> = LazyLock::new(TestKey::generate);

impl TestKey {
    fn generate() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("a key as PKCS#8");
        let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).expect("its half");
        Self {
            private_der: private.as_ref().to_vec(),
            public_der: public.as_ref().to_vec(),
            pair,
        }
    }

    pub(super) fn private_pem(&self) -> String {
        pem("PRIVATE KEY", &self.private_der)
    }

    pub(super) fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public_der)
    }

    /// As Alipay's tools hand keys out.
    pub(super) fn private_bare(&self) -> String {
        BASE64.encode(&self.private_der)
    }

    /// As Alipay's tools hand keys out.
    pub(super) fn public_bare(&self) -> String {
        BASE64.encode(&self.public_der)
    }

    pub(super) fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        self.pair
            .sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
            .expect("a signature");
        BASE64.encode(signature)
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = BASE64.decode(signature) else {
            return false;
        };
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public_der)
            .verify(message, &signature)
            .is_ok()
    }

    pub(super) fn decrypt(&self, text: &str) -> Option<String> {
        let key = PrivateDecryptingKey::from_pkcs8(&self.private_der).ok()?;
        let key = OaepPrivateDecryptingKey::new(key).ok()?;
        let mut plain = vec![0; key.min_output_size()];
        let ciphertext = BASE64.decode(text).ok()?;
        let plain = key
            .decrypt(&OAEP_SHA1_MGF1SHA1, &ciphertext, &mut plain, None)
            .ok()?;
        String::from_utf8(plain.to_vec()).ok()
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("base64 is ASCII"))
        .collect();
    let body = lines.join("\n");
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}
