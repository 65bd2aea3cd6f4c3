//! What a platform, or somebody on the way, can do wrong.

use axum::body::Body;
use axum::response::Response;
use serde_json::Value;
use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Mutex, PoisonError};

/// What becomes of one request.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// Nothing is done, no answer comes.
    Hang,
    /// It is done, no answer comes.
    Lost,
    /// Nothing is done; these bytes come, unsigned.
    Raw(u16, Vec<u8>),
    /// Nothing is done; this comes, properly signed.
    Signed(u16, Value),
    /// Nothing is done; these bytes come, properly signed.
    SignedBytes(Vec<u8>),
    /// It is done; the answer's body is changed on its way.
    Tampered,
    /// It is done; the answer is signed by somebody else.
    Forged,
    /// It is done; the answer names a key that nobody knows.
    UnknownSerial,
    /// It is done; the answer was signed ten minutes ago.
    Old,
    /// It is done; the answer is not signed.
    Unsigned,
    /// It is done; the answer is signed with the platform's former key.
    FormerKey,
}

/// What becomes of the next requests, one each.
#[derive(Default)]
pub(super) struct Faults(Mutex<VecDeque<Option<Fault>>>);

impl Faults {
    pub(super) fn plan(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        let mut planned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        planned.extend(faults);
    }

    pub(super) fn next(&self) -> Option<Fault> {
        let mut planned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        planned.pop_front().flatten()
    }
}

/// The answer that never comes.
pub(super) async fn silence() -> Response {
    pending().await
}

pub(super) fn raw(status: u16, body: Vec<u8>) -> Response {
    Response::builder()
        .status(status)
        .header("location", "/elsewhere")
        .body(Body::from(body))
        .expect("a response")
}
