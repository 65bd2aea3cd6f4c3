//! Calls as people of the demo make them.

use anyhow::ensure;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How long each step of the tour may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(200);

/// What a caller shows.
#[derive(Clone)]
pub(super) enum Pass {
    /// Nothing.
    Stranger,
    /// A key, `X-Api-Key`.
    Key(&'static str),
    /// A session's token.
    Session(String),
}

/// Somebody who calls the server.
#[derive(Clone)]
pub(super) struct Desk {
    client: Client,
    root: String,
    pass: Pass,
}

impl Desk {
    pub(super) fn new(http: SocketAddr, pass: Pass) -> Self {
        Self {
            client: Client::new(),
            root: format!("http://{http}/api"),
            pass,
        }
    }

    /// The same caller with another pass.
    pub(super) fn showing(&self, pass: Pass) -> Self {
        Self {
            pass,
            ..self.clone()
        }
    }

    /// What is there.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let (status, mut answer) = self.call(Method::GET, path, None).await?;
        ensure!(status == StatusCode::OK, "{path} was refused: {answer}");
        Ok(answer["data"].take())
    }

    /// Whether it is there.
    pub(super) async fn has(&self, path: &str) -> anyhow::Result<bool> {
        Ok(self.call(Method::GET, path, None).await?.0 == StatusCode::OK)
    }

    /// What a call that changes something has come to.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let (status, mut answer) = self.call(method, path, Some(body)).await?;
        ensure!(status.is_success(), "{path} was refused: {answer}");
        Ok(answer["data"].take())
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let mut request = self.client.request(method, format!("{}/{path}", self.root));
        request = match &self.pass {
            Pass::Stranger => request,
            Pass::Key(key) => request.header("X-Api-Key", *key),
            Pass::Session(token) => request.bearer_auth(token),
        };
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        Ok((answer.status(), answer.json().await?))
    }
}

/// Looks until something is there.
pub(super) async fn until<T>(
    what: &str,
    mut look: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        ensure!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(LOOK).await;
    }
}
