//! From the contents of the files to what rustls serves with.

use crate::files::{Contents, Files, TlsError};
use crate::validity;
use kernel::Timestamp;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use std::path::Path;
use std::sync::{Arc, LazyLock};

static PROVIDER: LazyLock<Arc<CryptoProvider>> =
    LazyLock::new(|| Arc::new(aws_lc_rs::default_provider()));

/// What an endpoint serves with.
pub(crate) struct Server {
    pub(crate) config: Arc<ServerConfig>,
    /// When the first of its certificates expires.
    pub(crate) expires_at: Timestamp,
}

/// `protocols` are offered by ALPN, the favourite first.
pub(crate) fn server(
    files: &Files,
    contents: &Contents,
    protocols: &[&str],
) -> Result<Server, TlsError> {
    let chain = certificates(&files.cert, &contents.cert)?;
    let expires_at = chain
        .iter()
        .map(|certificate| validity::not_after(certificate))
        .min()
        .flatten()
        .ok_or_else(|| TlsError::NoCertificate(files.cert.clone()))?;
    let key = PrivateKeyDer::from_pem_slice(&contents.key)
        .map_err(|_| TlsError::NoKey(files.key.clone()))?;
    let builder = ServerConfig::builder_with_provider(PROVIDER.clone())
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(TlsError::Pair)?;
    let builder = match (&files.client_ca, &contents.client_ca) {
        (Some(path), Some(pem)) => builder.with_client_cert_verifier(verifier_of(path, pem)?),
        _ => builder.with_no_client_auth(),
    };
    // Refuses a key that is not the certificate's.
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(TlsError::Pair)?;
    config.alpn_protocols = protocols
        .iter()
        .map(|protocol| protocol.as_bytes().to_vec())
        .collect();
    Ok(Server {
        config: Arc::new(config),
        expires_at,
    })
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(TlsError::NoCertificate(path.to_owned())),
    }
}

fn verifier_of(
    path: &Path,
    pem: &[u8],
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, TlsError> {
    let unusable = |problem: String| TlsError::Authorities {
        path: path.to_owned(),
        problem,
    };
    let mut roots = RootCertStore::empty();
    for authority in certificates(path, pem)? {
        roots
            .add(authority)
            .map_err(|error| unusable(error.to_string()))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), PROVIDER.clone())
        .build()
        .map_err(|error| unusable(error.to_string()))
}
