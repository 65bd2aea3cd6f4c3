//! Cameras: whether one can be reached, and a picture of it.
//!
//! Addresses come in through the API, so the rules of webhooks apply: what is private or local is
//! refused unless the configuration allows its network, and the address that was checked is the one
//! that is connected to.

use crate::client;
use crate::webhook::target::{AddressPolicy, Target, Trust};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Client;
use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// Largest picture, in bytes.
pub const PICTURE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A picture of a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// `image/jpeg` …
    pub content_type: String,
    /// The picture.
    pub bytes: Vec<u8>,
}

impl Snapshot {
    /// The picture as text, in base64.
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }
}

/// Why there is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoPicture(pub String);

/// What looking will have come to.
pub type Looking<'a, T> = Pin<Box<dyn Future<Output = Result<T, NoPicture>> + Send + 'a>>;

/// Whoever looks through cameras.
pub trait Eye: fmt::Debug + Send + Sync + 'static {
    /// Whether something answers at that host and port.
    fn knock<'a>(&'a self, host: &'a str, port: u16) -> Looking<'a, ()>;

    /// Fetches a picture, as that account if one is named.
    fn look<'a>(
        &'a self,
        url: &'a str,
        account: Option<(&'a str, &'a str)>,
    ) -> Looking<'a, Snapshot>;
}

/// The one that the program uses.
pub type SharedEye = Arc<dyn Eye>;

/// Sees nothing: there are no cameras.
#[derive(Clone, Copy, Debug, Default)]
pub struct BlindEye;

impl Eye for BlindEye {
    fn knock<'a>(&'a self, _host: &'a str, _port: u16) -> Looking<'a, ()> {
        Box::pin(async { Err(NoPicture("cameras are not set up".to_owned())) })
    }

    fn look<'a>(
        &'a self,
        _url: &'a str,
        _account: Option<(&'a str, &'a str)>,
    ) -> Looking<'a, Snapshot> {
        Box::pin(async { Err(NoPicture("cameras are not set up".to_owned())) })
    }
}

/// Looks over the network.
#[derive(Debug)]
pub struct NetworkEye {
    client: Client,
    policy: AddressPolicy,
    patience: Duration,
}

impl NetworkEye {
    /// An eye that gives up after `patience`.
    ///
    /// # Errors
    /// When the machine cannot call.
    pub fn new(policy: AddressPolicy, patience: Duration) -> Result<Self, NoPicture> {
        let resolver = Arc::new(crate::webhook::GuardedResolver(policy.clone()));
        let client = client::build(|| {
            client::plain()
                .timeout(patience)
                .dns_resolver(resolver.clone())
        });
        Ok(Self {
            client: client.map_err(|error| NoPicture(error.to_string()))?,
            policy,
            patience,
        })
    }

    async fn reach(&self, host: &str, port: u16) -> Result<(), NoPicture> {
        let said = |error: std::io::Error| NoPicture(error.to_string());
        let found = lookup_host((host, port)).await.map_err(said)?;
        let mut last = NoPicture("its name has no address".to_owned());
        for address in found.collect::<Vec<SocketAddr>>() {
            if let Err(forbidden) = self.policy.check(address.ip()) {
                last = NoPicture(forbidden.to_string());
                continue;
            }
            match TcpStream::connect(address).await {
                Ok(_) => return Ok(()),
                Err(error) => last = said(error),
            }
        }
        Err(last)
    }

