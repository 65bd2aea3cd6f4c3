//! Simulated devices over real loopback sockets, against a small server that knows just enough
//! of the protocol.

mod device;
mod fleet;
mod server;
mod simulate;
