use crate::push::Closing;
use crate::{Api, Peer, forwarded, router};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use store::{StoreError, api_keys, idempotency};
use tls::Endpoint;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tracing::{debug, info, warn};

/// TLS must be agreed on by then.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);
/// A request's head must be complete by then; the same time ends an idle connection.
const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// Longest head of a request, address and headers together.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most headers of a request.
const HEADERS_MAX: usize = 64;
/// Pause after a failed accept: the process is out of file descriptors, or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How often old nonces and answers are removed.
const TIDY_PERIOD: Duration = Duration::from_mins(5);
/// How often keys are read again.
const KEY_RELOAD: Duration = Duration::from_secs(5);

/// Serves until `shutdown` is cancelled, then lets open calls finish, at most as long as
/// [`crate::Settings::drain`] says.
pub async fn serve(listener: TcpListener, api: Api, shutdown: CancellationToken) {
    serve_with(listener, None, api, Router::new(), shutdown).await;
}

/// Like [`serve`], with pages beside the API; with an endpoint the listener speaks TLS, and
/// nothing else.
pub async fn serve_with(
    listener: TcpListener,
    endpoint: Option<Arc<Endpoint>>,
    api: Api,
    pages: Router,
    shutdown: CancellationToken,
) {
    let site = Site {
        app: router(api.clone()).merge(pages),
        trusted: api.settings().trusted_proxies.clone().into(),
    };
    let room = Arc::new(Semaphore::new(api.settings().connections_max));
    let connections = TaskTracker::new();
    let closing = Closing {
        begun: shutdown.clone(),
        awaited: connections.clone(),
    };
    let keys = tokio::spawn(keep_keys_fresh(api.clone(), shutdown.clone()));
    loop {
        let permit = tokio::select! {
            permit = room.clone().acquire_owned() => permit,
            () = shutdown.cancelled() => break,
        };
        let Ok(permit) = permit else { break };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    pause_after(&error).await;
                    continue;
                }
            },
            () = shutdown.cancelled() => break,
        };
        let serving = serve_peer(
            stream,
            peer,
            endpoint.clone(),
            site.clone(),
            closing.clone(),
        );
        connections.spawn(async move {
            serving.await;
            drop(permit);
        });
    }
    drop(listener);
    connections.close();
    if timeout(api.settings().drain, connections.wait())
        .await
        .is_err()
    {
        warn!(
            open = connections.len(),
            "HTTP connections were cut off by the shutdown"
        );
    }
    keys.abort();
}

async fn pause_after(error: &io::Error) {
    // A peer that is gone before we could greet it is no reason to wait.
    if !matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    ) {
        warn!(%error, "HTTP connections cannot be accepted");
        sleep(ACCEPT_PAUSE).await;
    }
}

/// What every connection is served with.
#[derive(Clone)]
struct Site {
    app: Router,
    /// Networks of balancers, which say who called them.
    trusted: Arc<[IpNet]>,
}

async fn serve_peer(
    stream: TcpStream,
    peer: SocketAddr,
    endpoint: Option<Arc<Endpoint>>,
    site: Site,
    closing: Closing,
) {
    // Answers are one write; waiting for more to say would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%peer, %error, "TCP_NODELAY refused");
    }
    let Some(endpoint) = endpoint else {
        return serve_connection(stream, peer, site, closing).await;
    };
    let accepted = tokio::select! {
        accepted = endpoint.accept(stream, peer, HANDSHAKE_TIME_MAX) => accepted,
        () = closing.begun.cancelled() => return,
    };
    // The endpoint has counted and logged what became of it.
    if let Ok(stream) = accepted {
        serve_connection(stream, peer, site, closing).await;
    }
}

async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    site: Site,
    closing: Closing,
) {
    let shutdown = closing.begun.clone();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        let caller = forwarded::caller(peer, request.headers(), &site.trusted);
        request.extensions_mut().insert(Peer(caller));
        request.extensions_mut().insert(closing.clone());
        site.app.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%peer, %error, "HTTP connection ended early");
    }
}

/// Reads the keys every few seconds, and forgets nonces and answers whose time is over.
async fn keep_keys_fresh(api: Api, shutdown: CancellationToken) {
    let mut reload = every(KEY_RELOAD);
    let mut tidy = every(TIDY_PERIOD);
    let mut failing = false;
    loop {
        tokio::select! {
            _ = reload.tick() => {
                let reloaded = api.reload_keys().await;
                match &reloaded {
                    Ok(()) if failing => info!("API keys can be read again"),
                    Err(error) if !failing => {
                        warn!(%error, "API keys cannot be read, the known ones stay in force");
                    }
                    Ok(()) | Err(_) => {}
                }
                failing = reloaded.is_err();
            }
            _ = tidy.tick() => {
                if let Err(error) = tidy_access(&api).await {
                    debug!(error = %error.cause(), "old nonces and answers could not be removed");
                }
            }
            () = shutdown.cancelled() => return,
        }
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn tidy_access(api: &Api) -> Result<(), StoreError> {
    let now = api.app().now();
    let mut lease = api.app().db().direct().await?;
    api_keys::purge_nonces(lease.conn(), now).await?;
    idempotency::purge(lease.conn(), now).await?;
    Ok(())
}
