//! Charts of days and hours: the same rows as those of the reports.

use super::board::seconds;
use crate::kpi::{Cut, Fresh, Granularity, Slice, Step, StepQuery, without_live};
use crate::{App, AppError};
use domain::day::Day;
use domain::kpi::{Business, Detail, Kpi, PERIODS};
use kernel::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::kpis::{self, Of, Span, Tally};

/// Days of the charts that show days.
const DAYS: i64 = 30;
/// Days of the energy by price.
const PERIOD_DAYS: i64 = 7;
/// Stations of a ranking.
const RANKED: usize = 10;
const FRESH: Fresh = Fresh::Within(seconds(10));

/// What was paid into wallets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RechargeChart {
    /// Wallets belong to the platform: of anything less there is nothing to tell.
    pub known: bool,
    /// Today, fen.
    pub today_fen: u64,
    /// This month, fen.
    pub month_fen: u64,
    /// On the same days of the same month of last year, fen.
    pub last_year_fen: u64,
    /// By day of this month, the first day first.
    pub days: Vec<RechargeDay>,
}

/// What was paid in on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RechargeDay {
    /// When it begins.
    pub at: Timestamp,
    /// Fen.
    pub fen: u64,
}

/// What charges came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargingChart {
    /// Today.
    pub today: ChargingDay,
    /// This month.
    pub month: ChargingDay,
    /// By day of this month, the first day first.
    pub days: Vec<ChargingDay>,
    /// By hour of today.
    pub hours: Vec<ChargingDay>,
}

/// What charges that ended in a time came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargingDay {
    /// When it begins.
    pub at: Timestamp,
    /// Electricity, fen.
    pub elec_fen: u64,
    /// Service, fen.
    pub service_fen: u64,
    /// Occupancy, fen.
    pub occupancy_fen: u64,
    /// Energy, 0.0001 kWh.
    pub energy_e4: u64,
    /// Charges.
    pub orders: u64,
}

impl ChargingDay {
    fn of(at: Timestamp, tally: &Tally) -> Self {
        let sum = |figure: Business| tally.get(&figure.into()).map_or(0, |counts| counts.part);
        Self {
            at,
            elec_fen: sum(Business::Electricity),
            service_fen: sum(Business::Service),
            occupancy_fen: sum(Business::Occupancy),
            energy_e4: sum(Business::Energy),
            orders: sum(Business::Orders),
        }
    }
}

/// What is drawn, by the quarter of an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadChart {
    /// What devices draw at this moment, W.
    pub now_w: i64,
    /// What stations may draw together, W; their devices' rating where nobody said.
    pub capacity_w: i64,
    /// Mean W of each quarter of today; none where nothing was measured.
    pub today: Vec<Option<i64>>,
    /// The same of yesterday.
    pub yesterday: Vec<Option<i64>>,
}

/// Energy by the kind of its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodsChart {
    /// Seven days, today the last.
    pub days: Vec<PeriodDay>,
}

/// Energy of a day by the kind of its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeriodDay {
    /// When it begins.
    pub at: Timestamp,
    /// Sharp, peak, flat, valley, deep valley: 0.0001 kWh and fen.
    pub periods: [(u64, u64); PERIODS.len()],
    /// Energy at prices that do not depend on the time, 0.0001 kWh.
    pub other_e4: u64,
}

/// How long a ranking looks back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RankPeriod {
    /// Today.
    Day,
    /// Since Monday.
    Week,
    /// Since the first of the month.
    Month,
}

impl RankPeriod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        self.granularity().as_str()
    }

    const fn granularity(self) -> Granularity {
        match self {
            Self::Day => Granularity::Day,
            Self::Week => Granularity::Week,
            Self::Month => Granularity::Month,
        }
    }
}

/// The first stations.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// Since when.
    pub from: Timestamp,
    /// By electricity, service and occupancy, fen.
    pub revenue: Vec<Standing>,
    /// By energy, 0.0001 kWh.
    pub energy: Vec<Standing>,
    /// By the time that ports charge, in millionths of the time that they are in service.
    pub utilisation: Vec<Standing>,
}

/// A station in a ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The station.
    pub station_id: i64,
    /// Its name.
    pub name: String,
    /// What it is ranked by.
    pub value: u64,
}

/// Members by day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersChart {
    /// Thirty days, today the last.
    pub days: Vec<MemberDay>,
}

/// Members of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberDay {
    /// When it begins.
    pub at: Timestamp,
    /// Who registered; none of less than the whole platform, whose members they are.
    pub new: Option<u64>,
    /// Who charged.
    pub active: u64,
}

