//! TLS for listeners: certificates that are read anew while the program runs, handshakes that end
//! in time. Who listens, and what is said afterwards, is somebody else's.
//!
//! One provider of cryptography, `aws-lc-rs`, named where it is needed: nothing depends on which
//! one is installed for the process.

mod endpoint;
mod files;
mod handshake;
mod keeper;
mod seldom;
mod server;
mod validity;

pub use endpoint::Endpoint;
pub use files::{Files, TlsError};
pub use handshake::{HandshakeError, Stream};
pub use keeper::Keeper;
pub use seldom::Seldom;
