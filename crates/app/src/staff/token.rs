use sha2::{Digest, Sha256};

/// 256 random bits as text; whoever has it is logged in.
pub(crate) fn random() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// What is stored of a token.
pub(crate) fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
