//! From the configuration to the certificates of our listeners.

use crate::config::{Config, PemPath};
use anyhow::Context as _;
use app::Certificate;
use std::path::Path;
use std::sync::Arc;
use tls::{Endpoint, Files, Keeper};

/// What the HTTP listener says by ALPN that it speaks.
const HTTP: [&str; 1] = ["http/1.1"];

/// The certificates of all listeners.
#[derive(Clone, Debug)]
pub(crate) struct Certificates {
    /// Of the HTTP listener, if it speaks TLS.
    pub(crate) http: Option<Arc<Endpoint>>,
    /// Of each entry of `tcp.tls`.
    pub(crate) tcp: Vec<Arc<Endpoint>>,
}

impl Certificates {
    fn all(&self) -> impl Iterator<Item = &Arc<Endpoint>> {
        self.http.iter().chain(&self.tcp)
    }

    /// Whoever reads them anew.
    pub(crate) fn keeper(&self) -> Keeper {
        Keeper::new(self.all().cloned().collect())
    }
}

impl app::Certificates for Certificates {
    fn certificates(&self) -> Vec<Certificate> {
        self.all()
            .map(|endpoint| Certificate {
                name: endpoint.name().to_owned(),
                expires_at: endpoint.expires_at(),
            })
            .collect()
    }
}

/// Reads all that the configuration names.
pub(crate) fn certificates(config: &Config) -> anyhow::Result<Certificates> {
    let open = |name: String, files: Files, protocols: &[&'static str]| {
        Endpoint::open(name.clone(), files, protocols).context(name)
    };
    let http = config.http.tls.0.as_ref().map(|(cert, key)| {
        let files = files(cert, key, None);
        open("http.tls".to_owned(), files, &HTTP)
    });
    let tcp = config.tcp.tls.iter().enumerate().map(|(index, section)| {
        let files = files(&section.cert, &section.key, section.client_ca.as_ref());
        open(format!("tcp.tls[{index}]"), files, &[])
    });
    Ok(Certificates {
        http: http.transpose()?,
        tcp: tcp.collect::<anyhow::Result<_>>()?,
    })
}

fn files(cert: &PemPath, key: &PemPath, client_ca: Option<&PemPath>) -> Files {
    let path = |path: &PemPath| Path::to_owned(path.as_path());
    Files {
        cert: path(cert),
        key: path(key),
        client_ca: client_ca.map(path),
    }
}
