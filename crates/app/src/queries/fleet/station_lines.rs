use super::PortTally;
use crate::{App, AppError};
use domain::day::Day;
use kernel::{Energy, Fen, Timestamp};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use store::device_labels::{self, StationSales, StationTariff};
use store::stations::{self, Station, StationFilter};
use store::{Page, PageRequest};

/// What stations sold today is added up at most so often, for all lists together: it goes over
/// all orders that ended today.
const SALES_EVERY: Duration = Duration::from_secs(10);

/// A station as the page of stations lists it.
#[derive(Clone, Debug)]
pub struct StationLine {
    /// Its row.
    pub row: Station,
    /// Devices that stand there.
    pub devices: u32,
    /// Those of them that can be reached.
    pub devices_online: u32,
    /// What their ports are doing.
    pub ports: PortTally,
    /// The prices that are bound to it.
    pub tariff: Option<StationTariff>,
    /// Energy of the orders that ended there today.
    pub energy_today: Energy,
    /// What was billed for them.
    pub amount_today: Fen,
}

/// What the stations have sold today, as last added up.
#[derive(Clone, Debug, Default)]
pub(crate) struct SalesToday {
    /// When, and of which day.
    at: Option<(Timestamp, Timestamp)>,
    by_station: HashMap<i64, StationSales>,
}

impl App {
    /// A page of stations with what goes on there.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn station_lines(
        &self,
        filter: &StationFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<StationLine>, AppError> {
        let mut view = self.db.view().await?;
        let rows = stations::list(view.conn(), filter, sort, page).await?;
        let shown: BTreeSet<i64> = rows.items.iter().map(|row| row.id).collect();
        let tariffs = device_labels::station_tariffs(view.conn(), &shown).await?;
        drop(view);
        let mut tariffs: HashMap<i64, StationTariff> = tariffs
            .into_iter()
            .map(|row| (row.station_id, row))
            .collect();
        let sales = self.sales_today().await?;
        let mut tallies: HashMap<i64, (u32, u32, PortTally)> = HashMap::new();
        self.live.for_each(|live| {
            let station = live.station_id.filter(|station| shown.contains(station));
            if let Some(station) = station {
                let (devices, online, ports) = tallies.entry(station).or_default();
                *devices += 1;
                *online += u32::from(live.is_online());
                ports.add(live);
            }
        });
        Ok(rows.map(|row| {
            let (devices, devices_online, ports) = tallies.remove(&row.id).unwrap_or_default();
            let sold = sales.by_station.get(&row.id);
            StationLine {
                devices,
                devices_online,
                ports,
                tariff: tariffs.remove(&row.id),
                energy_today: sold.map_or(Energy::ZERO, |sold| sold.energy),
                amount_today: sold.map_or(Fen::ZERO, |sold| sold.amount),
                row,
            }
        }))
    }

    async fn sales_today(&self) -> Result<Arc<SalesToday>, AppError> {
        let now = self.now();
        let today = Day::of(now).begins();
        let known = self.sales_today.load_full();
        let fresh = known
            .at
            .is_some_and(|(at, day)| day == today && at <= now && now.since(at) < SALES_EVERY);
        if fresh {
            return Ok(known);
        }
        let mut view = self.db.view().await?;
        let sold = device_labels::station_sales(view.conn(), today).await?;
        drop(view);
        let sales = Arc::new(SalesToday {
            at: Some((now, today)),
            by_station: sold.into_iter().map(|row| (row.station_id, row)).collect(),
        });
        self.sales_today.store(sales.clone());
        Ok(sales)
    }
}
