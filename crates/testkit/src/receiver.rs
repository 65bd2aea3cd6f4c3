//! A real HTTP server that receives webhooks, keeps them, checks their signatures and misbehaves
//! on request.

mod reply;
mod verify;

pub use reply::Reply;
pub use verify::Signature;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

/// How long the waiting functions wait before they fail.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Longest body that is accepted, in bytes.
const BODY_BYTES_MAX: usize = 1 << 20;

/// One webhook as it came in.
#[derive(Clone, Debug)]
pub struct Received {
    /// When.
    pub at: Instant,
    /// Path without query.
    pub path: String,
    /// `X-Api-Key`.
    pub api_key: Option<String>,
    /// `traceparent`: the flow that the event belongs to.
    pub traceparent: Option<String>,
    /// `X-Timestamp`.
    pub timestamp: Option<i64>,
    /// `X-Nonce`.
    pub nonce: Option<String>,
    /// Whether it was signed with the receiver's secret.
    pub signature: Signature,
    /// The raw body.
    pub body: Bytes,
    /// The body read as JSON; null when it is none.
    pub json: Value,
    /// Status of the answer; 0 when there was none, or none that came to its end.
    pub answered: u16,
}

impl Received {
    /// `event_type`, empty when absent.
    pub fn event_type(&self) -> &str {
        self.json["event_type"].as_str().unwrap_or_default()
    }

    /// `event_id`, empty when absent.
    pub fn event_id(&self) -> &str {
        self.json["event_id"].as_str().unwrap_or_default()
    }

    /// `data.order_no`, empty when absent.
    pub fn order_no(&self) -> &str {
        self.json["data"]["order_no"].as_str().unwrap_or_default()
    }

    /// Whether the receiver took it.
    pub const fn accepted(&self) -> bool {
        self.answered >= 200 && self.answered < 300
    }
}

/// What was waited for did not come in time.
#[derive(Debug)]
pub struct NotReceived(String);

impl std::fmt::Display for NotReceived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotReceived {}

/// The receiver. Stops when dropped.
pub struct TestReceiver {
    address: SocketAddr,
    desk: Arc<Desk>,
    server: JoinHandle<()>,
}

struct Desk {
    secret: Option<String>,
    received: watch::Sender<Vec<Received>>,
    usual: Mutex<Reply>,
    next: Mutex<VecDeque<Reply>>,
    special: Mutex<Vec<(String, Reply)>>,
    busy: AtomicUsize,
    busiest: AtomicUsize,
}

impl TestReceiver {
    /// A receiver on a free port that takes everything, signed or not.
    pub async fn start() -> anyhow::Result<Self> {
        Self::listen("127.0.0.1:0".parse()?, None).await
    }

    /// A receiver that answers 401 to everything not signed with `secret`.
    pub async fn start_with_secret(secret: &str) -> anyhow::Result<Self> {
        Self::listen("127.0.0.1:0".parse()?, Some(secret)).await
    }

