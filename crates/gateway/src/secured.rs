//! A connection that speaks TLS: the handshake first, then it is served like any other.

use crate::connection;
use crate::listener::Place;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tls::Endpoint;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Time for a goodbye, which nobody needs who has been told on the wire above.
const GOODBYE: Duration = Duration::from_secs(1);

/// Serves one peer. It takes its place among the connections from its first byte on.
pub(crate) async fn serve(
    stream: TcpStream,
    endpoint: Arc<Endpoint>,
    peer: SocketAddr,
    id: u64,
    place: Place,
) {
    let gateway = place.gateway();
    let closing = gateway.closing().clone();
    let patience = gateway.limits().tls_handshake;
    let accepted = tokio::select! {
        () = closing.cancelled() => return,
        accepted = endpoint.accept(stream, peer, patience) => accepted,
    };
    // The endpoint has counted and logged what became of it.
    let Ok(mut stream) = accepted else { return };
    let (app, limits) = (gateway.app().clone(), gateway.limits().clone());
    connection::serve(&mut stream, peer, id, app, limits, closing).await;
    let _ = timeout(GOODBYE, stream.shutdown()).await;
}
