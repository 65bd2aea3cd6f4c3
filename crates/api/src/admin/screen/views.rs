//! What widgets look like in JSON.

use crate::admin::kpis::shown;
use app::screen::{
    ChargingChart, ChargingDay, Counters, Gauge, LiveOrder, LiveOrders, LoadChart, MemberDay,
    PeriodDay, PileType, PortCounts, Ranking, RechargeChart, RechargeDay, ScreenAlarm,
    ScreenAlarms, ScreenMap, Standing, StationDot,
};
use domain::kpi::{PERIODS, Rating};
use kernel::Energy;
use serde::Serialize;
use utoipa::ToSchema;

/// Energy in kWh.
pub(crate) fn kwh(e4: u64) -> f64 {
    Energy(i64::try_from(e4).unwrap_or(i64::MAX)).kwh()
}

/// Ports by what they are doing; those of devices that cannot be reached are offline.
#[derive(Serialize, ToSchema)]
pub(crate) struct PortCountsOut {
    /// All of them.
    #[schema(example = 240)]
    total: usize,
    /// Free.
    #[schema(example = 180)]
    idle: usize,
    /// With a plug in: before a charge, beginning, or after it.
    #[schema(example = 4)]
    plugged: usize,
    /// Charging, or paused by the vehicle.
    #[schema(example = 50)]
    charging: usize,
    /// Kept for somebody.
    reserved: usize,
    /// With a fault.
    #[schema(example = 2)]
    fault: usize,
    /// Taken out of service.
    disabled: usize,
    /// Online, and not yet said.
    unknown: usize,
    /// Of devices that cannot be reached.
    #[schema(example = 4)]
    offline: usize,
}

impl From<&PortCounts> for PortCountsOut {
    fn from(counts: &PortCounts) -> Self {
        Self {
            total: counts.total,
            idle: counts.idle,
            plugged: counts.plugged,
            charging: counts.charging,
            reserved: counts.reserved,
            fault: counts.fault,
            disabled: counts.disabled,
            unknown: counts.unknown,
            offline: counts.offline,
        }
    }
}

/// A station on a map.
#[derive(Serialize, ToSchema)]
pub(crate) struct StationDotOut {
    /// The station.
    station_id: i64,
    /// Its name.
    name: String,
    /// Six digits of its administrative division.
    area_code: Option<String>,
    /// Degrees east.
    #[schema(example = 104.065)]
    lng: f64,
    /// Degrees north.
    #[schema(example = 30.659)]
    lat: f64,
    /// Its devices.
    devices: usize,
    /// Those of them that can be reached.
    online: usize,
    /// Its ports.
    ports: PortCountsOut,
    /// What it draws, W.
    power_w: i64,
    /// What its devices are rated for together, W.
    rated_w: i64,
}

impl From<&StationDot> for StationDotOut {
    fn from(dot: &StationDot) -> Self {
        Self {
            station_id: dot.station_id,
            name: dot.name.clone(),
            area_code: dot.area_code.clone(),
            lng: dot.lng,
            lat: dot.lat,
            devices: dot.devices,
            online: dot.online,
            ports: (&dot.ports).into(),
            power_w: dot.power_w,
            rated_w: dot.rated_w,
        }
    }
}

/// Stations on a map.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScreenMapOut {
    /// Those with coordinates.
    stations: Vec<StationDotOut>,
    /// Stations without, which no map can show.
    unplaced: usize,
    /// Ports of those, and of devices at no station.
    unplaced_ports: PortCountsOut,
}

impl From<&ScreenMap> for ScreenMapOut {
    fn from(map: &ScreenMap) -> Self {
        Self {
            stations: map.stations.iter().map(StationDotOut::from).collect(),
            unplaced: map.unplaced,
            unplaced_ports: (&map.unplaced_ports).into(),
        }
    }
}

/// The headline.
#[derive(Serialize, ToSchema)]
pub(crate) struct CountersOut {
    /// Stations.
    stations: usize,
    /// Devices that have met the platform and are in use.
    devices: usize,
    /// Those of them that can be reached.
    devices_online: usize,
    /// Their ports.
    ports: usize,
    /// Members; of less than the whole platform those of its companies.
    members: i64,
    /// Energy of charges that ended today, kWh.
    energy_today_kwh: f64,
    /// Charges that were completed today.
    orders_today: u64,
    /// Electricity, service and occupancy of them, fen.
    revenue_today_fen: u64,
    /// Energy of all time, kWh.
    energy_total_kwh: f64,
    /// Carbon dioxide that it saved, kg: by the setting `screen.co2_g_per_kwh`.
    co2_saved_kg: u64,
}