    /// A receiver at this address.
    pub async fn listen(address: SocketAddr, secret: Option<&str>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let desk = Arc::new(Desk {
            secret: secret.map(str::to_owned),
            received: watch::Sender::new(Vec::new()),
            usual: Mutex::new(Reply::Accept),
            next: Mutex::default(),
            special: Mutex::default(),
            busy: AtomicUsize::new(0),
            busiest: AtomicUsize::new(0),
        });
        let router = Router::new().fallback(receive).with_state(desk.clone());
        let server = tokio::spawn(async move {
            // Ends with an error only when the listener breaks; waiting tests then time out.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            address,
            desk,
            server,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:…/webhook`.
    pub fn url(&self) -> String {
        self.url_of("/webhook")
    }

    /// Its address with another path.
    pub fn url_of(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How it answers from now on.
    pub fn reply_with(&self, reply: Reply) {
        *lock(&self.desk.usual) = reply;
    }

    /// How it answers the next requests, one each, before it returns to its usual answer.
    pub fn reply_next(&self, replies: impl IntoIterator<Item = Reply>) {
        lock(&self.desk.next).extend(replies);
    }

    /// How it answers every request whose body contains `text`; before all other rules.
    pub fn reply_to(&self, text: &str, reply: Reply) {
        lock(&self.desk.special).insert(0, (text.to_owned(), reply));
    }

    /// Forgets the rules of [`Self::reply_to`].
    pub fn forget_special_replies(&self) {
        lock(&self.desk.special).clear();
    }

    /// Everything that came in so far, refused attempts included.
    pub fn received(&self) -> Vec<Received> {
        self.desk.received.borrow().clone()
    }

    /// Forgets what came in so far.
    pub fn clear(&self) {
        self.desk.received.send_modify(Vec::clear);
    }

    /// Most requests that it was working on at once.
    pub fn busiest(&self) -> usize {
        self.desk.busiest.load(Ordering::SeqCst)
    }

    /// Waits until an event of this type and order was accepted. An empty `order_no` stands for
    /// any.
    pub async fn wait_for(
        &self,
        event_type: &str,
        order_no: &str,
    ) -> Result<Received, NotReceived> {
        let wanted = |event: &&Received| {
            event.accepted()
                && event.event_type() == event_type
                && (order_no.is_empty() || event.order_no() == order_no)
        };
        let what = format!("{event_type} of order `{order_no}`");
        let received = self
            .wait_until(&what, |events| events.iter().any(|event| wanted(&event)))
            .await?;
        let found = received.iter().find(wanted).cloned();
        found.ok_or(NotReceived(what))
    }

    /// Waits until so many requests came in, whatever they were answered.
    pub async fn wait_for_requests(&self, count: usize) -> Result<Vec<Received>, NotReceived> {
        let what = format!("{count} requests");
        self.wait_until(&what, |events| events.len() >= count).await
    }

    /// Waits until so many requests were accepted.
    pub async fn wait_for_accepted(&self, count: usize) -> Result<Vec<Received>, NotReceived> {
        let what = format!("{count} accepted events");
        self.wait_until(&what, |events| {
            events.iter().filter(|event| event.accepted()).count() >= count
        })
        .await
    }

    /// Waits until what came in satisfies `enough`; fails after [`PATIENCE`], naming `what`.
    pub async fn wait_until(
        &self,
        what: &str,
        mut enough: impl FnMut(&[Received]) -> bool,
    ) -> Result<Vec<Received>, NotReceived> {
        let mut received = self.desk.received.subscribe();
        let waited = timeout(PATIENCE, received.wait_for(|events| enough(events)));
        if let Ok(Ok(events)) = waited.await {
            return Ok(events.clone());
        }
        let events = self.received();
        let seen: Vec<String> = events
            .iter()
            .map(|event| format!("{} → {}", event.event_id(), event.answered))
            .collect();
        Err(NotReceived(format!("waited for {what}, got {seen:?}")))
    }
}

impl Drop for TestReceiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A test that panicked elsewhere must not hide its reason behind a poisoned lock.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts a request as long as it is worked on, also when the sender hangs up.
struct Busy(Arc<Desk>);

impl Busy {
    fn new(desk: &Arc<Desk>) -> Self {
        let busy = desk.busy.fetch_add(1, Ordering::SeqCst) + 1;
        desk.busiest.fetch_max(busy, Ordering::SeqCst);
        Self(desk.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn receive(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let busy = Busy::new(&desk);
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let header = |name: &str| {
        let value = head.headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let signature = verify::check(&head, &body, desk.secret.as_deref());
    let reply = desk.choose_reply(&body, signature);
    let received = Received {
        at: Instant::now(),
        path: head.uri.path().to_owned(),
        api_key: header("x-api-key"),
        traceparent: header("traceparent"),
        timestamp: header("x-timestamp").and_then(|text| text.parse().ok()),
        nonce: header("x-nonce"),
        signature,
        json: serde_json::from_slice(&body).unwrap_or(Value::Null),
        body,
        answered: if reply.is_complete() {
            reply.status()
        } else {
            0
        },
    };
    desk.received.send_modify(|events| events.push(received));
    let response = reply.respond().await;
    drop(busy);
    response
}

impl Desk {
    fn choose_reply(&self, body: &[u8], signature: Signature) -> Reply {
        if self.secret.is_some() && signature != Signature::Valid {
            return Reply::Status(401);
        }
        let text = String::from_utf8_lossy(body);
        let special = lock(&self.special);
        if let Some((_, reply)) = special.iter().find(|(part, _)| text.contains(part)) {
            return reply.clone();
        }
        let next = lock(&self.next).pop_front();
        next.unwrap_or_else(|| lock(&self.usual).clone())
    }
}
