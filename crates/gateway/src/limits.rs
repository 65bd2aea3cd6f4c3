use domain::networks::Networks;
use std::time::Duration;

/// What one peer may take. All of it is configurable (`limits.*`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Where devices may connect from.
    pub allow_networks: Networks,
    /// Connections in all.
    pub connections_max: usize,
    /// Connections from one address. Generous, because mobile carriers hide thousands of
    /// devices behind one address.
    pub connections_per_address_max: usize,
    /// Sustained frames per second of one connection.
    pub frames_per_second: u32,
    /// Sustained bytes per second of one connection.
    pub bytes_per_second: u32,
    /// A connection that has been held back by the two limits above without a pause for so long
    /// is closed.
    pub flood_close_after: Duration,
    /// Time that a peer may take to read what we write.
    pub write_timeout: Duration,
    /// Time that a peer may take to agree on TLS.
    pub tls_handshake: Duration,
    /// Peers that have not shown a known protocol for so long are closed.
    pub unidentified_close_after: Duration,
    /// Facts that may wait for the database per connection; beyond that its socket is not read.
    pub pending_facts_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            allow_networks: Networks::default(),
            connections_max: 100_000,
            connections_per_address_max: 20_000,
            frames_per_second: 200,
            bytes_per_second: 256 * 1024,
            flood_close_after: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
            tls_handshake: Duration::from_secs(10),
            unidentified_close_after: Duration::from_mins(15),
            pending_facts_max: 64,
        }
    }
}
