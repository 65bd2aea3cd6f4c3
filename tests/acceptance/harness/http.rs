//! Calls as a third party makes them.

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;

/// The key of the test configuration.
pub const API_KEY: &str = "test-api-key";

/// The operator's key of the test configuration.
pub const ADMIN_KEY: &str = "test-admin-key";

/// A caller gives up after this.
const TIMEOUT: Duration = Duration::from_secs(40);

/// The key of a second operator, who approves what the first has written.
pub const SECOND_ADMIN_KEY: &str = "test-second-admin-key";

/// An answer: status and JSON body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Retry-After`, if it came.
    pub retry_after: Option<u64>,
    /// The body; null when it is no JSON.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Answer {
    /// The body's `data` of a call that must have succeeded.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.text);
        assert_eq!(self.body["code"], 0, "{}", self.text);
        &self.body["data"]
    }
}

/// A client of one running program.
#[derive(Clone)]
pub struct Http {
    client: reqwest::Client,
    base: String,
}

impl Http {
    /// A client for the program at `address`.
    pub fn new(address: SocketAddr) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .expect("a plain client");
        Self {
            client,
            base: format!("http://{address}"),
        }
    }

    /// `http://127.0.0.1:…`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A request without any key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// `GET` with the test key.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path).header("X-Api-Key", API_KEY)).await
    }

    /// `GET` without any key.
    pub async fn get_bare(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    /// `POST` with the test key, as `curl -d` sends it: without a JSON content type.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, &body.to_string()).await
    }

    /// `POST` of any text with the test key.
    pub async fn post_text(&self, path: &str, body: &str) -> Answer {
        send(
            self.request(Method::POST, path)
                .header("X-Api-Key", API_KEY)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(body.to_owned()),
        )
        .await
    }

    /// `GET` with the operator's key.
    pub async fn admin_get(&self, path: &str) -> Answer {
        self.admin(Method::GET, path, None).await
    }

    /// `POST` with the operator's key.
    pub async fn admin_post(&self, path: &str, body: &Value) -> Answer {
        self.admin(Method::POST, path, Some(body)).await
    }

    /// Any call with the operator's key.
    pub async fn admin(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.request(method, path).header("X-Api-Key", ADMIN_KEY);
        if let Some(body) = body {
            request = request.json(body);
        }
        send(request).await
    }
}

/// Sends a request built by the test.
pub async fn send(request: RequestBuilder) -> Answer {
    try_send(request).await.expect("the program answers")
}

/// Sends a request to a program that may be gone.
pub async fn try_send(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let header = response.headers().get("retry-after");
    let retry_after = header.and_then(|value| value.to_str().ok()?.parse().ok());
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Answer {
        status,
        retry_after,
        body,
        text,
    })
}