    async fn fetch(&self, url: &str, account: Option<(&str, &str)>) -> Result<Snapshot, NoPicture> {
        Target::parse(url, Trust::Guarded, &self.policy)
            .map_err(|error| NoPicture(error.to_string()))?;
        let mut request = self.client.get(url);
        if let Some((name, password)) = account {
            request = request.basic_auth(name, Some(password));
        }
        let failed = |error: reqwest::Error| NoPicture(error.without_url().to_string());
        let mut response = request.send().await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(NoPicture(format!("it answered {}", response.status())));
        }
        let kind = response.headers().get(reqwest::header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let content_type = kind.split(';').next().unwrap_or_default().trim().to_owned();
        if !["image/jpeg", "image/png", "image/webp"].contains(&content_type.as_str()) {
            return Err(NoPicture("it answered with no picture".to_owned()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > PICTURE_BYTES_MAX {
                return Err(NoPicture("the picture is too large".to_owned()));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Snapshot {
            content_type,
            bytes,
        })
    }
}

impl Eye for NetworkEye {
    fn knock<'a>(&'a self, host: &'a str, port: u16) -> Looking<'a, ()> {
        Box::pin(async move {
            let reached = timeout(self.patience, self.reach(host, port)).await;
            reached.unwrap_or_else(|_| Err(NoPicture("no answer in time".to_owned())))
        })
    }

    fn look<'a>(
        &'a self,
        url: &'a str,
        account: Option<(&'a str, &'a str)>,
    ) -> Looking<'a, Snapshot> {
        Box::pin(async move {
            let fetched = timeout(self.patience, self.fetch(url, account)).await;
            fetched.unwrap_or_else(|_| Err(NoPicture("no answer in time".to_owned())))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Eye as _, NetworkEye, PICTURE_BYTES_MAX};
    use crate::webhook::target::AddressPolicy;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    fn eye(local: bool) -> NetworkEye {
        let policy = AddressPolicy::new(move |address| local && address.is_loopback());
        NetworkEye::new(policy, Duration::from_millis(500)).expect("an eye")
    }

    /// Answers every call with these bytes; its port.
    async fn camera(answer: Vec<u8>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut asked = [0; 2048];
                let _ = socket.read(&mut asked).await;
                let _ = socket.write_all(&answer).await;
                let _ = socket.shutdown().await;
            }
        });
        port
    }

    fn http(kind: &str, body: &[u8]) -> Vec<u8> {
        let length = body.len();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n");
        [head.as_bytes(), body].concat()
    }

    #[tokio::test]
    async fn a_picture_is_fetched_and_bounded() {
        let port = camera(http("image/jpeg; q=1", b"picture")).await;
        let url = format!("http://127.0.0.1:{port}/snap.jpg");
        let picture = eye(true)
            .look(&url, Some(("a", "b")))
            .await
            .expect("a picture");
        assert_eq!(
            (picture.content_type.as_str(), &picture.bytes[..]),
            ("image/jpeg", &b"picture"[..])
        );
        assert!(eye(true).knock("127.0.0.1", port).await.is_ok());
        let large = camera(http("image/png", &vec![0; PICTURE_BYTES_MAX + 1])).await;
        let refused = eye(true)
            .look(&format!("http://127.0.0.1:{large}/"), None)
            .await;
        assert_eq!(
            refused.expect_err("too large").0,
            "the picture is too large"
        );
        let page = camera(http("text/html", b"log in")).await;
        let refused = eye(true)
            .look(&format!("http://127.0.0.1:{page}/"), None)
            .await;
        assert_eq!(
            refused.expect_err("no picture").0,
            "it answered with no picture"
        );
        let moved =
            b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n";
        let moved = camera(moved.to_vec()).await;
        let refused = eye(true)
            .look(&format!("http://127.0.0.1:{moved}/"), None)
            .await;
        assert!(refused.expect_err("elsewhere").0.contains("302"));
    }

    #[tokio::test]
    async fn what_is_inside_the_walls_is_not_looked_at() {
        let port = camera(http("image/jpeg", b"picture")).await;
        for host in ["127.0.0.1", "localhost"] {
            let url = format!("http://{host}:{port}/");
            assert!(eye(false).look(&url, None).await.is_err(), "{host}");
            let refused = eye(false).knock(host, port).await;
            assert!(
                refused
                    .expect_err("forbidden")
                    .0
                    .contains("not a public address")
            );
        }
    }

    #[tokio::test]
    async fn silence_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let url = format!("http://127.0.0.1:{port}/");
        assert!(eye(true).look(&url, None).await.is_err());
        drop(listener);
        assert!(eye(true).knock("127.0.0.1", port).await.is_err());
    }
}
