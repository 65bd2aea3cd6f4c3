//! The files of an endpoint, read whole.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Longest file of certificates or of a key; a chain has some kilobytes, a list of authorities
/// may have more.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Where certificate, key and authorities of an endpoint stand, PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The certificate, followed by those that lead to its authority.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Authorities of the other end: with them, whoever connects shows a certificate that one
    /// of them has signed.
    pub client_ca: Option<PathBuf>,
}

/// Why an endpoint cannot be as its files say. Never shows what stands in them.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: {problem}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        problem: io::Error,
    },
    /// There is no certificate in it, or one that is none.
    #[error("{} holds no certificate", .0.display())]
    NoCertificate(PathBuf),
    /// There is no private key in it.
    #[error("{} holds no private key", .0.display())]
    NoKey(PathBuf),
    /// Certificate and key do not belong together, or are of a kind that is not known.
    #[error("certificate and key cannot be used: {0}")]
    Pair(rustls::Error),
    /// The authorities of the other end cannot be used.
    #[error("{} holds authorities that cannot be used: {problem}", path.display())]
    Authorities {
        /// Which file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// A new certificate that has expired would take the place of one that has not.
    #[error("{} has expired, the certificate in force has not", .0.display())]
    Expired(PathBuf),
}

/// What stands in the files.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) cert: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) client_ca: Option<Vec<u8>>,
}

impl Files {
    pub(crate) fn read(&self) -> Result<Contents, TlsError> {
        Ok(Contents {
            cert: read(&self.cert)?,
            key: read(&self.key)?,
            client_ca: self.client_ca.as_deref().map(read).transpose()?,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    read_bounded(path).map_err(|problem| TlsError::Unreadable {
        path: path.to_owned(),
        problem,
    })
}

/// A wrong path must not fill the memory.
fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    if read as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other("longer than 1 MiB"));
    }
    Ok(bytes)
}
