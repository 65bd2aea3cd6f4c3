//! What stands before the device ports of a cluster: passes connections on to whichever node takes
//! them, one after the other, and knows nothing of what they carry.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A node that does not take a connection within this time is passed over.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Where connections go, and how one of these is chosen for each.
struct Backends {
    addresses: Vec<SocketAddr>,
    /// The number of the next connection when they take turns; none when the first that answers
    /// takes all.
    turn: Option<usize>,
}

impl Backends {
    /// Which to try for the next connection, one after the other.
    fn for_next(&mut self) -> Vec<SocketAddr> {
        let mut order = self.addresses.clone();
        if let Some(turn) = &mut self.turn {
            order.rotate_left(*turn % self.addresses.len());
            *turn += 1;
        }
        order
    }
}

/// A balancer on a loopback port. Ends with its last connection when dropped.
pub struct Balancer {
    address: SocketAddr,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

struct State {
    backends: Mutex<Backends>,
    /// Counted up to cut every connection off.
    cuts: watch::Sender<u64>,
    /// Whether bytes are swallowed instead of being passed on.
    silent: watch::Sender<bool>,
}

impl Balancer {
    /// One before these addresses, which take turns.
    pub async fn before(backends: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(State {
            backends: Mutex::new(Backends {
                addresses: backends,
                turn: Some(0),
            }),
            cuts: watch::Sender::new(0),
            silent: watch::Sender::new(false),
        });
        let accepting = tokio::spawn(accept(listener, state.clone()));
        Self {
            address,
            state,
            accepting,
        }
    }

    /// Where devices connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every new connection goes to the first of these that takes it, from now on. A device that
    /// is impatient with a slow machine and connects anew stays where it was.
    pub fn prefer(&self, addresses: Vec<SocketAddr>) {
        *lock(&self.state.backends) = Backends {
            addresses,
            turn: None,
        };
    }

    /// Cuts every connection off, at both ends.
    pub fn cut(&self) {
        self.state.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Swallows everything on all connections, without ending one: half-open connections.
    pub fn swallow(&self, silent: bool) {
        self.state.silent.send_replace(silent);
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(pass(client, state.clone()));
    }
}

async fn pass(client: TcpStream, state: Arc<State>) {
    let mut cuts = state.cuts.subscribe();
    let Some(server) = connect(&state).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let silent = state.silent.subscribe();
    tokio::select! {
        () = copy(from_client, to_server, silent.clone()) => {}
        () = copy(from_server, to_client, silent) => {}
        _ = cuts.changed() => {}
    }
}

async fn connect(state: &State) -> Option<TcpStream> {
    let addresses = lock(&state.backends).for_next();
    for address in addresses {
        let connecting = TcpStream::connect(address);
        if let Ok(Ok(stream)) = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
            return Some(stream);
        }
    }
    None
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    silent: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(read) if !*silent.borrow() => {
                if to.write_all(&buffer[..read]).await.is_err() {
                    return;
                }
            }
            Ok(_) => {}
        }
    }
}
