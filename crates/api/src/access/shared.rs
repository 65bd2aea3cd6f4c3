//! Limits and nonces of a whole cluster, beside those of this node. While Redis is away each node
//! counts for itself: a caller may then call each of them as often as one, and a nonce counts as
//! used where it was used; nonces of signed writes are in the database anyway.

use super::limits::Bucket;
use super::nonces::NONCE_TTL;
use crate::Api;
use crate::failure::Failure;
use bus::cluster::Permit;
use kernel::PhyId;

/// The name of a caller's bucket for writes to a device, or for everything else.
pub(super) fn bucket_of(caller: &str, device: Option<&PhyId>) -> String {
    match device {
        Some(device) => format!("{caller}:{device}"),
        None => caller.to_owned(),
    }
}

/// Takes a token out of a bucket that all nodes share.
pub(super) async fn take_token(api: &Api, name: &str, bucket: Bucket) -> Result<(), Failure> {
    let Some(line) = api.app().bus().line() else {
        return Ok(());
    };
    let (burst, refill) = (bucket.burst.get(), f64::from(bucket.refill_per_s.get()));
    match line.take_token(name, burst, refill).await {
        Some(Permit::Wait(pause)) => Err(Failure::too_many(pause)),
        Some(Permit::Granted) | None => Ok(()),
    }
}

/// Whether no node has seen a nonce of that caller before.
pub(super) async fn is_first_use(api: &Api, caller: &str, nonce: &str) -> bool {
    let Some(line) = api.app().bus().line() else {
        return true;
    };
    let first = line
        .first_seen(&format!("{caller}:{nonce}"), NONCE_TTL)
        .await;
    first != Some(false)
}
