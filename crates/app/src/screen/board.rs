use super::{
    ChargingChart, Counters, Gauge, LiveOrders, LoadChart, MembersChart, PeriodsChart, PileType,
    PortCounts, Ranking, RechargeChart, ScreenAlarms, ScreenMap,
};
use crate::AppError;
use dashmap::DashMap;
use kernel::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Answers of one kind that are kept, by slice.
const SLICES_MAX: usize = 500;

type Cell<T> = Arc<Mutex<Option<(Timestamp, Arc<T>)>>>;

/// Answers that may be so and so old. Who asks while one is made waits for it.
#[derive(Debug)]
pub(super) struct Kept<T>(DashMap<String, Cell<T>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(DashMap::new())
    }
}

impl<T> Kept<T> {
    /// The answer for a slice, made anew when it is older than `most`.
    pub(super) async fn get(
        &self,
        key: String,
        now: Timestamp,
        most: Duration,
        make: impl Future<Output = Result<T, AppError>>,
    ) -> Result<Arc<T>, AppError> {
        if self.0.len() >= SLICES_MAX && !self.0.contains_key(&key) {
            self.0.clear();
        }
        let cell = self.0.entry(key).or_default().clone();
        let mut kept = cell.lock().await;
        if let Some((at, known)) = kept.as_ref()
            && *at <= now
            && now.since(*at) < most
        {
            return Ok(known.clone());
        }
        let fresh = Arc::new(make.await?);
        *kept = Some((now, fresh.clone()));
        Ok(fresh)
    }
}

/// What the big screen showed last.
#[derive(Debug, Default)]
pub(crate) struct ScreenBoard {
    pub(super) map: Kept<ScreenMap>,
    pub(super) counters: Kept<Counters>,
    pub(super) past_energy: Kept<u64>,
    pub(super) members_count: Kept<i64>,
    pub(super) pile_types: Kept<Vec<PileType>>,
    pub(super) port_status: Kept<PortCounts>,
    pub(super) recharge: Kept<RechargeChart>,
    pub(super) charging: Kept<ChargingChart>,
    pub(super) load: Kept<LoadChart>,
    pub(super) periods: Kept<PeriodsChart>,
    pub(super) ranking: Kept<Ranking>,
    pub(super) alarms: Kept<ScreenAlarms>,
    pub(super) live_orders: Kept<LiveOrders>,
    pub(super) gauges: Kept<Vec<Gauge>>,
    pub(super) members: Kept<MembersChart>,
}

pub(super) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[cfg(test)]
mod tests {
    use super::{Kept, SLICES_MAX, seconds};
    use kernel::Timestamp;

    #[tokio::test]
    async fn an_answer_is_made_once_in_its_time() {
        let kept = Kept::default();
        let now = Timestamp::from_unix_seconds(1_729_407_600);
        let get = async |at, number: i32| {
            let made = kept.get("a".to_owned(), at, seconds(10), async { Ok(number) });
            *made.await.expect("made")
        };
        assert_eq!(get(now, 1).await, 1);
        assert_eq!(get(now + seconds(9), 2).await, 1);
        assert_eq!(get(now + seconds(10), 3).await, 3);
        // Somebody set the clock back.
        assert_eq!(get(now, 4).await, 4);
        let failed = kept.get("b".to_owned(), now, seconds(10), async {
            Err(crate::AppError::NotFound("station"))
        });
        assert!(failed.await.is_err());
        let other = kept.get("b".to_owned(), now, seconds(10), async { Ok(5) });
        assert_eq!(*other.await.expect("made"), 5, "failures are not kept");
        for slice in 0..SLICES_MAX * 2 {
            let made = kept.get(slice.to_string(), now, seconds(10), async { Ok(0) });
            made.await.expect("made");
            assert!(kept.0.len() <= SLICES_MAX);
        }
    }
}
