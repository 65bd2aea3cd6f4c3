//! Who may call: API keys, request signatures, protection against replays, rate limits.
//!
//! Nothing here asks the database during a call, with one exception: the nonce of a signed write
//! is stored, so that a restart does not open the door to replays.

mod guard;
mod key;
mod key_ring;
mod limits;
mod nonces;
mod shared;

pub(crate) use guard::{
    Address, administrator, by_address, has_key, is_write, open_status, third_party,
};
pub use key::ADMIN_SCOPE;
pub(crate) use key::Client;
pub(crate) use key_ring::KeyRing;
pub(crate) use limits::OpenLimits;
pub use limits::{Bucket, Rates};
pub(crate) use nonces::Nonces;