impl From<&Counters> for CountersOut {
    fn from(counters: &Counters) -> Self {
        Self {
            stations: counters.stations,
            devices: counters.devices,
            devices_online: counters.devices_online,
            ports: counters.ports,
            members: counters.members,
            energy_today_kwh: kwh(counters.energy_today_e4),
            orders_today: counters.orders_today,
            revenue_today_fen: counters.revenue_today_fen,
            energy_total_kwh: kwh(counters.energy_total_e4),
            co2_saved_kg: counters.co2_saved_g / 1000,
        }
    }
}

/// Devices of one kind.
#[derive(Serialize, ToSchema)]
pub(crate) struct PileTypeOut {
    /// `dc`, `ac`, `ebike`, `gateway`, `unknown`.
    #[schema(example = "ebike")]
    kind: &'static str,
    /// How many.
    devices: usize,
    /// Their ports.
    ports: usize,
    /// What they are rated for together, W; those of unknown rating count nothing.
    rated_w: i64,
}

impl From<&PileType> for PileTypeOut {
    fn from(of: &PileType) -> Self {
        Self {
            kind: of.kind,
            devices: of.devices,
            ports: of.ports,
            rated_w: of.rated_w,
        }
    }
}

/// What was paid in on a day.
#[derive(Serialize, ToSchema)]
pub(crate) struct RechargeDayOut {
    /// When it begins, Unix seconds.
    at: i64,
    /// What was paid, fen.
    fen: u64,
}

impl From<&RechargeDay> for RechargeDayOut {
    fn from(day: &RechargeDay) -> Self {
        Self {
            at: day.at.unix_seconds(),
            fen: day.fen,
        }
    }
}

/// What was paid into wallets.
#[derive(Serialize, ToSchema)]
pub(crate) struct RechargeChartOut {
    /// False for less than the whole platform, to which wallets belong: then there is nothing here.
    known: bool,
    /// Today, fen.
    today_fen: u64,
    /// This month, fen.
    month_fen: u64,
    /// On the same days of the same month of last year, fen.
    last_year_fen: u64,
    /// By day of this month, the first day first.
    days: Vec<RechargeDayOut>,
}

impl From<&RechargeChart> for RechargeChartOut {
    fn from(chart: &RechargeChart) -> Self {
        Self {
            known: chart.known,
            today_fen: chart.today_fen,
            month_fen: chart.month_fen,
            last_year_fen: chart.last_year_fen,
            days: chart.days.iter().map(RechargeDayOut::from).collect(),
        }
    }
}

/// What charges that ended in a time came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChargingDayOut {
    /// When it begins, Unix seconds.
    at: i64,
    /// Electricity, fen.
    elec_fen: u64,
    /// Service, fen.
    service_fen: u64,
    /// Occupancy, fen.
    occupancy_fen: u64,
    /// Energy, kWh.
    kwh: f64,
    /// Charges.
    orders: u64,
}

impl From<&ChargingDay> for ChargingDayOut {
    fn from(day: &ChargingDay) -> Self {
        Self {
            at: day.at.unix_seconds(),
            elec_fen: day.elec_fen,
            service_fen: day.service_fen,
            occupancy_fen: day.occupancy_fen,
            kwh: kwh(day.energy_e4),
            orders: day.orders,
        }
    }
}

/// What charges came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChargingChartOut {
    /// Today.
    today: ChargingDayOut,
    /// This month.
    month: ChargingDayOut,
    /// By day of this month, the first day first.
    days: Vec<ChargingDayOut>,
    /// By hour of today.
    hours: Vec<ChargingDayOut>,
}

impl From<&ChargingChart> for ChargingChartOut {
    fn from(chart: &ChargingChart) -> Self {
        Self {
            today: (&chart.today).into(),
            month: (&chart.month).into(),
            days: chart.days.iter().map(ChargingDayOut::from).collect(),
            hours: chart.hours.iter().map(ChargingDayOut::from).collect(),
        }
    }
}