impl App {
    async fn screen_steps(
        &self,
        slice: &Slice,
        granularity: Granularity,
        from: Timestamp,
    ) -> Result<(Cut, Vec<Step>), AppError> {
        let cut = self.cut(slice).await?;
        let query = StepQuery {
            slice: slice.clone(),
            granularity,
            from: Some(from),
            to: None,
        };
        let steps = self.steps_of(&cut, &query, FRESH).await?;
        Ok((cut, steps))
    }

    /// What was paid into wallets; a minute old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_recharge(&self, slice: &Slice) -> Result<Arc<RechargeChart>, AppError> {
        let made = async {
            let today = Day::of(self.now());
            let month = Granularity::Month.begin(self.now());
            let (cut, steps) = self.screen_steps(slice, Granularity::Day, month).await?;
            let days = steps.iter().map(|step| RechargeDay {
                at: step.at,
                fen: step.sum(Business::Recharge),
            });
            let days: Vec<RechargeDay> = days.collect();
            let past = |day: Day| {
                let [year, month, of_month] = day.civil();
                // The last of February has none a year before: then until the end of that month.
                let same = Day::from_civil([year.saturating_sub(1), month, of_month]);
                same.unwrap_or_else(|| day.before(366))
            };
            let first = past(Day::of(month)).begins();
            let last = past(today).next().begins();
            let parts = self.parts_of(&cut, Granularity::Day, (first, last), FRESH);
            let last_year = parts.await?;
            let last_year = last_year.values();
            let last_year = last_year.filter_map(|tally| tally.get(&Business::Recharge.into()));
            Ok(RechargeChart {
                known: cut.whole,
                today_fen: days.last().map_or(0, |day| day.fen),
                month_fen: days.iter().map(|day| day.fen).sum(),
                last_year_fen: last_year.map(|counts| counts.part).sum(),
                days: if cut.whole { days } else { Vec::new() },
            })
        };
        let board = &self.screen.recharge;
        let made = Box::pin(made);
        board.get(slice.key(), self.now(), seconds(60), made).await
    }

    /// What charges came to; a minute old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_charging(&self, slice: &Slice) -> Result<Arc<ChargingChart>, AppError> {
        let made = async {
            let now = self.now();
            let (day, month) = (Day::of(now).begins(), Granularity::Month.begin(now));
            let (_, days) = self.screen_steps(slice, Granularity::Day, month).await?;
            let (_, hours) = self.screen_steps(slice, Granularity::Hour, day).await?;
            let mut sum = Tally::new();
            for step in &days {
                kpis::add_all(&mut sum, &step.counts);
            }
            let rows = |steps: &[Step]| {
                let rows = steps
                    .iter()
                    .map(|step| ChargingDay::of(step.at, &step.counts));
                rows.collect::<Vec<_>>()
            };
            let empty = Tally::new();
            let today = days.last().map_or(&empty, |step| &step.counts);
            Ok(ChargingChart {
                today: ChargingDay::of(day, today),
                month: ChargingDay::of(month, &sum),
                days: rows(&days),
                hours: rows(&hours),
            })
        };
        let board = &self.screen.charging;
        let made = Box::pin(made);
        board.get(slice.key(), self.now(), seconds(60), made).await
    }

    /// What is drawn, by the quarter of an hour; a minute old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_load(&self, slice: &Slice) -> Result<Arc<LoadChart>, AppError> {
        let made = async {
            let cut = self.cut(slice).await?;
            let loads = self.day_loads(&cut.chosen.stations).await?;
            let mut now_w = 0;
            let mut rated: BTreeMap<i64, i64> = BTreeMap::new();
            self.devices_of(&cut, |live| {
                now_w += live.total_power().0.max(0) / 10;
                *rated.entry(live.station_id.unwrap_or(0)).or_default() += live.rated_power.0 / 10;
            });
            for (station, capacity_w) in self.capacities() {
                if cut.chosen.stations.contains(&station) {
                    rated.insert(station, capacity_w);
                }
            }
            Ok(LoadChart {
                now_w,
                capacity_w: rated.values().sum(),
                today: loads.today,
                yesterday: loads.yesterday,
            })
        };
        let board = &self.screen.load;
        board.get(slice.key(), self.now(), seconds(60), made).await
    }

    /// Energy by the kind of its price; five minutes old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_periods(&self, slice: &Slice) -> Result<Arc<PeriodsChart>, AppError> {
        let made = async {
            let from = Day::of(self.now()).before(PERIOD_DAYS - 1).begins();
            let (_, steps) = self.screen_steps(slice, Granularity::Day, from).await?;
            let days = steps.iter().map(|step| {
                let mut kinds = (0_u8..).map(Detail::Period).map(|kind| step.of(kind));
                let periods = [(); PERIODS.len()].map(|()| {
                    let counts = kinds.next().unwrap_or_default();
                    (counts.part, counts.whole)
                });
                let priced: u64 = periods.iter().map(|(e4, _)| e4).sum();
                PeriodDay {
                    at: step.at,
                    periods,
                    other_e4: step.sum(Business::Energy).saturating_sub(priced),
                }
            });
            Ok(PeriodsChart {
                days: days.collect(),
            })
        };
        let board = &self.screen.periods;
        let made = Box::pin(made);
        board.get(slice.key(), self.now(), seconds(300), made).await
    }

    /// The first ten stations; five minutes old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_ranking(
        &self,
        slice: &Slice,
        period: RankPeriod,
    ) -> Result<Arc<Ranking>, AppError> {
        let made = async {
            let cut = self.cut(slice).await?;
            let from = period.granularity().begin(self.now());
            let span = (from, Day::of(self.now()).next().begins());
            let sums = self.sums_of_stations(&cut, span, FRESH).await?;
            let names = cut.places.iter();
            let rank = |value: fn(&Tally) -> u64| {
                let mut standings: Vec<Standing> = names
                    .clone()
                    .filter_map(|place| {
                        let value = value(sums.get(&place.id)?);
                        (value > 0).then(|| Standing {
                            station_id: place.id,
                            name: place.name.clone(),
                            value,
                        })
                    })
                    .collect();
                standings.sort_by_key(|one| (std::cmp::Reverse(one.value), one.station_id));
                standings.truncate(RANKED);
                standings
            };
            Ok(Ranking {
                from,
                revenue: rank(super::now::revenue),
                energy: rank(|tally| {
                    let energy = tally.get(&Business::Energy.into());
                    energy.map_or(0, |counts| counts.part)
                }),
                utilisation: rank(|tally| {
                    let used = tally.get(&Kpi::PortUtilisation.into()).copied();
                    let share = used.and_then(|counts| Kpi::PortUtilisation.value(counts));
                    share.map_or(0, |share| u64::try_from(share.0).unwrap_or(0))
                }),
            })
        };
        let key = format!("{} {}", period.as_str(), slice.key());
        let board = &self.screen.ranking;
        let made = Box::pin(made);
        board.get(key, self.now(), seconds(300), made).await
    }

    /// What each station of a slice has counted from the beginning of one day to that of another.
    pub(crate) async fn sums_of_stations(
        &self,
        cut: &Cut,
        (from, until): (Timestamp, Timestamp),
        fresh: Fresh,
    ) -> Result<BTreeMap<i64, Tally>, AppError> {
        let live = self.today(fresh).await?;
        let mut view = self.db.view().await?;
        let stations = (Of::Station, &cut.chosen.stations);
        let stored = kpis::sums_by_object(view.conn(), Span::Day, stations, (from, until));
        let mut sums: BTreeMap<i64, Tally> = BTreeMap::new();
        for ((station, at), mut tally) in stored.await? {
            if at >= live.from {
                without_live(&mut tally);
            }
            kpis::add_all(sums.entry(station).or_default(), &tally);
        }
        for (station, tally) in live.by_station(from, until) {
            if cut.chosen.stations.contains(&station) {
                kpis::add_all(sums.entry(station).or_default(), &tally);
            }
        }
        Ok(sums)
    }

    /// Members who came and charged; five minutes old at most.
    ///
    /// # Errors
    /// As [`App::screen_map`].
    pub async fn screen_members(&self, slice: &Slice) -> Result<Arc<MembersChart>, AppError> {
        let made = async {
            let from = Day::of(self.now()).before(DAYS - 1).begins();
            let (cut, steps) = self.screen_steps(slice, Granularity::Day, from).await?;
            let days = steps.iter().map(|step| MemberDay {
                at: step.at,
                new: cut.whole.then(|| step.sum(Business::MembersNew)),
                active: step.sum(Business::MembersActive),
            });
            Ok(MembersChart {
                days: days.collect(),
            })
        };
        let board = &self.screen.members;
        let made = Box::pin(made);
        board.get(slice.key(), self.now(), seconds(300), made).await
    }
}
