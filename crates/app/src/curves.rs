//! Charging curves on their way to the database: points gather in memory and are written in
//! packed chunks. They are tier L2: a crash loses the last minute of a curve, never of a bill.

use crate::{App, AppError};
use dashmap::DashMap;
use device::Progress;
use domain::curve::{CHUNK_POINTS_MAX, CurvePoint};
use domain::order::Order;
use kernel::{OrderNo, Timestamp};
use parking_lot::Mutex;
use std::time::Duration;
use store::{curves, orders};

/// Points of one order are at least so far apart; what comes between is the same curve.
const GAP_MIN: Duration = Duration::from_secs(5);

/// A chunk is written when its first point is so old, or when its order has ended.
const CHUNK_AGE: Duration = Duration::from_mins(1);

/// What the battery said belongs to points for so long.
const BATTERY_LIFE: Duration = Duration::from_mins(1);

/// Points that have not been written yet.
#[derive(Default)]
pub(crate) struct CurveBuffer {
    waiting: DashMap<OrderNo, Vec<CurvePoint>>,
    /// What was taken and is not committed yet: readers find it here meanwhile.
    writing: Mutex<Vec<Chunk>>,
}

/// Points of one order that belong together.
pub(crate) type Chunk = (OrderNo, Vec<CurvePoint>);

impl CurveBuffer {
    fn note(&self, order_no: OrderNo, point: CurvePoint) {
        let mut points = self.waiting.entry(order_no).or_default();
        let too_soon = points
            .last()
            .is_some_and(|last| point.at < last.at + GAP_MIN);
        if too_soon {
            return;
        }
        if points.len() >= CHUNK_POINTS_MAX {
            metrics::counter!("openpile_curve_points_dropped_total").increment(1);
            return;
        }
        points.push(point);
    }

    /// Takes what is ripe; [`written`](Self::written) or [`put_back`](Self::put_back) follows.
    pub(crate) fn take(&self, now: Timestamp, alive: impl Fn(OrderNo) -> bool) -> Vec<Chunk> {
        let mut ripe = Vec::new();
        let mut writing = self.writing.lock();
        self.waiting.retain(|order_no, points| {
            let over = !alive(*order_no);
            let old = points
                .first()
                .is_some_and(|first| now >= first.at + CHUNK_AGE);
            if over || old {
                ripe.push((*order_no, std::mem::take(points)));
            }
            !over
        });
        ripe.retain(|(_, points)| !points.is_empty());
        writing.clone_from(&ripe);
        ripe
    }

    /// What was taken last can be read from the database now.
    pub(crate) fn written(&self) {
        self.writing.lock().clear();
    }

    /// Puts chunks back that could not be written.
    pub(crate) fn put_back(&self, chunks: Vec<Chunk>) {
        let mut writing = self.writing.lock();
        for (order_no, mut points) in chunks {
            let mut newer = self.waiting.entry(order_no).or_default();
            points.append(&mut newer);
            points.truncate(CHUNK_POINTS_MAX);
            *newer = points;
        }
        writing.clear();
    }

    fn unwritten(&self, order_no: OrderNo) -> Vec<CurvePoint> {
        let writing = self.writing.lock();
        let taken = writing.iter().filter(|(of, _)| *of == order_no);
        let mut points: Vec<_> = taken.flat_map(|(_, points)| points.clone()).collect();
        if let Some(waiting) = self.waiting.get(&order_no) {
            points.extend_from_slice(&waiting);
        }
        points
    }
}

impl App {
    /// Adds what a running charge has just reported to its curve.
    pub(crate) fn note_curve(&self, order: &Order, progress: &Progress) {
        let now = self.now();
        let battery = self.live.read(&order.phy_id, |live| {
            let (at, battery) = live.port(order.port_no)?.battery.as_deref()?;
            (now < *at + BATTERY_LIFE).then(|| battery.clone())
        });
        let battery = battery.flatten();
        let of_battery = battery.as_ref();
        let point = CurvePoint {
            at: now,
            duration_s: order.duration_s,
            energy: order.energy,
            power: progress.power,
            voltage: progress.voltage,
            current: progress.current,
            temperature_c: progress.temperature_c,
            soc: progress
                .soc
                .or_else(|| of_battery.and_then(|battery| battery.soc)),
            battery_max_c: of_battery.and_then(|battery| battery.max_temp_c),
            battery_min_c: of_battery.and_then(|battery| battery.min_temp_c),
            demand_voltage: of_battery.and_then(|battery| battery.demand_voltage),
            demand_current: of_battery.and_then(|battery| battery.demand_current),
            max_cell_mv: of_battery.and_then(|battery| battery.max_cell_mv),
            remaining_min: progress.remaining_min,
            device_fen: progress.device_amount.map(|amount| amount.0),
        };
        self.curves.note(order.order_no, point);
    }

    /// The curve of an order, oldest point first, up to the last report.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a number that was never given out.
    pub async fn order_curve(&self, order_no: OrderNo) -> Result<Vec<CurvePoint>, AppError> {
        // Before the database is asked: what is written in between is then there twice, not
        // never.
        let unwritten = self.curves.unwritten(order_no);
        let mut view = self.db.view().await?;
        if orders::find_by_no(view.conn(), order_no).await?.is_none() {
            return Err(AppError::NotFound("order"));
        }
        let mut points = curves::list(view.conn(), order_no).await?;
        let written_until = points.last().map(|point| point.at.unix_seconds());
        let newer = unwritten
            .into_iter()
            .filter(|point| written_until.is_none_or(|until| point.at.unix_seconds() > until));
        points.extend(newer);
        Ok(points)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "THD1729407600001";

    fn point(at_s: i64) -> CurvePoint {
        CurvePoint {
            at: Timestamp::from_unix_seconds(at_s),
            ..CurvePoint::default()
        }
    }

    fn seconds(buffer: &CurveBuffer, order_no: OrderNo) -> Vec<i64> {
        let points = buffer.unwritten(order_no);
        points.iter().map(|point| point.at.unix_seconds()).collect()
    }

    #[test]
    fn points_can_be_read_while_they_are_written() {
        let order_no: OrderNo = ORDER.parse().expect("a number");
        let buffer = CurveBuffer::default();
        buffer.note(order_no, point(100));
        let chunks = buffer.take(point(101).at, |_| false);
        assert_eq!(chunks.len(), 1);
        buffer.note(order_no, point(110));
        assert_eq!(seconds(&buffer, order_no), [100, 110]);
        buffer.put_back(chunks);
        assert_eq!(seconds(&buffer, order_no), [100, 110]);
        buffer.take(point(120).at, |_| false);
        buffer.written();
        assert!(seconds(&buffer, order_no).is_empty());
    }
}
