//! An issuer behind HTTP and JSON.
//!
//! Tax gateways differ, so this is a neutral form of our own: a small adapter before a gateway
//! turns it into the gateway's. Requests carry `X-App-Key`, `X-Timestamp`, `X-Nonce` and
//! `X-Signature`, an HMAC-SHA256 as [`crate::webhook::signature`] describes.
//!
//! | Call | Body | Answer |
//! |---|---|---|
//! | `POST {base}/invoices` | a document | its progress |
//! | `GET {base}/invoices/{req_no}` | – | its progress |
//! | `POST {base}/red-letters` | an application | `{"red_status": "01"}` |
//! | `GET {base}/red-letters/{req_no}` | – | the same |
//! | `GET {base}/invoices/{req_no}/files/{form}` | – | the bytes |
//!
//! Progress is `{"state": "pending"}`, `{"state": "issued", "invoice_no": "…20 digits…",
//! "issued_at": Unix seconds, "files": [{"form": "pdf", "url": "https://…"}]}` or
//! `{"state": "failed", "reason": "…"}`. 404 on a query means: never heard of. 429 and a
//! connection that cannot be opened mean: nothing was done, later. Any other 4xx means: refused,
//! `{"reason": "…"}` says why. Everything else leaves open what was done.

mod body;

use super::{Asking, Document, File, Issuer, IssuerFault, Progress, RedApplication};
use crate::client;
use crate::webhook::signature::SignedRequest;
use body::{ApplicationBody, DocumentBody, ProgressAnswer, Reason, RedAnswer};
use domain::invoice::{FileForm, RedStatus};
use kernel::Clock;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How much of an answer is read, in bytes.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How much of a file is read, in bytes.
const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// How much of a refusal is kept, in characters.
const REASON_CHARS_MAX: usize = 200;

/// Where the issuer is, and who we are there.
#[derive(Clone)]
pub struct HttpIssuerSettings {
    /// What all its addresses begin with.
    pub base: String,
    /// Our name.
    pub app_key: String,
    /// Signs our calls.
    pub secret: String,
    /// Longest time of a call, answer included.
    pub timeout: Duration,
}

/// Without the secret.
impl fmt::Debug for HttpIssuerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpIssuerSettings")
            .field("base", &self.base)
            .field("app_key", &self.app_key)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The issuer cannot be called at all.
#[derive(Debug, thiserror::Error)]
#[error("the invoice issuer cannot be set up: {0}")]
pub struct HttpIssuerError(String);

/// The issuer.
pub struct HttpIssuer {
    clock: Arc<dyn Clock>,
    client: Client,
    base: Url,
    settings: HttpIssuerSettings,
}

