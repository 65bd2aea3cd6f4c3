//! What every acceptance test stands on: the real program on a fresh database, simulated devices
//! over TCP, a webhook receiver, and the few words that the tests are written in.

pub mod balancer;
pub mod database;
pub mod http;
pub mod metrics;
pub mod nodes;
pub mod peer;
pub mod program;
pub mod site;
pub mod wait;
pub mod wire;

pub use database::Engine;
pub use nodes::Nodes;
pub use peer::Peer;
pub use site::{DEVICE, SECOND_DEVICE, Site, fast, full_hour, networked};
pub use wait::{eventually, holds};

/// Runs test bodies on both engines: each becomes a module with the tests `sqlite` and
/// `postgres`.
macro_rules! on_both_engines {
    ($(
        $(#[$outer:meta])*
        async fn $name:ident($engine:ident) $body:block
    )*) => {$(
        $(#[$outer])*
        mod $name {
            use super::*;

            async fn body($engine: $crate::harness::Engine) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body($crate::harness::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                body($crate::harness::Engine::Postgres).await;
            }
        }
    )*};
}

pub(crate) use on_both_engines;
