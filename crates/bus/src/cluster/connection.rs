//! A connection to Redis of whichever kind, with what it is pushed.

use super::Address;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, IntoConnectionInfo, Pipeline, ProtocolVersion, PushInfo,
    PushKind, RedisFuture, RedisResult, TlsMode, Value,
};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest wait for an answer: then the server counts as away.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Messages of other nodes that wait to be read; more are lost.
const PUSHES_MAX: usize = 4096;

/// What the server sends by itself.
#[derive(Debug)]
pub(super) enum Push {
    /// A message on the channel.
    Message(String),
    /// Messages were lost: they came faster than they were read.
    Missed,
    /// The connection, or one of those of a cluster, has ended.
    Gone,
}

/// Takes what the server sends by itself.
#[derive(Debug)]
pub(super) struct Pushes {
    messages: mpsc::Receiver<String>,
    fate: Arc<Fate>,
}

/// What became of the connection and its messages.
#[derive(Debug, Default)]
struct Fate {
    gone: AtomicBool,
    missed: AtomicBool,
    notify: Notify,
}

impl Pushes {
    /// Waits for the next. A wait that is given up has taken nothing away.
    pub(super) async fn next(&mut self) -> Push {
        loop {
            if self.fate.gone.load(Ordering::Acquire) {
                return Push::Gone;
            }
            if self.fate.missed.swap(false, Ordering::AcqRel) {
                return Push::Missed;
            }
            tokio::select! {
                () = self.fate.notify.notified() => {}
                message = self.messages.recv() => {
                    return message.map_or(Push::Gone, Push::Message);
                }
            }
        }
    }
}

/// A connection. Cheap to clone; all clones share it.
#[derive(Clone)]
pub(super) enum Connection {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Single(_) => "Single",
            Self::Cluster(_) => "Cluster",
        })
    }
}

impl Connection {
    /// Connects, and listens to a channel.
    pub(super) async fn open(address: &Address, channel: &str) -> RedisResult<(Self, Pushes)> {
        let (sender, messages) = mpsc::channel(PUSHES_MAX);
        let fate = Arc::<Fate>::default();
        let sink = Sink {
            messages: sender,
            fate: fate.clone(),
        };
        let connection = match address {
            Address::Single(server) => {
                let client = Client::open(server.as_str())?;
                Self::Single(multiplexed(&client, sink).await?)
            }
            Address::Sentinel {
                sentinels,
                master,
                server,
            } => {
                let client = master_of(sentinels, master, server).await?;
                Self::Single(multiplexed(&client, sink).await?)
            }
            Address::Cluster(servers) => {
                let client = ClusterClientBuilder::new(servers.iter().map(String::as_str))
                    .use_protocol(ProtocolVersion::RESP3)
                    .connection_timeout(CONNECT_TIMEOUT)
                    .response_timeout(RESPONSE_TIMEOUT)
                    .retries(2)
                    .push_sender(sink.into_sender())
                    .build()?;
                Self::Cluster(client.get_async_connection().await?)
            }
        };
        let mut subscribing = connection.clone();
        match &mut subscribing {
            Self::Single(connection) => connection.subscribe(channel).await?,
            Self::Cluster(connection) => connection.subscribe(channel).await?,
        }
        Ok((connection, Pushes { messages, fate }))
    }

    /// Whether several keys may be named in one go.
    pub(super) const fn is_one_server(&self) -> bool {
        matches!(self, Self::Single(_))
    }
}

async fn multiplexed(client: &Client, sink: Sink) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_push_sender(sink.into_sender());
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
}

/// Asks the sentinels who is master now.
async fn master_of(sentinels: &[String], master: &str, server: &str) -> RedisResult<Client> {
    let wanted = server.into_connection_info()?;
    let tls = server.starts_with("rediss").then_some(TlsMode::Secure);
    let mut info = SentinelNodeConnectionInfo::default()
        .set_redis_connection_info(wanted.redis_settings().clone());
    if let Some(mode) = tls {
        info = info.set_tls_mode(mode);
    }
    let mut client = SentinelClient::build(
        sentinels.to_vec(),
        master,
        Some(info),
        SentinelServerType::Master,
    )?;
    client.async_get_client().await
}

/// Takes pushes in without waiting, as the client library demands.
#[derive(Clone)]
struct Sink {
    messages: mpsc::Sender<String>,
    fate: Arc<Fate>,
}

impl Sink {
    fn take(&self, info: PushInfo) {
        match info.kind {
            PushKind::Message => {
                let text = match info.data.into_iter().nth(1) {
                    Some(Value::BulkString(bytes)) => String::from_utf8(bytes).ok(),
                    Some(Value::SimpleString(text)) => Some(text),
                    _ => None,
                };
                let Some(text) = text else { return };
                if self.messages.try_send(text).is_err() {
                    self.fate.missed.store(true, Ordering::Release);
                    self.fate.notify.notify_one();
                }
            }
            PushKind::Disconnection => {
                self.fate.gone.store(true, Ordering::Release);
                self.fate.notify.notify_one();
            }
            _ => {}
        }
    }

    fn into_sender(self) -> impl Fn(PushInfo) -> Result<(), Infallible> {
        move |info| {
            self.take(info);
            Ok(())
        }
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Single(connection) => connection.req_packed_command(cmd),
            Self::Cluster(connection) => connection.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Single(connection) => connection.req_packed_commands(pipeline, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Single(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}