/// What is drawn, by the quarter of an hour.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoadChartOut {
    /// What devices draw at this moment, W.
    now_w: i64,
    /// What stations may draw together, W; their devices' rating where nobody said.
    capacity_w: i64,
    /// Mean W of each of the 96 quarters of today; null where nothing was measured.
    today: Vec<Option<i64>>,
    /// The same of yesterday.
    yesterday: Vec<Option<i64>>,
}

impl From<&LoadChart> for LoadChartOut {
    fn from(chart: &LoadChart) -> Self {
        Self {
            now_w: chart.now_w,
            capacity_w: chart.capacity_w,
            today: chart.today.clone(),
            yesterday: chart.yesterday.clone(),
        }
    }
}

/// Energy at one kind of price.
#[derive(Serialize, ToSchema)]
pub(crate) struct PeriodOut {
    /// `sharp`, `peak`, `flat`, `valley`, `deep_valley`.
    #[schema(example = "valley")]
    period: &'static str,
    /// Energy, kWh.
    kwh: f64,
    /// What it came to, fen.
    fen: u64,
}

/// Energy of a day by the kind of its price.
#[derive(Serialize, ToSchema)]
pub(crate) struct PeriodDayOut {
    /// When it begins, Unix seconds.
    at: i64,
    /// By kind.
    periods: Vec<PeriodOut>,
    /// Energy at prices that do not depend on the time, kWh.
    other_kwh: f64,
}

impl From<&PeriodDay> for PeriodDayOut {
    fn from(day: &PeriodDay) -> Self {
        let periods = PERIODS.iter().zip(day.periods);
        let periods = periods.map(|(period, (e4, fen))| PeriodOut {
            period,
            kwh: kwh(e4),
            fen,
        });
        Self {
            at: day.at.unix_seconds(),
            periods: periods.collect(),
            other_kwh: kwh(day.other_e4),
        }
    }
}

/// A station in a ranking.
#[derive(Serialize, ToSchema)]
pub(crate) struct StandingOut {
    /// The station.
    station_id: i64,
    /// Its name.
    name: String,
    /// What it is ranked by.
    value: f64,
}

fn standings(all: &[Standing], value: fn(u64) -> f64) -> Vec<StandingOut> {
    let all = all.iter().map(|one| StandingOut {
        station_id: one.station_id,
        name: one.name.clone(),
        value: value(one.value),
    });
    all.collect()
}

/// The first stations.
#[derive(Serialize, ToSchema)]
pub(crate) struct RankingOut {
    /// Since when, Unix seconds.
    from: i64,
    /// By electricity, service and occupancy, fen.
    revenue: Vec<StandingOut>,
    /// By energy, kWh.
    energy: Vec<StandingOut>,
    /// By the share of the time in service in which ports charge; 1 is all.
    utilisation: Vec<StandingOut>,
}

/// Fen and millionths are exact in a float as long as they have fifteen digits.
#[expect(clippy::cast_precision_loss, reason = "no station earns so much")]
fn plain(value: u64) -> f64 {
    value as f64
}

impl From<&Ranking> for RankingOut {
    fn from(ranking: &Ranking) -> Self {
        Self {
            from: ranking.from.unix_seconds(),
            revenue: standings(&ranking.revenue, plain),
            energy: standings(&ranking.energy, kwh),
            utilisation: standings(&ranking.utilisation, |share| plain(share) / 1_000_000.0),
        }
    }
}

/// An alarm, without its words: those may name people.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScreenAlarmOut {
    /// Its row.
    id: i64,
    /// When it began, Unix seconds.
    at: i64,
    /// Its cause.
    #[schema(example = "port_fault")]
    code: String,
    /// The same in Chinese.
    title: &'static str,
    /// `C` critical, `W` warning, `I` information.
    #[schema(example = "W")]
    level: String,
    /// `open`, `acked`, `processing`.
    #[schema(example = "open")]
    state: &'static str,
    /// The station.
    station_id: Option<i64>,
    /// Its name.
    station: Option<String>,
    /// The device.
    phy_id: Option<String>,
    /// The port.
    port_no: Option<u16>,
}

