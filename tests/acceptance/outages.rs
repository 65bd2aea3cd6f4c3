//! The database goes away, the disk is full: documented answers, nothing acknowledged that is not
//! stored, and everything is made up for afterwards.

use crate::harness::database::Database;
use crate::harness::site::{body_a, frames};
use crate::harness::{DEVICE, Engine, SECOND_DEVICE, Site, eventually, fast, holds};
use serde_json::json;
use simulator::SimDevice;
use simulator::device::Direction;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use testkit::db::PgServer;

/// Seconds of the outage; the device repeats its settlement meanwhile.
const OUTAGE: Duration = Duration::from_secs(4);

/// What becomes of an end report during the outage.
#[derive(Clone, Copy, PartialEq)]
enum Report {
    /// It is kept on disk, and acknowledged.
    Kept,
    /// There is no room for it either: it is not acknowledged, and said again.
    Unheard,
}

/// During the outage: a settlement is kept or not acknowledged, heartbeats are answered, calls get
/// 503.
async fn outage_is_answered(site: &Site, device: &SimDevice, report: Report) {
    device.unplug(1).await.expect("the device lives");
    let beats = frames(device, Direction::Down, 0x0021).len();
    let acknowledged = || !frames(device, Direction::Down, 0x0003).is_empty();
    match report {
        Report::Kept => {
            eventually("the settlement is acknowledged", async || {
                acknowledged().then_some(())
            })
            .await;
            let kept = std::fs::read_dir(site.folder().join("data/spool"));
            assert!(kept.expect("a folder").next().is_some(), "it is on disk");
            tokio::time::sleep(OUTAGE).await;
        }
        Report::Unheard => {
            holds(
                OUTAGE,
                "no settlement is acknowledged that is not stored",
                async || !acknowledged(),
            )
            .await;
        }
    }
    assert!(
        frames(device, Direction::Down, 0x0021).len() > beats,
        "heartbeats are answered"
    );
    let body = json!({"port_no": 2, "charge_mode": 1, "duration": 60, "amount": 100});
    let answer = site.charge(DEVICE, &body).await;
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.retry_after.is_some(), "503 says when to come back");
    assert_eq!(site.http.get_bare("/healthz").await.status, 200);
}

/// After the outage: the settlement is stored, acknowledged and told; the next charge works.
async fn outage_is_made_up_for(site: &Site, device: &SimDevice, order_no: &str) {
    eventually("ready again", async || {
        (site.http.get_bare("/readyz").await.status == 200).then_some(())
    })
    .await;
    let order = site.wait_status(order_no, "completed").await;
    let real = frames(device, Direction::Up, 0x0003)[0].body[17..21].to_vec();
    let real = u32::from_be_bytes(real.try_into().expect("four bytes"));
    assert_eq!(order["duration_sec"], real, "nothing is lost: {order}");
    assert_eq!(order["provisional"], false, "{order}");
    eventually("the settlement is acknowledged", async || {
        (!frames(device, Direction::Down, 0x0003).is_empty()).then_some(())
    })
    .await;
    site.event("order.completed", order_no).await;
    let types = site.event_types(order_no);
    let completed = types
        .iter()
        .filter(|kind| *kind == "order.completed")
        .count();
    assert_eq!(completed, 1, "{types:?}");
    let body = json!({"port_no": 2, "charge_mode": 1, "duration": 60, "amount": 100});
    let next = eventually("calls are taken again", async || {
        let answer = site.charge(DEVICE, &body).await;
        (answer.status == 200).then(|| answer.data()["order_no"].as_str().map(str::to_owned))?
    })
    .await;
    device.plug(2).await.expect("the device lives");
    site.wait_status(&next, "completed").await;
}

async fn database_goes_away(stop: impl Fn(&PgServer) -> anyhow::Result<()> + Send + 'static) {
    let database = Database::on_own_server().await;
    let Database::OwnServer { server, .. } = &database else {
        panic!("asked for one");
    };
    let server = server.clone();
    let site = Site::on(database, &[]).await;
    let device = site.device(fast(DEVICE)).await;
    let second = site.device(fast(SECOND_DEVICE)).await;
    let order_no = site.start_charging(&device, 1, &body_a()).await;
    let other = site.start_charging(&second, 1, &body_a()).await;
    on_server(&server, stop).await;
    outage_is_answered(&site, &device, Report::Kept).await;
    let ready = site.http.get_bare("/readyz").await;
    assert_eq!(ready.status, 503, "{}", ready.text);
    on_server(&server, PgServer::resume).await;
    outage_is_made_up_for(&site, &device, &order_no).await;
    let order = site.order(&other).await;
    assert_eq!(
        order["status"], "charging",
        "a charge goes through an outage: {order}"
    );
    let seconds = order["duration_sec"].as_i64();
    site.wait_order(&other, "goes on", |order| {
        order["duration_sec"].as_i64() > seconds
    })
    .await;
}

async fn on_server(
    server: &Arc<PgServer>,
    order: impl FnOnce(&PgServer) -> anyhow::Result<()> + Send + 'static,
) {
    let server = server.clone();
    let done = tokio::task::spawn_blocking(move || order(&server)).await;
    done.expect("it does not panic").expect("PostgreSQL obeys");
}

/// An administrator restarts PostgreSQL.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_stopped_and_started_postgres() {
    database_goes_away(PgServer::stop).await;
}

/// PostgreSQL crashes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_crashed_and_recovered_postgres() {
    database_goes_away(PgServer::kill).await;
}

/// The program dies while the database is away: what it acknowledged is billed by the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn program_killed_in_an_outage_postgres() {
    let database = Database::on_own_server().await;
    let Database::OwnServer { server, .. } = &database else {
        panic!("asked for one");
    };
    let server = server.clone();
    let mut site = Site::on(database, &[]).await;
    let device = site.device(fast(DEVICE)).await;
    let order_no = site.start_charging(&device, 1, &body_a()).await;
    on_server(&server, PgServer::kill).await;
    outage_is_answered(&site, &device, Report::Kept).await;
    site.program.kill();
    on_server(&server, PgServer::resume).await;
    site.program.start_again().await;
    outage_is_made_up_for(&site, &device, &order_no).await;
    let left = std::fs::read_dir(site.folder().join("data/spool")).expect("a folder");
    assert_eq!(left.count(), 0);
}

/// Limits how long the program's files may grow; without a limit, takes it away again.
fn limit_files(site: &Site, bytes: Option<u64>) {
    let soft = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let done = Command::new("prlimit")
        .args([
            "--pid",
            &site.program.id().to_string(),
            &format!("--fsize={soft}:unlimited"),
        ])
        .status();
    assert!(done.expect("prlimit is part of util-linux").success());
}

/// No file can grow any more, as on a full disk.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disk_full_sqlite() {
    let mut site = Site::open(Engine::Sqlite).await;
    site.program.stop().await;
    site.program.launch().ignores_file_size_signal = true;
    site.program.start_again().await;
    let device = site.device(fast(DEVICE)).await;
    let order_no = site.start_charging(&device, 1, &body_a()).await;
    limit_files(&site, Some(1));
    outage_is_answered(&site, &device, Report::Unheard).await;
    limit_files(&site, None);
    outage_is_made_up_for(&site, &device, &order_no).await;
}
