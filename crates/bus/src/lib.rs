//! Coordination: doorbells and leases, in process.
