//! A car park behind HTTP and JSON.
//!
//! Operators of car parks differ, so this is a neutral form of our own: a small adapter before an
//! operator's interface turns it into that. `POST {base}/records` carries a record and answers
//! `{"code": 1001}` when it was taken, `1002` when no such car stands there; any other code, any
//! other status and silence mean: not done, later. Requests carry `X-App-Key`, `X-Timestamp`,
//! `X-Nonce` and `X-Signature`, an HMAC-SHA256 as [`crate::webhook::signature`] describes.

use super::{ParkingVendor, Telling};
use crate::client;
use crate::webhook::signature::SignedRequest;
use domain::parking::{Answer, ParkingRecord, Relief};
use kernel::Clock;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tracing::warn;

/// How much of an answer is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Where the operator is, and who we are there.
#[derive(Clone)]
pub struct HttpParkingSettings {
    /// What its addresses begin with.
    pub base: String,
    /// Our name.
    pub app_key: String,
    /// Signs our calls.
    pub secret: String,
    /// Longest time of a call, answer included.
    pub timeout: Duration,
}

/// Without the secret.
impl fmt::Debug for HttpParkingSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpParkingSettings")
            .field("base", &self.base)
            .field("app_key", &self.app_key)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The operator cannot be called at all.
#[derive(Debug, thiserror::Error)]
#[error("the car park cannot be set up: {0}")]
pub struct HttpParkingError(String);

/// The operator.
pub struct HttpParking {
    clock: Arc<dyn Clock>,
    client: Client,
    url: Url,
    settings: HttpParkingSettings,
}

impl fmt::Debug for HttpParking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpParking")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A record on its way. Money is fen, times are Unix seconds.
#[derive(Serialize)]
struct RecordBody<'a> {
    lot_id: &'a str,
    station_no: &'a str,
    /// The same number is the same record.
    order_no: &'a str,
    plate: Option<&'a str>,
    start_time: i64,
    end_time: i64,
    /// 0.001 kWh.
    quantity: i64,
    elec_fen: i64,
    service_fen: i64,
    total_fen: i64,
    /// `slow`, `fast`.
    speed: &'static str,
    device_no: String,
    port_no: u16,
    mobile: Option<&'a str>,
    /// `{"type":"free_minutes","minutes":120}` …
    relief: Relief,
}

#[derive(Deserialize)]
struct AnswerBody {
    code: i64,
}

impl HttpParking {
    /// A client for it.
    ///
    /// # Errors
    /// When the address is none, or the machine cannot call.
    pub fn new(
        clock: Arc<dyn Clock>,
        settings: HttpParkingSettings,
    ) -> Result<Self, HttpParkingError> {
        let base = settings.base.trim_end_matches('/');
        let url: Url = format!("{base}/records")
            .parse()
            .map_err(|_| HttpParkingError("its address is not valid".to_owned()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(HttpParkingError(
                "its address must be http or https".to_owned(),
            ));
        }
        HeaderValue::from_str(&settings.app_key)
            .map_err(|_| HttpParkingError("the app key cannot be a header".to_owned()))?;
        let client = client::build(|| client::plain().timeout(settings.timeout))
            .map_err(|error| HttpParkingError(error.to_string()))?;
        Ok(Self {
            clock,
            client,
            url,
            settings,
        })
    }

    async fn call(&self, body: Vec<u8>) -> Result<i64, String> {
        let nonce = hex::encode(rand::random::<[u8; 12]>());
        let timestamp = self.clock.now().unix_seconds();
        let signed = SignedRequest {
            method: "POST",
            path: self.url.path(),
            timestamp,
            nonce: &nonce,
            body: &body,
        };
        let signature = signed.sign(&self.settings.secret);
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(HeaderName::from_static("x-app-key"), &self.settings.app_key)
            .header(HeaderName::from_static("x-timestamp"), timestamp)
            .header(HeaderName::from_static("x-nonce"), &nonce)
            .header(HeaderName::from_static("x-signature"), signature)
            .body(body);
        let failed = |error: reqwest::Error| error.without_url().to_string();
        let mut response = request.send().await.map_err(failed)?;
        // It did answer, if not in its own words.
        if !response.status().is_success() {
            return Ok(i64::from(response.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err("the answer is too long".to_owned());
            }
            bytes.extend_from_slice(&chunk);
        }
        let answer: AnswerBody = serde_json::from_slice(&bytes)
            .map_err(|error| format!("unreadable answer: {error}"))?;
        Ok(answer.code)
    }
}

impl ParkingVendor for HttpParking {
    fn tell<'a>(&'a self, lot_id: &'a str, record: &'a ParkingRecord) -> Telling<'a> {
        Box::pin(async move {
            let body = RecordBody {
                lot_id,
                station_no: &record.station_no,
                order_no: record.order_no.as_str(),
                plate: record.plate.as_deref(),
                start_time: record.start.unix_seconds(),
                end_time: record.end.unix_seconds(),
                quantity: record.quantity_wh(),
                elec_fen: record.elec.0,
                service_fen: record.service.0,
                total_fen: record.total().0,
                speed: record.speed.as_str(),
                device_no: record.device.to_string(),
                port_no: record.port.0,
                mobile: record.mobile.as_deref(),
                relief: record.relief,
            };
            let said = match serde_json::to_vec(&body) {
                Ok(body) => self.call(body).await,
                Err(error) => Err(error.to_string()),
            };
            match said {
                Ok(code) => Answer::Code(code),
                Err(why) => {
                    warn!(order_no = %record.order_no, why, "the car park was not told");
                    Answer::None
                }
            }
        })
    }
}
