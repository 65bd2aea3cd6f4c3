//! Alarms of key figures: raised when one is beyond its bounds in the last hour, over when it has
//! been back for ten minutes.

use super::Present;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::kpi::{Alert, Counts, Figure, Kpi, Watched, alert};
use serde_json::json;
use std::collections::BTreeMap;
use store::Tx;
use store::alarms::{self, AlarmFilter, NewAlarm};
use store::{PAGE_SIZE_MAX, PageRequest};
use tracing::{info, warn};

/// What alarms of figures are about.
const OBJECT: &str = "kpi";

/// The codes of these alarms.
const CODES: [AlarmCode; 7] = [
    AlarmCode::WebhookFailing,
    AlarmCode::ProtocolComplianceLow,
    AlarmCode::ChargeSuccessLow,
    AlarmCode::StuckRateHigh,
    AlarmCode::ProtocolErrorHigh,
    AlarmCode::DatabaseTrouble,
    AlarmCode::KpiWarning,
];

/// Which alarm: its code, and the figure with its station.
type Key = (&'static str, String);

/// Alarms that are open.
pub(crate) type Alerts = BTreeMap<Key, Watched>;

/// A figure that is beyond its bounds.
struct Bad {
    alert: Alert,
    kpi: Kpi,
    station: Option<i64>,
    counts: Counts,
}

impl Bad {
    fn key(&self) -> Key {
        (self.alert.code.as_str(), object_of(self.kpi, self.station))
    }
}

fn object_of(kpi: Kpi, station: Option<i64>) -> String {
    match station {
        Some(station) => format!("{}/{station}", kpi.as_str()),
        None => kpi.as_str().to_owned(),
    }
}

impl App {
    /// Raises the alarms that the last hour calls for, and ends those that are over.
    pub(crate) async fn judge_kpis(&self) -> Result<(), AppError> {
        let now = self.now();
        let bad = self.beyond_bounds(&self.present.load());
        let keys: Vec<Key> = bad.iter().map(Bad::key).collect();
        let mut alerts = self.alerts.lock().clone();
        for key in &keys {
            alerts.entry(key.clone()).or_default();
        }
        let mut over: Vec<Key> = Vec::new();
        for (key, watched) in &mut alerts {
            if watched.look(keys.contains(key), now) {
                over.push(key.clone());
            }
        }
        if !(bad.is_empty() && over.is_empty()) {
            let mut tx = self.db.begin().await?;
            for bad in &bad {
                self.raise_kpi_in(&mut tx, bad).await?;
            }
            for (code, object) in &over {
                alarms::recover(tx.conn(), code, OBJECT, object, now).await?;
            }
            tx.commit().await?;
        }
        for key in &over {
            info!(code = key.0, object = key.1, "key figure is back");
            alerts.remove(key);
        }
        *self.alerts.lock() = alerts;
        Ok(())
    }

    /// The figures of the last hour that are beyond their bounds: of everything, and of single
    /// stations where that tells more than their devices do.
    fn beyond_bounds(&self, present: &Present) -> Vec<Bad> {
        let bounds = &self.tuned.load().kpis;
        let mut bad = Vec::new();
        let all = present.sum(present.stations.keys());
        let whole = std::iter::once((None, &all));
        let stations = present
            .stations
            .iter()
            .filter(|(id, _)| **id != 0)
            .map(|(id, tally)| (Some(*id), tally));
        for (station, tally) in whole.chain(stations) {
            for (figure, counts) in tally {
                let Figure::Kpi(kpi) = *figure else {
                    continue;
                };
                if station.is_some() && !kpi.watches_stations() {
                    continue;
                }
                if let Some(alert) = alert(kpi, *counts, bounds.of(kpi)) {
                    bad.push(Bad {
                        alert,
                        kpi,
                        station,
                        counts: *counts,
                    });
                }
            }
        }
        bad
    }

    async fn raise_kpi_in(&self, tx: &mut Tx, bad: &Bad) -> Result<(), AppError> {
        let Bad {
            alert,
            kpi,
            station,
            counts,
        } = bad;
        let definition = kpi.definition();
        let value = kpi.value(*counts);
        let alarm = NewAlarm {
            code: alert.code.as_str().to_owned(),
            level: alert.level().letter().to_owned(),
            object_type: OBJECT.to_owned(),
            object_id: object_of(*kpi, *station),
            device_id: None,
            port_no: None,
            order_no: None,
            message: format!("{}: {}", alert.code.title(), definition.title),
            details: json!({
                "kpi": kpi.as_str(),
                "station_id": station,
                "rating": alert.rating.as_str(),
                "part": counts.part,
                "whole": counts.whole,
                "value_e6": value.map(|value| value.0),
                "target_e6": self.tuned.load().kpis.of(*kpi).target().map(|target| target.0),
            }),
            at: self.now(),
        };
        let row = alarms::raise(tx.conn(), &alarm).await?;
        if let Some(station) = station {
            let key = (row.code.as_str(), OBJECT, row.object_id.as_str());
            alarms::place(tx.conn(), key, *station).await?;
        }
        if row.count == 1 {
            metrics::counter!("openpile_alarms_total", "code" => alert.code.as_str()).increment(1);
            warn!(
                code = row.code,
                object = row.object_id,
                "key figure beyond its bounds"
            );
        }
        Ok(())
    }

    /// Remembers the alarms that were open when the program ended.
    pub(crate) async fn restore_alerts(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let mut known = Alerts::new();
        for code in CODES {
            let filter = AlarmFilter {
                open: true,
                code: Some(code.as_str().to_owned()),
                ..AlarmFilter::default()
            };
            let page = PageRequest {
                page: 1,
                size: PAGE_SIZE_MAX,
            };
            let open = alarms::list(view.conn(), &filter, page).await?;
            let of_figures = open
                .items
                .into_iter()
                .filter(|row| row.object_type == OBJECT);
            known
                .extend(of_figures.map(|row| ((code.as_str(), row.object_id), Watched::default())));
        }
        *self.alerts.lock() = known;
        Ok(())
    }
}
