//! The beginning of a connection: it becomes a TLS stream in time, or it is let go.

use crate::endpoint::Endpoint;
use crate::seldom::Seldom;
use metrics::{Counter, counter};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tracing::warn;

/// A connection that speaks TLS.
pub type Stream = tokio_rustls::server::TlsStream<TcpStream>;

/// One line about failed handshakes in so long: whoever looks for open ports fails at hundreds.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Why there is no TLS with a peer.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// It took too long.
    #[error("not done in time")]
    Slow,
    /// What came is no TLS.
    #[error("the peer does not speak TLS")]
    Plain,
    /// The two do not agree: no common version or cipher, no certificate of a known authority,
    /// or ours is not trusted.
    #[error("{0}")]
    Refused(rustls::Error),
    /// The connection broke.
    #[error("{0}")]
    Broken(io::Error),
}

/// What became of handshakes.
pub(crate) struct Meters {
    done: Counter,
    slow: Counter,
    plain: Counter,
    refused: Counter,
    broken: Counter,
    lines: Seldom,
}

impl Meters {
    pub(crate) fn of(certificate: &str) -> Self {
        let result = |result: &'static str| {
            let certificate = certificate.to_owned();
            let counter = counter!("openpile_tls_handshakes_total", "certificate" => certificate, "result" => result);
            counter.increment(0);
            counter
        };
        Self {
            done: result("done"),
            slow: result("slow"),
            plain: result("plain"),
            refused: result("refused"),
            broken: result("broken"),
            lines: Seldom::new(LINE_EVERY),
        }
    }

    const fn of_error(&self, error: &HandshakeError) -> &Counter {
        match error {
            HandshakeError::Slow => &self.slow,
            HandshakeError::Plain => &self.plain,
            HandshakeError::Refused(_) => &self.refused,
            HandshakeError::Broken(_) => &self.broken,
        }
    }
}

impl Endpoint {
    /// Speaks TLS with who connected, with the certificate that is in force now. Failures are
    /// counted, and logged now and then.
    ///
    /// # Errors
    /// When that is not done within `patience`, or not at all.
    pub async fn accept(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        patience: Duration,
    ) -> Result<Stream, HandshakeError> {
        let accepting = TlsAcceptor::from(self.config()).accept(stream);
        let accepted = match timeout(patience, accepting).await {
            Ok(accepted) => accepted.map_err(why),
            Err(_) => Err(HandshakeError::Slow),
        };
        match &accepted {
            Ok(_) => self.meters.done.increment(1),
            Err(error) => {
                self.meters.of_error(error).increment(1);
                if let Some(left_out) = self.meters.lines.may_write() {
                    warn!(remote_addr = %peer, certificate = self.name(), %error, left_out,
                        "TLS handshake failed");
                }
            }
        }
        accepted
    }
}

fn why(error: io::Error) -> HandshakeError {
    let told = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match told {
        Some(rustls::Error::InvalidMessage(_)) => HandshakeError::Plain,
        Some(told) => HandshakeError::Refused(told.clone()),
        None => HandshakeError::Broken(error),
    }
}
