//! One certificate in force, and what its files say by now.

use crate::files::{Contents, Files, TlsError};
use crate::handshake::Meters;
use crate::server::{Server, server};
use arc_swap::ArcSwap;
use kernel::Timestamp;
use metrics::counter;
use parking_lot::Mutex;
use rustls::ServerConfig;
use std::fmt;
use std::sync::Arc;
use tracing::{error, info};

/// A certificate with which listeners speak TLS. Connections keep the one that they began with.
pub struct Endpoint {
    /// Where it stands in the configuration: `http.tls`.
    pub(crate) name: String,
    files: Files,
    protocols: Vec<&'static str>,
    in_force: ArcSwap<Server>,
    seen: Mutex<Seen>,
    pub(crate) meters: Meters,
}

/// What a look found.
#[derive(PartialEq, Eq)]
enum Found {
    Unreadable,
    Contents(Contents),
}

/// What the looks so far have found.
struct Seen {
    in_force: Contents,
    /// What was bad at the last look, and whether that has been told.
    bad: Option<(Found, bool)>,
}

impl Seen {
    fn is_told(&self, found: &Found) -> bool {
        matches!(&self.bad, Some((bad, true)) if bad == found)
    }

    /// Certificate and key are often replaced one after the other: what is bad is refused when it
    /// is the same at the next look.
    fn is_seen_again(&self, found: &Found) -> bool {
        matches!(&self.bad, Some((bad, _)) if bad == found)
    }
}

impl Endpoint {
    /// Reads the files for the first time. `protocols` are offered by ALPN.
    ///
    /// # Errors
    /// When they cannot be used.
    pub fn open(
        name: impl Into<String>,
        files: Files,
        protocols: &[&'static str],
    ) -> Result<Arc<Self>, TlsError> {
        let contents = files.read()?;
        let server = server(&files, &contents, protocols)?;
        let name = name.into();
        let reloads = |result: &'static str| counter!("openpile_certificate_reloads_total", "certificate" => name.clone(), "result" => result);
        reloads("taken").increment(0);
        reloads("refused").increment(0);
        Ok(Arc::new(Self {
            meters: Meters::of(&name),
            name,
            files,
            protocols: protocols.to_vec(),
            in_force: ArcSwap::from_pointee(server),
            seen: Mutex::new(Seen {
                in_force: contents,
                bad: None,
            }),
        }))
    }

    /// Where it stands in the configuration.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When the certificate in force expires, or the first of those that lead to its authority.
    pub fn expires_at(&self) -> Timestamp {
        self.in_force.load().expires_at
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.in_force.load().config.clone()
    }

    /// Looks at the files and takes what is new and good. What is bad is refused at the second
    /// look that finds it, or at once when somebody `asked` for the look.
    ///
    /// Reads files: not for a thread that serves connections.
    pub fn look(&self, now: Timestamp, asked: bool) {
        let mut seen = self.seen.lock();
        let (found, problem) = match self.files.read() {
            Ok(contents) if contents == seen.in_force => {
                seen.bad = None;
                return;
            }
            Ok(contents) => match self.take(&contents, now) {
                Ok(()) => {
                    seen.in_force = contents;
                    seen.bad = None;
                    return;
                }
                Err(problem) => (Found::Contents(contents), problem),
            },
            Err(problem) => (Found::Unreadable, problem),
        };
        if seen.is_told(&found) && !asked {
            return;
        }
        let tell = asked || seen.is_seen_again(&found);
        seen.bad = Some((found, tell));
        if !tell {
            return;
        }
        self.reloads("refused");
        error!(
            certificate = self.name,
            %problem,
            "a new certificate is refused, the old one stays in force"
        );
    }

    fn take(&self, contents: &Contents, now: Timestamp) -> Result<(), TlsError> {
        let protocols = &self.protocols;
        let new = server(&self.files, contents, protocols)?;
        let expires_at = new.expires_at;
        if expires_at <= now && self.expires_at() > now {
            return Err(TlsError::Expired(self.files.cert.clone()));
        }
        self.in_force.store(Arc::new(new));
        self.reloads("taken");
        info!(
            certificate = self.name,
            expires_at = expires_at.unix_seconds(),
            "certificate in force"
        );
        Ok(())
    }

    fn reloads(&self, result: &'static str) {
        let name = self.name.clone();
        counter!("openpile_certificate_reloads_total", "certificate" => name, "result" => result)
            .increment(1);
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.name)
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}
