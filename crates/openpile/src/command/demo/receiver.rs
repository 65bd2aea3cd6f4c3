//! The demo's webhook receiver: does what an integrator's receiver has to do.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use channels::webhook::signature::SignedRequest;
use kernel::Clock as _;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// Events that are remembered; the demo's tour needs a dozen.
const EVENTS_MAX: usize = 1000;

/// What has come so far.
#[derive(Clone)]
pub(super) struct Receiver {
    address: SocketAddr,
    events: Arc<Mutex<Vec<Value>>>,
}

#[derive(Clone)]
struct Desk {
    secret: &'static str,
    events: Arc<Mutex<Vec<Value>>>,
}

/// Starts listening.
pub(super) async fn listen(address: SocketAddr, secret: &'static str) -> std::io::Result<Receiver> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let events = Arc::new(Mutex::new(Vec::new()));
    let desk = Desk {
        secret,
        events: events.clone(),
    };
    let router = Router::new().fallback(receive).with_state(desk);
    tokio::spawn(async move {
        // It ends with the program; an error would show as undelivered webhooks.
        let _ = axum::serve(listener, router).await;
    });
    Ok(Receiver { address, events })
}

impl Receiver {
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The events about an order, in the order of their arrival.
    pub(super) fn of_order(&self, order_no: &str) -> Vec<Value> {
        let events = self
            .events
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        events
            .iter()
            .filter(|event| event["data"]["order_no"] == order_no)
            .cloned()
            .collect()
    }
}

async fn receive(
    State(desk): State<Desk>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    };
    let request = SignedRequest {
        method: method.as_str(),
        path: uri.path(),
        timestamp: text("x-timestamp").parse().unwrap_or(0),
        nonce: text("x-nonce"),
        body: &body,
    };
    let now = crate::clock::SystemClock.now();
    if request
        .verify(desk.secret, text("x-signature"), now)
        .is_err()
    {
        return (StatusCode::UNAUTHORIZED, r#"{"success":false}"#);
    }
    let event: Value = serde_json::from_slice(&body).unwrap_or_default();
    if event["event_type"] != "device.heartbeat" {
        println!(
            "  webhook  {:<20} {}  {}  signature ok",
            event["event_type"].as_str().unwrap_or("?"),
            event["device_phy_id"].as_str().unwrap_or("?"),
            event["data"]
        );
    }
    let mut events = desk
        .events
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if events.len() < EVENTS_MAX {
        events.push(event);
    }
    (StatusCode::OK, r#"{"success":true}"#)
}
