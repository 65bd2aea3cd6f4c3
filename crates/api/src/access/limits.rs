//! Token buckets. Writes count per key and device, reads per key.

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use kernel::PhyId;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Buckets of one limiter. Full buckets are forgotten, so this bounds devices called within
/// a few seconds.
const BUCKETS_MAX: usize = 20_000;
/// Calls between two looks at the number of buckets.
const TIDY_EVERY: u32 = 1024;

/// A bucket: `burst` tokens, refilled steadily.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Calls that may come at once.
    pub burst: NonZeroU32,
    /// Calls per second in the long run.
    pub refill_per_s: NonZeroU32,
}

impl Bucket {
    /// A bucket of that size. Zeros count as one.
    pub const fn new(burst: u32, refill_per_s: u32) -> Self {
        const fn at_least_one(number: u32) -> NonZeroU32 {
            match NonZeroU32::new(number) {
                Some(number) => number,
                None => NonZeroU32::MIN,
            }
        }
        Self {
            burst: at_least_one(burst),
            refill_per_s: at_least_one(refill_per_s),
        }
    }

    fn quota(self) -> Quota {
        Quota::per_second(self.refill_per_s).allow_burst(self.burst)
    }
}

/// The buckets of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Writes, for each device.
    pub write: Bucket,
    /// Reads, of all devices together.
    pub read: Bucket,
}

impl Default for Rates {
    /// Five writes at once and two more each second; twenty reads a second.
    fn default() -> Self {
        Self {
            write: Bucket::new(5, 2),
            read: Bucket::new(20, 20),
        }
    }
}

type One = RateLimiter<NotKeyed, InMemoryState, MonotonicClock, NoOpMiddleware<Instant>>;
type Many<K> = RateLimiter<K, DashMapStateStore<K>, MonotonicClock, NoOpMiddleware<Instant>>;

/// Buckets by some key, bounded in number.
#[derive(Debug)]
struct Bounded<K: Hash + Eq + Clone> {
    buckets: Many<K>,
    until_tidy: AtomicU32,
}

impl<K: Hash + Eq + Clone> Bounded<K> {
    fn new(bucket: Bucket) -> Self {
        let clock = MonotonicClock;
        Self {
            buckets: RateLimiter::dashmap_with_clock(bucket.quota(), clock),
            until_tidy: AtomicU32::new(0),
        }
    }

    fn take(&self, key: &K) -> Result<(), Duration> {
        if self.until_tidy.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1
            && self.buckets.len() > BUCKETS_MAX
        {
            self.buckets.retain_recent();
            self.buckets.shrink_to_fit();
        }
        self.buckets
            .check_key(key)
            .map_err(|until| until.wait_time_from(MonotonicClock.now()))
    }
}

/// The state of one key's buckets.
#[derive(Debug)]
pub(crate) struct KeyLimits {
    rates: Rates,
    writes: Bounded<Option<PhyId>>,
    reads: One,
}

impl KeyLimits {
    pub(crate) fn new(rates: Rates) -> Self {
        Self {
            rates,
            writes: Bounded::new(rates.write),
            reads: RateLimiter::direct_with_clock(rates.read.quota(), MonotonicClock),
        }
    }

    pub(crate) const fn rates(&self) -> Rates {
        self.rates
    }

    /// Takes a token for a write to a device, or says how long to wait for one.
    #[expect(clippy::ref_option, reason = "the limiter's key is the whole option")]
    pub(crate) fn write(&self, device: &Option<PhyId>) -> Result<(), Duration> {
        self.writes.take(device)
    }

    /// Takes a token for a read, or says how long to wait for one.
    pub(crate) fn read(&self) -> Result<(), Duration> {
        self.reads
            .check()
            .map_err(|until| until.wait_time_from(MonotonicClock.now()))
    }
}

/// Buckets of callers without a key, by their address.
#[derive(Debug)]
pub(crate) struct OpenLimits(Bounded<IpAddr>);

impl OpenLimits {
    pub(crate) fn new(bucket: Bucket) -> Self {
        Self(Bounded::new(bucket))
    }

    pub(crate) fn take(&self, address: IpAddr) -> Result<(), Duration> {
        self.0.take(&address)
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, KeyLimits, OpenLimits, Rates};
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn ten_writes_at_once_are_too_many_and_four_are_not() {
        let limits = KeyLimits::new(Rates::default());
        let device = |id: &str| Some(id.parse().expect("a device id"));
        let granted = |id: &str, calls: usize| {
            (0..calls)
                .filter(|_| limits.write(&device(id)).is_ok())
                .count()
        };
        assert_eq!(granted("82210225000520", 4), 4);
        assert_eq!(
            granted("82241218000382", 10),
            5,
            "a device has its own bucket"
        );
        let wait = limits
            .write(&device("82241218000382"))
            .expect_err("the bucket is empty");
        assert!(wait.as_millis() <= 500);
    }

    #[test]
    fn reads_have_a_bucket_of_their_own() {
        let limits = KeyLimits::new(Rates::default());
        assert_eq!((0..30).filter(|_| limits.read().is_ok()).count(), 20);
        assert!(limits.write(&None).is_ok());
    }

    #[test]
    fn the_number_of_buckets_stays_bounded() {
        let limits = OpenLimits::new(Bucket::new(1, 1_000_000));
        for address in 0..100_000 {
            let _ = limits.take(IpAddr::V4(Ipv4Addr::from_bits(address)));
        }
        assert!(limits.0.buckets.len() <= super::BUCKETS_MAX + super::TIDY_EVERY as usize);
    }
}