impl fmt::Debug for HttpIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpIssuer")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl HttpIssuer {
    /// A client for it.
    ///
    /// # Errors
    /// When the address is none, or the machine cannot call.
    pub fn new(
        clock: Arc<dyn Clock>,
        settings: HttpIssuerSettings,
    ) -> Result<Self, HttpIssuerError> {
        let base: Url = settings
            .base
            .trim_end_matches('/')
            .parse()
            .map_err(|_| HttpIssuerError("its address is not valid".to_owned()))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(HttpIssuerError(
                "its address must be http or https".to_owned(),
            ));
        }
        HeaderValue::from_str(&settings.app_key)
            .map_err(|_| HttpIssuerError("the app key cannot be a header".to_owned()))?;
        let client = client::build(|| client::plain().timeout(settings.timeout))
            .map_err(|error| HttpIssuerError(error.to_string()))?;
        Ok(Self {
            clock,
            client,
            base,
            settings,
        })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<Response, IssuerFault> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let body = match body {
            Some(body) => {
                serde_json::to_vec(body).map_err(|error| IssuerFault::Refused(error.to_string()))?
            }
            None => Vec::new(),
        };
        let nonce = hex::encode(rand::random::<[u8; 12]>());
        let timestamp = self.clock.now().unix_seconds();
        let signed = SignedRequest {
            method: method.as_str(),
            path: url.path(),
            timestamp,
            nonce: &nonce,
            body: &body,
        };
        let signature = signed.sign(&self.settings.secret);
        let request = self
            .client
            .request(method.clone(), url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(HeaderName::from_static("x-app-key"), &self.settings.app_key)
            .header(HeaderName::from_static("x-timestamp"), timestamp)
            .header(HeaderName::from_static("x-nonce"), &nonce)
            .header(HeaderName::from_static("x-signature"), signature)
            .body(body);
        let response = request.send().await.map_err(|error| {
            let opened = !error.is_connect() && !error.is_builder();
            let text = error.without_url().to_string();
            if opened {
                IssuerFault::Unclear(text)
            } else {
                IssuerFault::NotDone(text)
            }
        })?;
        let status = response.status();
        if status.is_success() || status == StatusCode::NOT_FOUND {
            return Ok(response);
        }
        let text = read(response, ANSWER_BYTES_MAX).await.unwrap_or_default();
        let reason = serde_json::from_slice::<Reason>(&text).map(|answer| answer.reason);
        let reason: String = reason
            .unwrap_or_default()
            .chars()
            .filter(|c| !c.is_control())
            .take(REASON_CHARS_MAX)
            .collect();
        let said = format!("status {}: {reason}", status.as_u16());
        Err(if status == StatusCode::TOO_MANY_REQUESTS {
            IssuerFault::NotDone(said)
        } else if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT {
            IssuerFault::Refused(said)
        } else {
            IssuerFault::Unclear(said)
        })
    }

    /// Asks for something; none when it is not there.
    async fn ask<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, IssuerFault> {
        let response = self.call(Method::GET, path, None::<&()>).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        answer(response).await.map(Some)
    }

    async fn hand_in<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, IssuerFault> {
        let response = self.call(Method::POST, path, Some(body)).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Err(IssuerFault::Refused("status 404".to_owned()));
        }
        answer(response).await
    }
}

async fn answer<T: DeserializeOwned>(response: Response) -> Result<T, IssuerFault> {
    let bytes = read(response, ANSWER_BYTES_MAX).await?;
    serde_json::from_slice(&bytes)
        .map_err(|error| IssuerFault::Unclear(format!("unreadable answer: {error}")))
}

async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, IssuerFault> {
    let mut bytes = Vec::new();
    let broken = |error: reqwest::Error| IssuerFault::Unclear(error.without_url().to_string());
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > most {
            return Err(IssuerFault::Unclear("the answer is too long".to_owned()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

impl Issuer for HttpIssuer {
    fn issue<'a>(&'a self, document: &'a Document) -> Asking<'a, Progress> {
        Box::pin(async move {
            let body = DocumentBody::of(document);
            let answer: ProgressAnswer = self.hand_in("/invoices", &body).await?;
            answer.read()
        })
    }

    fn query<'a>(&'a self, req_no: &'a str) -> Asking<'a, Progress> {
        Box::pin(async move {
            let found: Option<ProgressAnswer> = self.ask(&format!("/invoices/{req_no}")).await?;
            found.map_or(Ok(Progress::Unknown), ProgressAnswer::read)
        })
    }

    fn apply_red<'a>(&'a self, application: &'a RedApplication) -> Asking<'a, RedStatus> {
        Box::pin(async move {
            let body = ApplicationBody::of(application);
            let answer: RedAnswer = self.hand_in("/red-letters", &body).await?;
            Ok(answer.red_status)
        })
    }

    fn query_red<'a>(&'a self, req_no: &'a str) -> Asking<'a, Option<RedStatus>> {
        Box::pin(async move {
            let found: Option<RedAnswer> = self.ask(&format!("/red-letters/{req_no}")).await?;
            Ok(found.map(|answer| answer.red_status))
        })
    }

    fn file<'a>(&'a self, req_no: &'a str, form: FileForm) -> Asking<'a, File> {
        Box::pin(async move {
            let path = format!("/invoices/{req_no}/files/{}", form.as_str());
            let response = self.call(Method::GET, &path, None::<&()>).await?;
            if response.status() == StatusCode::NOT_FOUND {
                return Err(IssuerFault::Refused("no such file".to_owned()));
            }
            let bytes = read(response, FILE_BYTES_MAX).await?;
            Ok(File { form, bytes })
        })
    }
}
