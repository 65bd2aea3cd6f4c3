//! Signed calls with verified answers.

use super::Wechat;
use super::answer::failure;
use crate::payment::MESSAGE_BYTES_MAX;
use crate::payment::error::ChannelError;
use crate::payment::exchange::Reply;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;

impl Wechat {
    /// Asks for something. `target` is path and query.
    pub(super) async fn get<T: DeserializeOwned>(&self, target: &str) -> Result<T, ChannelError> {
        parse(&self.call(Method::GET, target, None).await?)
    }

    /// Orders something.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        target: &str,
        body: &Value,
    ) -> Result<T, ChannelError> {
        parse(&self.call(Method::POST, target, Some(body)).await?)
    }

    /// Orders something that needs no words.
    pub(super) async fn post_nothing<T: DeserializeOwned>(
        &self,
        target: &str,
    ) -> Result<T, ChannelError> {
        parse(&self.call(Method::POST, target, None).await?)
    }

    /// Orders something whose answer is empty.
    pub(super) async fn order(&self, target: &str, body: &Value) -> Result<(), ChannelError> {
        self.call(Method::POST, target, Some(body)).await.map(drop)
    }

    async fn call(
        &self,
        method: Method,
        target: &str,
        body: Option<&Value>,
    ) -> Result<Reply, ChannelError> {
        let body = body.map_or_else(String::new, Value::to_string);
        let url = self.url(target)?;
        let mut request = self.signed(method, url, &body);
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(body);
        let reply = self.exchange.call(request, MESSAGE_BYTES_MAX).await?;
        // Refusals at the gate, such as SIGN_ERROR, may come unsigned; what is signed must be
        // signed rightly, and a success always is.
        if reply.is_success() || reply.header("wechatpay-signature").is_some() {
            self.platform
                .verify(&reply.headers, &reply.body, self.now())?;
        }
        // 202 is "accepted, not processed".
        if reply.is_success() && reply.status != 202 {
            Ok(reply)
        } else {
            Err(failure(&reply))
        }
    }

    /// A request with our signature on it.
    pub(super) fn signed(&self, method: Method, url: Url, body: &str) -> RequestBuilder {
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let authorization = self.authorization(method.as_str(), &target, body);
        self.exchange
            .client()
            .request(method, url)
            .header(ACCEPT, "application/json")
            .header(AUTHORIZATION, authorization)
            .header("wechatpay-serial", &self.config.platform_serial)
    }

    pub(super) fn url(&self, target: &str) -> Result<Url, ChannelError> {
        self.base
            .join(target)
            .map_err(|_| ChannelError::Invalid("the address cannot be built"))
    }
}

fn parse<T: DeserializeOwned>(reply: &Reply) -> Result<T, ChannelError> {
    serde_json::from_slice(&reply.body)
        .map_err(|error| ChannelError::malformed(format!("answer: {error}")))
}
