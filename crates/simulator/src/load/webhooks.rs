//! F8: from the fact to the first attempt on the receiver's socket.

use super::Plan;
use super::charging;
use super::figure::{FigureId, Row, Verdict};
use super::fleet::{FleetPlan, PlainFleet, Seen, Sighting};
use super::frames::Outlet;
use super::http::HttpPool;
use super::numbers::{Times, float, grouped, ms, rate};
use super::process::Folder;
use super::receiver::{Arrival, Receiver};
use super::server::{Launcher, Setup};
use anyhow::{Result, ensure};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Orders, each at a device of its own; an order has four events: created, started, ended,
/// completed.
const ORDERS: u32 = 1_875;
/// One order every so often: 125 orders and 500 events per second.
const EVERY: Duration = Duration::from_millis(8);
/// Events of one order.
const EVENTS_EACH: u64 = 4;
/// From the accepted start to the end report.
const CHARGE: Duration = Duration::from_secs(2);
/// Connections of the callers.
const CALLERS: usize = 32;
/// What has not arrived by then is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the logins left to be told is told after this.
const SETTLE: Duration = Duration::from_secs(8);
/// Direct requests to the receiver, before and after.
const DIRECT: u32 = 500;

const TARGET: Duration = Duration::from_millis(100);

/// The instants at which an order's facts came about, as seen from outside: the cause left
/// before, so commit and delivery are both inside the measured time.
#[derive(Clone, Debug)]
struct Causes {
    called: Instant,
    accepted: Option<Instant>,
    ended: Option<Instant>,
}

/// Measures on SQLite, communication log on.
///
/// # Errors
/// When the server does not come up or loses an event.
pub async fn measure(plan: &Plan) -> Result<Vec<Row>> {
    let folder = Folder::new("webhooks")?;
    let mut receiver = Receiver::start().await?;
    let setup = Setup {
        comm_log: true,
        webhook: Some(receiver.address),
        heartbeat_sample: 10,
        ..Setup::default()
    };
    let server = Launcher::new(&plan.program, &folder, &setup)?
        .start()
        .await?;
    let mut fleet = PlainFleet::new(FleetPlan {
        servers: vec![server.tcp],
        sockets: 1,
    });
    fleet.grow(ORDERS.into()).await?;
    quiet(&mut receiver).await;
    let before = direct(&mut receiver).await?;
    let http = Arc::new(HttpPool::connect(server.http, CALLERS).await?);
    let (causes, arrivals) = drive(&mut fleet, &http, &mut receiver).await?;
    let after = direct(&mut receiver).await?;
    let times = delays(&causes, &arrivals);
    let mut rows = vec![row(&times, &before, &after)];
    for (name, of_type) in by_type(&causes, &arrivals) {
        rows.push(Row {
            figure: FigureId::F8,
            conditions: format!("of these: {name}"),
            measured: of_type.describe(),
            beside: String::new(),
            result: format!("p99 {}", ms(of_type.percentile(99))),
            target: "",
            verdict: Verdict::Information,
        });
    }
    Ok(rows)
}

fn row(times: &Times, before: &Times, after: &Times) -> Row {
    let per_second = rate(EVENTS_EACH, EVERY);
    Row {
        figure: FigureId::F8,
        conditions: format!(
            "{} events/s for {:.0} s in open loop, SQLite, communication log on; from the call or \
             report that causes the fact, so its commit is included",
            grouped(per_second),
            (EVERY * ORDERS).as_secs_f64()
        ),
        measured: format!(
            "{} ({} events)",
            times.describe(),
            grouped(float(times.len() as u64))
        ),
        beside: format!(
            "a direct request to the receiver: before {}, after {}",
            before.describe(),
            after.describe()
        ),
        result: format!("p99 {}", ms(times.percentile(99))),
        target: "p99 < 100 ms",
        verdict: Verdict::of(times.percentile(99) < TARGET),
    }
}

/// Waits until nothing has arrived for a while.
async fn quiet(receiver: &mut Receiver) {
    while let Ok(Some(_)) = tokio::time::timeout(SETTLE, receiver.arrivals.recv()).await {}
}

