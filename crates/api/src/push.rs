//! Live pages: a socket on which the server says which of the topics that a page shows have
//! changed. It says nothing else: the page reads what it shows again by the calls by which it read
//! it first, which narrow and veil.
//!
//! ```text
//! page    {"token":"…"}                      the token of a login, or an X-Api-Key with `admin`
//! server  {"ready":true}
//! page    {"watch":["orders","order:…"]}     replaces what was watched before
//! server  {"watching":["orders"],"refused":[{"topic":"order:…","reason":"not found"}]}
//! server  {"changed":["orders"]}             each topic at most once in half a second
//! server  {"resync":true}                    hints were lost: read everything again
//! page    {"token":"…"}                      after a refresh, so that the socket lives on
//! ```
//!
//! A browser cannot send headers with a socket, so the token is the first message; a cookie does
//! not count, because any site may open a socket with it.

mod admission;
mod socket;
mod topics;

use crate::failure::Failure;
use crate::{Api, Peer};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, State};
use axum::response::Response;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use topics::of_page;

/// Longest message of a page, in bytes: 64 topics of the longest kind have room.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;
/// Bytes that may wait for a page that does not read; then it is let go.
const UNREAD_BYTES_MAX: usize = 64 * 1024;
/// When somebody who found no room may ask again.
const ROOM_AGAIN: Duration = Duration::from_secs(10);

/// Figures of the sockets of live pages.
#[derive(Clone, Copy, Debug)]
pub struct LiveRules {
    /// Sockets at a time.
    pub sockets_max: usize,
    /// How long a socket may stay without saying who it is.
    pub hello: Duration,
    /// How often it is looked whether the session is still good.
    pub look: Duration,
    /// How often a socket is asked for a sign of life; without one for twice as long it is closed.
    pub ping: Duration,
    /// How long a page may take to read a message.
    pub send: Duration,
}

impl Default for LiveRules {
    fn default() -> Self {
        Self {
            sockets_max: 1000,
            hello: Duration::from_secs(5),
            look: Duration::from_secs(5),
            ping: Duration::from_secs(20),
            send: Duration::from_secs(10),
        }
    }
}

/// The end of the program, among a request's extensions: sockets outlive their calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Closing {
    /// Cancelled when the program stops.
    pub(crate) begun: CancellationToken,
    /// Who is waited for then.
    pub(crate) awaited: TaskTracker,
}

/// Opens a socket.
pub(crate) async fn live(
    State(api): State<Api>,
    peer: Option<Extension<Peer>>,
    closing: Option<Extension<Closing>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let upgrade = upgrade.map_err(|_| Failure::invalid("upgrade", "must be a WebSocket"))?;
    let room = api.live_room().clone().try_acquire_owned();
    let room = room.map_err(|_| Failure::too_many(ROOM_AGAIN))?;
    let address = peer.map(|Extension(Peer(address))| address.ip());
    let closing = closing
        .map(|Extension(closing)| closing)
        .unwrap_or_default();
    let awaited = closing.awaited.token();
    let upgrade = upgrade
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .write_buffer_size(0)
        .max_write_buffer_size(UNREAD_BYTES_MAX);
    Ok(upgrade.on_upgrade(async move |socket| {
        metrics::gauge!("openpile_live_sockets").increment(1.0);
        Box::pin(socket::serve(api, socket, address, closing.begun)).await;
        metrics::gauge!("openpile_live_sockets").decrement(1.0);
        drop((room, awaited));
    }))
}
