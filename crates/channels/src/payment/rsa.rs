//! RSA keys: ours, which sign and decrypt, and those of platforms, which verify and encrypt.

use super::error::ConfigError;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::{
    KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{PemObject, SectionKind};
use std::fmt;
use webpki::EndEntityCert;

/// A merchant's private key. Shows nothing of itself.
pub(super) struct SigningKey(RsaKeyPair);

impl SigningKey {
    /// Reads PKCS#8 or PKCS#1, in PEM or, as Alipay's tools hand it out, in bare base64. `name`
    /// says which key it is when it cannot be read.
    pub(super) fn read(text: &str, name: &'static str) -> Result<Self, ConfigError> {
        let (_, der) = unwrap(text).ok_or(ConfigError::Key(name))?;
        RsaKeyPair::from_pkcs8(&der)
            .or_else(|_| RsaKeyPair::from_der(&der))
            .map(Self)
            .map_err(|_| ConfigError::Key(name))
    }

    /// RSA-SHA256 (PKCS#1 v1.5), in base64.
    pub(super) fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .expect("a key that could be read signs messages of any length");
        BASE64.encode(signature)
    }

    /// The public half, to check in tests and at start that two keys are not the same.
    pub(super) fn public_der(&self) -> Option<Vec<u8>> {
        let der = AsDer::<PublicKeyX509Der<'_>>::as_der(self.0.public_key()).ok()?;
        Some(der.as_ref().to_vec())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([REDACTED])")
    }
}

/// A platform's public key.
#[derive(Clone)]
pub(super) struct PlatformKey {
    verifying: ParsedPublicKey,
    /// Its `SubjectPublicKeyInfo`.
    der: Vec<u8>,
}

impl PlatformKey {
    /// Reads a public key or a certificate, in PEM or in bare base64 of a public key.
    pub(super) fn read(text: &str, name: &'static str) -> Result<Self, ConfigError> {
        let bad = || ConfigError::Key(name);
        let (kind, der) = unwrap(text).ok_or_else(bad)?;
        let der = if kind == Some(SectionKind::Certificate) {
            let certificate = CertificateDer::from(der);
            let certificate = EndEntityCert::try_from(&certificate).map_err(|_| bad())?;
            certificate.subject_public_key_info().as_ref().to_vec()
        } else {
            der
        };
        let verifying =
            ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &der).map_err(|_| bad())?;
        Ok(Self { verifying, der })
    }

    /// Whether `signature`, in base64, is this key's RSA-SHA256 signature of `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        let Ok(signature) = BASE64.decode(signature) else {
            return false;
        };
        self.verifying.verify_sig(message, &signature).is_ok()
    }

    /// Encrypts a short text with RSA-OAEP (SHA-1), in base64, so that only the platform can read
    /// it. `None` when the text is longer than the key can take.
    pub(super) fn encrypt(&self, text: &str) -> Option<String> {
        let key = PublicEncryptingKey::from_der(&self.der).ok()?;
        let key = OaepPublicEncryptingKey::new(key).ok()?;
        let mut ciphertext = vec![0; key.ciphertext_size()];
        let ciphertext = key
            .encrypt(&OAEP_SHA1_MGF1SHA1, text.as_bytes(), &mut ciphertext, None)
            .ok()?;
        Some(BASE64.encode(ciphertext))
    }

    /// Whether this is the public half of `key`: a frequent mistake in configurations.
    pub(super) fn belongs_to(&self, key: &SigningKey) -> bool {
        key.public_der().is_some_and(|der| der == self.der)
    }
}

impl fmt::Debug for PlatformKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlatformKey")
    }
}

/// What is inside the armour, and what the armour says it is.
fn unwrap(text: &str) -> Option<(Option<SectionKind>, Vec<u8>)> {
    if text.contains("-----BEGIN") {
        let (kind, der) = <(SectionKind, Vec<u8>)>::from_pem_slice(text.as_bytes()).ok()?;
        return Some((Some(kind), der));
    }
    let bare: String = text.split_ascii_whitespace().collect();
    if bare.is_empty() {
        return None;
    }
    Some((None, BASE64.decode(bare).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{PlatformKey, SigningKey};

    /// Made for this test with `openssl req -x509`; its private key was thrown away.
    const CERTIFICATE: &str = include_str!("../../tests/data/platform-certificate.pem");
    const PUBLIC_KEY: &str = include_str!("../../tests/data/platform-public-key.pem");

    #[test]
    fn a_certificate_holds_its_public_key() {
        let from_certificate = PlatformKey::read(CERTIFICATE, "key").expect("a certificate");
        let from_key = PlatformKey::read(PUBLIC_KEY, "key").expect("a public key");
        assert_eq!(from_certificate.der, from_key.der);
    }

    #[test]
    fn a_bare_key_is_read_as_well() {
        let bare: String = PUBLIC_KEY
            .lines()
            .filter(|line| !line.starts_with("--"))
            .collect();
        assert!(PlatformKey::read(&bare, "key").is_ok());
    }

    #[test]
    fn what_is_no_key_is_named_but_not_shown() {
        let halved = PUBLIC_KEY.replacen('\n', "\n!", 2);
        for text in ["", "secret", "AAAA", "-----BEGIN", PUBLIC_KEY, &halved] {
            let error = SigningKey::read(text, "private_key").expect_err("no private key");
            assert!(
                error.to_string().starts_with("private_key is not"),
                "{error}"
            );
        }
        for text in ["", "secret", "AAAA", "-----BEGIN", &halved] {
            assert!(PlatformKey::read(text, "key").is_err(), "{text}");
        }
    }

    #[test]
    fn names_that_are_too_long_are_not_encrypted() {
        let key = PlatformKey::read(PUBLIC_KEY, "key").expect("a public key");
        assert!(key.encrypt("张三").is_some());
        assert!(key.encrypt(&"张".repeat(80)).is_none());
        assert!(!key.verifies(b"message", "not base64!"));
    }
}