async fn direct(receiver: &mut Receiver) -> Result<Times> {
    let http = HttpPool::connect(receiver.address, 1).await?;
    let began = tokio::time::Instant::now();
    let mut times = Vec::new();
    for turn in 0..DIRECT {
        let due = began + Duration::from_millis(2) * turn;
        tokio::time::sleep_until(due).await;
        let answer = http.call("/webhook", "{\"event_type\":\"direct\"}").await?;
        ensure!(answer.status == 200, "the receiver said {}", answer.status);
        times.push(due.elapsed());
    }
    // They are no webhooks.
    while receiver.arrivals.try_recv().is_ok() {}
    Ok(Times::new(times))
}

/// Runs all orders; returns their causes by order number, and what arrived.
async fn drive(
    fleet: &mut PlainFleet,
    http: &Arc<HttpPool>,
    receiver: &mut Receiver,
) -> Result<(HashMap<String, Causes>, Vec<Arrival>)> {
    let outlet = Outlet::of_port(1);
    let began = tokio::time::Instant::now();
    let mut calling = JoinSet::new();
    for turn in 0..ORDERS {
        let due = began + EVERY * turn;
        let (http, device) = (http.clone(), fleet.id(turn.into()));
        calling.spawn(async move {
            tokio::time::sleep_until(due).await;
            let order_no = charging::start(&http, &device, outlet).await?;
            anyhow::Ok((u64::from(turn), order_no, due.into_std()))
        });
    }
    let mut orders: HashMap<u64, (String, Instant)> = HashMap::new();
    let mut accepted: HashMap<u64, Instant> = HashMap::new();
    let mut ended: HashMap<u64, Instant> = HashMap::new();
    let mut to_end = tokio_util::time::DelayQueue::new();
    let mut arrivals = Vec::new();
    let wanted = u64::from(ORDERS) * EVENTS_EACH;
    let deadline = began + EVERY * ORDERS + CHARGE + PATIENCE;
    while (arrivals.len() as u64) < wanted {
        tokio::select! {
            Some(Sighting { device, what, at }) = fleet.sightings.recv() => {
                if matches!(what, Seen::Started(_)) && !accepted.contains_key(&device) {
                    accepted.insert(device, at);
                    to_end.insert(device, CHARGE);
                }
            }
            Some(due) = futures_util::StreamExt::next(&mut to_end), if !to_end.is_empty() => {
                let device = due.into_inner();
                ended.insert(device, fleet.report_end(device, outlet).await?);
            }
            Some(joined) = calling.join_next() => {
                let (device, order_no, called) = joined??;
                orders.insert(device, (order_no, called));
            }
            Some(arrival) = receiver.arrivals.recv() => {
                if !arrival.order_no.is_empty() {
                    arrivals.push(arrival);
                }
            }
            () = tokio::time::sleep_until(deadline) => {
                ensure!(false, "only {} of {wanted} events arrived", arrivals.len());
            }
        }
    }
    let causes = orders.into_iter().map(|(device, (order_no, called))| {
        let (accepted, ended) = (accepted.get(&device).copied(), ended.get(&device).copied());
        (
            order_no,
            Causes {
                called,
                accepted,
                ended,
            },
        )
    });
    Ok((causes.collect(), arrivals))
}

fn delay(causes: &HashMap<String, Causes>, arrival: &Arrival) -> Option<Duration> {
    let causes = causes.get(&arrival.order_no)?;
    let cause = match arrival.event_type.as_str() {
        "order.created" => Some(causes.called),
        "charging.started" => causes.accepted,
        "charging.ended" | "order.completed" => causes.ended,
        _ => None,
    };
    Some(arrival.at.saturating_duration_since(cause?))
}

fn delays(causes: &HashMap<String, Causes>, arrivals: &[Arrival]) -> Times {
    Times::new(
        arrivals
            .iter()
            .filter_map(|arrival| delay(causes, arrival))
            .collect(),
    )
}

fn by_type(causes: &HashMap<String, Causes>, arrivals: &[Arrival]) -> Vec<(String, Times)> {
    let mut groups: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for arrival in arrivals {
        if let Some(delay) = delay(causes, arrival) {
            groups.entry(&arrival.event_type).or_default().push(delay);
        }
    }
    groups
        .into_iter()
        .map(|(name, times)| (name.to_owned(), Times::new(times)))
        .collect()
}
