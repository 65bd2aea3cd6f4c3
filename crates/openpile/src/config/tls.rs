//! The sections about TLS. What each key means stands in `configs/defaults.yaml`.
#![expect(
    missing_docs,
    reason = "defaults.yaml documents the keys; saying it twice would drift"
)]

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TcpTls {
    #[serde(deserialize_with = "some_addresses")]
    pub listen: Vec<SocketAddr>,
    pub cert: PemPath,
    pub key: PemPath,
    pub client_ca: Option<PemPath>,
}

/// Certificate and key of a listener: both, or none for a plain one.
#[derive(Clone, Debug)]
pub struct HttpTls(pub Option<(PemPath, PemPath)>);

impl<'de> Deserialize<'de> for HttpTls {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Pair {
            cert: Option<PemPath>,
            key: Option<PemPath>,
        }
        match Pair::deserialize(deserializer)? {
            Pair {
                cert: Some(cert),
                key: Some(key),
            } => Ok(Self(Some((cert, key)))),
            Pair {
                cert: None,
                key: None,
            } => Ok(Self(None)),
            Pair { .. } => Err(D::Error::custom("cert and key belong together")),
        }
    }
}

/// The path of a PEM file. Its content in place of its path is refused and not repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PemPath(PathBuf);

impl PemPath {
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl<'de> Deserialize<'de> for PemPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.contains("-----BEGIN") {
            return Err(D::Error::custom("must be the path of a PEM file"));
        }
        Ok(Self(text.into()))
    }
}

fn some_addresses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SocketAddr>, D::Error> {
    let addresses = Vec::<SocketAddr>::deserialize(deserializer)?;
    if addresses.is_empty() {
        return Err(D::Error::custom("must be at least one address"));
    }
    Ok(addresses)
}
