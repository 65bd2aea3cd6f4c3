//! Which ports and devices are likely to fail: found out once a night from their own history.

use crate::staff::Actor;
use crate::{App, AppError};
use dashmap::DashMap;
use domain::day::Day;
use domain::failure_risk::{Span, WEEKS_BEFORE, assess};
use kernel::{DeviceId, Timestamp};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use store::failure_risks::{self, FailureRisk, NewRisk, PortHeat, RiskFilter};
use store::{Page, PageRequest, settings};
use tracing::info;

/// How long after midnight in Shanghai.
const AT: Duration = Duration::from_hours(4);
/// Under which name it is written down which night was the last.
const SETTING: &str = "failure_risks.last_night";
const WEEK: Duration = Duration::from_hours(24 * 7);
/// What a sensor of a socket can measure, °C; zero is what broken ones say.
const CREDIBLE_C: std::ops::RangeInclusive<i16> = -30..=150;

/// Port 0: the device as a whole.
type Place = (DeviceId, i64);

/// Temperatures that have not been written yet.
#[derive(Default)]
pub(crate) struct Heats(DashMap<Place, (i64, i64, i64)>);

impl App {
    /// Remembers the temperatures of ports where something charges.
    pub(crate) fn note_heat(&self) {
        self.live.for_each(|live| {
            for port in &live.ports {
                let held = self.orders.on_port(&live.phy_id, port.port).is_some();
                let said = port.temperature_c;
                let said = said.filter(|c| held && *c != 0 && CREDIBLE_C.contains(c));
                if let Some(celsius) = said.map(i64::from) {
                    let place = (live.id, i64::from(port.port.0));
                    let mut heat = self.heats.0.entry(place).or_insert((0, 0, celsius));
                    *heat = (heat.0 + 1, heat.1 + celsius, heat.2.max(celsius));
                }
            }
        });
    }

    pub(crate) async fn flush_heat(&self) -> Result<(), AppError> {
        let day_at = Day::of(self.now()).begins();
        let mut rows = Vec::new();
        self.heats.0.retain(|(device_id, port_no), heat| {
            rows.push(PortHeat {
                device_id: *device_id,
                port_no: *port_no,
                day_at,
                readings: heat.0,
                sum_c: heat.1,
                most_c: heat.2,
            });
            false
        });
        if rows.is_empty() {
            return Ok(());
        }
        let mut direct = self.db.direct().await?;
        failure_risks::add_heat(direct.conn(), &rows).await?;
        Ok(())
    }

    /// Does the work of this night, if its time has come and it is not done; whether it was.
    ///
    /// # Errors
    /// When the database is away; it is done next time.
    pub async fn assess_at_night(&self) -> Result<bool, AppError> {
        self.flush_heat().await?;
        let now = self.now();
        let today = Day::of(now);
        if now < today.begins() + AT {
            return Ok(false);
        }
        let mut view = self.db.view().await?;
        let last = settings::get(view.conn(), SETTING).await?;
        drop(view);
        let night = today.to_string();
        if last.is_some_and(|last| last["day"] == night) {
            return Ok(false);
        }
        let count = self.assess_all(now).await?;
        let done = json!({"day": night, "places": count});
        let mut direct = self.db.direct().await?;
        settings::put(direct.conn(), SETTING, &done, "system", now).await?;
        Ok(true)
    }

    /// Finds out the risks at once, whatever was done at night; how many devices and ports have one.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn assess_failure_risks(&self, actor: &Actor) -> Result<usize, AppError> {
        self.flush_heat().await?;
        let places = self.assess_all(self.now()).await?;
        let mut tx = self.db.begin().await?;
        let after = Some(json!({ "places": places }));
        let (action, object) = ("device.risk.assess", "failure_risks");
        self.audit_in(&mut tx, actor, action, object, None, after)
            .await?;
        tx.commit().await?;
        Ok(places)
    }

    /// Finds out the risks of all devices and ports; how many have one.
    async fn assess_all(&self, now: Timestamp) -> Result<usize, AppError> {
        let week = now - WEEK;
        let weeks = u32::try_from(WEEKS_BEFORE).unwrap_or(4);
        let first = week - WEEK * weeks;
        let mut view = self.db.view().await?;
        let mut spans: HashMap<Place, (Span, Span)> = HashMap::new();
        for row in failure_risks::alarm_counts(view.conn(), first, week).await? {
            let (then, late) = spans.entry((row.device_id, row.port_no)).or_default();
            (then.critical, late.critical) = (row.critical_then, row.critical_now);
            (then.others, late.others) = (row.others_then, row.others_now);
            (then.silences, late.silences) = (row.silences_then, row.silences_now);
        }
        for (from, until, late) in [(first, week, false), (week, now, true)] {
            for row in failure_risks::order_counts(view.conn(), from, until).await? {
                let both = spans.entry((row.device_id, row.port_no)).or_default();
                let span = if late { &mut both.1 } else { &mut both.0 };
                (span.starts, span.failed) = (row.starts, row.failed);
                (span.ends, span.faulty) = (row.ends, row.faulty);
                (span.long, span.energy_e4) = (row.long, row.energy_e4);
                span.seconds = row.seconds;
            }
            for row in failure_risks::heat_counts(view.conn(), from, until).await? {
                let both = spans.entry((row.device_id, row.port_no)).or_default();
                let span = if late { &mut both.1 } else { &mut both.0 };
                (span.readings, span.heat_sum) = (row.readings, row.sum_c);
                span.heat_most = row.most_c;
            }
        }
        drop(view);
        let mut wholes: HashMap<DeviceId, (Span, Span)> = HashMap::new();
        for ((device, _), (then, late)) in &spans {
            let whole = wholes.entry(*device).or_default();
            *whole = (whole.0.and(*then), whole.1.and(*late));
        }
        spans.retain(|(_, port), _| *port > 0);
        spans.extend(wholes.into_iter().map(|(device, both)| ((device, 0), both)));
        let risks: Vec<NewRisk> = spans
            .into_iter()
            .filter_map(|((device_id, port_no), (then, late))| {
                let risk = assess(&then, &late);
                (risk.score > 0).then(|| NewRisk {
                    device_id,
                    port_no,
                    score: risk.score,
                    level: risk.level,
                    reasons: json!(risk.reasons),
                })
            })
            .collect();
        let mut tx = self.db.begin().await?;
        failure_risks::replace(tx.conn(), &risks, now, first).await?;
        tx.commit().await?;
        info!(places = risks.len(), "risks of failure found out");
        Ok(risks.len())
    }

    /// A page of risks, the highest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_failure_risks(
        &self,
        filter: &RiskFilter,
        page: PageRequest,
    ) -> Result<Page<FailureRisk>, AppError> {
        let mut view = self.db.view().await?;
        Ok(failure_risks::list(view.conn(), filter, page).await?)
    }
}
