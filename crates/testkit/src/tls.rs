//! The other end of a TLS connection, with the certificates of `testdata/tls`.

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A file of `testdata/tls`.
pub fn shipped(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/tls")).join(name)
}

/// Speaks TLS over a connection as somebody who trusts `authority` alone, and who shows the
/// certificate `own` where one is asked for.
///
/// # Errors
/// When the two do not agree.
///
/// # Panics
/// When the certificates of the tests cannot be read.
pub async fn connect(stream: TcpStream, own: Option<&str>) -> io::Result<TlsStream<TcpStream>> {
    let certificate = |name: &str| {
        CertificateDer::from_pem_file(shipped(&format!("{name}.pem"))).expect("a certificate")
    };
    let mut roots = RootCertStore::empty();
    roots.add(certificate("authority")).expect("an authority");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("known versions")
        .with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some(name) => {
            let key = PrivateKeyDer::from_pem_file(shipped(&format!("{name}.key")));
            builder
                .with_client_auth_cert(vec![certificate(name)], key.expect("a key"))
                .expect("a pair")
        }
    };
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}
