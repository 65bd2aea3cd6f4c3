//! The gateway over real sockets: the app on SQLite, the link of BKV, peers good and bad.

mod bad_peers;
mod limits;
mod networks;
mod outage;
mod quality;
mod scene;
mod sessions;
mod strangers;
mod tls;
