use crate::{Limits, connection, secured};
use app::App;
use dashmap::DashMap;
use socket2::{Domain, Protocol as IpProtocol, SockRef, Socket, TcpKeepalive, Type};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tls::{Endpoint, Seldom};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

/// Connections that the kernel may hold for us. With the usual 128 a reconnect storm drops SYNs
/// and the fleet needs minutes to come back.
const LISTEN_BACKLOG: i32 = 4096;

/// Pause after `accept` failed, for want of file descriptors above all.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// One line about peers that may not connect in so long.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// `TCP` keep-alive for peers behind carrier NAT.
const KEEPALIVE: Duration = Duration::from_mins(1);

/// All listeners and the connections that came through them.
pub struct Gateway {
    app: Arc<App>,
    limits: Arc<Limits>,
    connections: TaskTracker,
    closing: CancellationToken,
    next_id: AtomicU64,
    open: AtomicUsize,
    open_by_address: DashMap<IpAddr, usize>,
    /// About peers from where nobody may connect.
    not_allowed_lines: Seldom,
}

impl Gateway {
    /// A gateway without listeners.
    pub fn new(app: Arc<App>, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            app,
            limits: Arc::new(limits),
            connections: TaskTracker::new(),
            closing: CancellationToken::new(),
            next_id: AtomicU64::new(1),
            open: AtomicUsize::new(0),
            open_by_address: DashMap::new(),
            not_allowed_lines: Seldom::new(LINE_EVERY),
        })
    }

    /// Listens on an address and serves what connects until [`Gateway::close`]. Returns the
    /// address that was bound, which tells the port when 0 was asked for.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn listen(self: &Arc<Self>, address: SocketAddr) -> io::Result<SocketAddr> {
        self.listen_with(address, None)
    }

    /// The same, for devices that speak TLS, with the certificate of `endpoint`.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub fn listen_tls(
        self: &Arc<Self>,
        address: SocketAddr,
        endpoint: Arc<Endpoint>,
    ) -> io::Result<SocketAddr> {
        self.listen_with(address, Some(endpoint))
    }

    fn listen_with(
        self: &Arc<Self>,
        address: SocketAddr,
        endpoint: Option<Arc<Endpoint>>,
    ) -> io::Result<SocketAddr> {
        let listener = bind(address)?;
        let bound = listener.local_addr()?;
        info!(listen = %bound, tls = endpoint.is_some(), "TCP listener ready");
        let gateway = self.clone();
        self.connections
            .spawn(async move { gateway.accept_all(listener, endpoint).await });
        Ok(bound)
    }

    /// Stops accepting, lets every connection finish what it is doing, and closes them.
    /// Returns false when some were still busy after `patience`.
    pub async fn close(&self, patience: Duration) -> bool {
        self.closing.cancel();
        self.connections.close();
        tokio::time::timeout(patience, self.connections.wait())
            .await
            .is_ok()
    }

    pub(crate) const fn app(&self) -> &Arc<App> {
        &self.app
    }

    pub(crate) const fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

    pub(crate) const fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    async fn accept_all(self: Arc<Self>, listener: TcpListener, endpoint: Option<Arc<Endpoint>>) {
        loop {
            let accepted = tokio::select! {
                () = self.closing.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer, endpoint.as_ref()),
                Err(error) => {
                    warn!(%error, "accept failed");
                    metrics::counter!("openpile_accept_errors_total").increment(1);
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            }
        }
    }

    fn admit(
        self: &Arc<Self>,
        mut stream: TcpStream,
        peer: SocketAddr,
        endpoint: Option<&Arc<Endpoint>>,
    ) {
        if !self.limits.allow_networks.admit(peer.ip()) {
            metrics::counter!("openpile_connections_not_allowed_total").increment(1);
            if let Some(left_out) = self.not_allowed_lines.may_write() {
                warn!(remote_addr = %peer, left_out, "nobody may connect from there");
            }
            return;
        }
        let Some(place) = Place::take(self, peer.ip()) else {
            metrics::counter!("openpile_connections_refused_total").increment(1);
            return;
        };
        info!(remote_addr = %peer, "TCP connection accepted");
        if let Err(error) = prepare(&stream) {
            warn!(remote_addr = %peer, %error, "socket options refused");
        }
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (app, limits) = (self.app.clone(), self.limits.clone());
        let closing = self.closing.clone();
        match endpoint {
            None => self.connections.spawn(async move {
                connection::serve(&mut stream, peer, id, app, limits, closing).await;
                drop(place);
            }),
            // A task of its own kind: what TLS needs is no part of a plain connection's memory.
            Some(endpoint) => {
                self.connections
                    .spawn(secured::serve(stream, endpoint.clone(), peer, id, place))
            }
        };
    }
}

/// One connection's place under the two limits; given back when dropped.
pub(crate) struct Place {
    gateway: Arc<Gateway>,
    address: IpAddr,
}

impl Place {
    fn take(gateway: &Arc<Gateway>, address: IpAddr) -> Option<Self> {
        let limits = &gateway.limits;
        if gateway.open.fetch_add(1, Ordering::Relaxed) >= limits.connections_max {
            gateway.open.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let mut from_here = gateway.open_by_address.entry(address).or_insert(0);
        if *from_here >= limits.connections_per_address_max {
            gateway.open.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        *from_here += 1;
        metrics::gauge!("openpile_connections_open").increment(1.0);
        Some(Self {
            gateway: gateway.clone(),
            address,
        })
    }
}

impl Place {
    /// Whose place it is.
    pub(crate) const fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gateway.open.fetch_sub(1, Ordering::Relaxed);
        metrics::gauge!("openpile_connections_open").decrement(1.0);
        if let Some(mut from_here) = self.gateway.open_by_address.get_mut(&self.address) {
            *from_here = from_here.saturating_sub(1);
        }
        self.gateway
            .open_by_address
            .remove_if(&self.address, |_, count| *count == 0);
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(IpProtocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(LISTEN_BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))
}