impl From<&ScreenAlarm> for ScreenAlarmOut {
    fn from(alarm: &ScreenAlarm) -> Self {
        Self {
            id: alarm.id,
            at: alarm.at.unix_seconds(),
            code: alarm.code.clone(),
            title: alarm.title,
            level: alarm.level.clone(),
            state: alarm.state,
            station_id: alarm.station_id,
            station: alarm.station.clone(),
            phy_id: alarm.phy_id.as_ref().map(ToString::to_string),
            port_no: alarm.port_no.map(|port| port.0),
        }
    }
}

/// Alarms about stations and devices that are not over.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScreenAlarmsOut {
    /// Critical ones.
    critical: i64,
    /// Warnings.
    warning: i64,
    /// Information.
    info: i64,
    /// The newest twenty.
    items: Vec<ScreenAlarmOut>,
}

impl From<&ScreenAlarms> for ScreenAlarmsOut {
    fn from(alarms: &ScreenAlarms) -> Self {
        Self {
            critical: alarms.critical,
            warning: alarms.warning,
            info: alarms.info,
            items: alarms.items.iter().map(ScreenAlarmOut::from).collect(),
        }
    }
}

/// A charge that runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct LiveOrderOut {
    /// Its number.
    order_no: String,
    /// Whose, masked; null where nobody here knows.
    #[schema(example = "138****8000")]
    user: Option<String>,
    /// Where.
    station: Option<String>,
    /// The device.
    phy_id: String,
    /// The port.
    port_no: u16,
    /// Power now, W.
    power_w: f64,
    /// Energy so far, kWh.
    kwh: f64,
    /// State of charge, %.
    soc: Option<i16>,
    /// Since when, Unix seconds.
    started_at: Option<i64>,
}

impl From<&LiveOrder> for LiveOrderOut {
    fn from(order: &LiveOrder) -> Self {
        Self {
            order_no: order.order_no.to_string(),
            user: order.user.clone(),
            station: order.station.clone(),
            phy_id: order.phy_id.to_string(),
            port_no: order.port_no.0,
            power_w: order.power.watts(),
            kwh: order.energy.kwh(),
            soc: order.soc,
            started_at: crate::view::seconds(order.started_at),
        }
    }
}

/// Charges that run.
#[derive(Serialize, ToSchema)]
pub(crate) struct LiveOrdersOut {
    /// How many.
    total: usize,
    /// The newest twenty.
    items: Vec<LiveOrderOut>,
}

impl From<&LiveOrders> for LiveOrdersOut {
    fn from(orders: &LiveOrders) -> Self {
        Self {
            total: orders.total,
            items: orders.items.iter().map(LiveOrderOut::from).collect(),
        }
    }
}

/// A key figure of the last hour.
#[derive(Serialize, ToSchema)]
pub(crate) struct GaugeOut {
    /// Its name.
    #[schema(example = "device_online_rate")]
    kpi: &'static str,
    /// What it is called.
    title: &'static str,
    /// The same in English.
    title_en: &'static str,
    /// The figure; null without anything counted.
    #[schema(example = 0.987)]
    value: Option<f64>,
    /// What is wanted.
    target: Option<f64>,
    /// `good`, `warning`, `critical`; null where less than twenty were counted.
    #[schema(example = "good")]
    rating: Option<&'static str>,
}

impl From<&Gauge> for GaugeOut {
    fn from(gauge: &Gauge) -> Self {
        let definition = gauge.kpi.definition();
        Self {
            kpi: gauge.kpi.as_str(),
            title: definition.title,
            title_en: definition.title_en,
            value: gauge.kpi.value(gauge.counts).map(shown),
            target: gauge.bounds.target().map(shown),
            rating: gauge.rating.map(Rating::as_str),
        }
    }
}

/// Members of a day.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberDayOut {
    /// When it begins, Unix seconds.
    at: i64,
    /// Who registered; null of less than the whole platform, whose members they are.
    new: Option<u64>,
    /// Who charged.
    active: u64,
}

impl From<&MemberDay> for MemberDayOut {
    fn from(day: &MemberDay) -> Self {
        Self {
            at: day.at.unix_seconds(),
            new: day.new,
            active: day.active,
        }
    }
}
