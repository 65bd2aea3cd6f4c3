//! BKV protocol (networked e-bike sockets), both dialects: codec, platform link, simulated gateway.
