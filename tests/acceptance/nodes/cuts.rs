//! Networks that are cut, and a database whose replica takes over.

use super::soundness::assert_sound;
use crate::harness::balancer::Balancer;
use crate::harness::database::Database;
use crate::harness::{DEVICE, Engine, Nodes, SECOND_DEVICE, eventually, fast};
use std::net::SocketAddr;
use std::sync::Arc;
use testkit::db::PgServer;
use testkit::redis::RedisServer;

/// The address of a server, as it is reached through a network that can be cut.
fn through(url: &str, network: &Balancer) -> String {
    let (before, rest) = url.rsplit_once("127.0.0.1:").expect("a loopback address");
    let after = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    format!("{before}{}{after}", network.address())
}

fn address_of(url: &str) -> SocketAddr {
    let (_, rest) = url.rsplit_once("127.0.0.1:").expect("a loopback address");
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    SocketAddr::from(([127, 0, 0, 1], port.parse().expect("a port")))
}

/// Two nodes; the second one reaches the database, or Redis, through a network of its own.
async fn second_node_behind(key: &str) -> (Nodes, Balancer) {
    let database = Database::create(Engine::Postgres).await;
    let redis = RedisServer::start().expect("Redis starts");
    let url = match key {
        "REDIS__URL" => redis.url(),
        _ => database.url().expect("PostgreSQL").to_owned(),
    };
    let network = Balancer::before(vec![address_of(&url)]).await;
    let own = through(&url, &network);
    let changes = |number| match number {
        1 => vec![(key.to_owned(), own.clone())],
        _ => Vec::new(),
    };
    let site = Nodes::each(2, database, redis, changes).await;
    (site, network)
}

async fn wait_running(site: &Nodes, nodes: &[&str]) {
    eventually(&format!("{nodes:?} run"), async || {
        let rows = site
            .psql("select node from cluster_runs where state in ('up', 'draining') order by node");
        rows.iter().flatten().eq(nodes).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_the_database_is_replaced_and_begins_anew() {
    let (site, network) = second_node_behind("DATABASE__URL").await;
    site.next_to(1);
    let device = site.device(fast(DEVICE)).await;
    let order_no = site.all[0].start_charge(DEVICE, 1, 3600).await;
    device.plug(1).await.expect("the device lives");
    site.all[0].wait_status(&order_no, "charging").await;
    network.swallow(true);
    wait_running(&site, &["node-0"]).await;
    network.swallow(false);
    wait_running(&site, &["node-0", "node-1"]).await;
    site.all[0].wait_online(DEVICE, true).await;
    site.all[0].stop_charge(DEVICE, 1, &order_no).await;
    for node in &site.all {
        node.wait_status(&order_no, "completed").await;
    }
    assert_sound(&site);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_without_redis_goes_on() {
    let (site, network) = second_node_behind("REDIS__URL").await;
    site.next_to(1);
    let device = site.device(fast(DEVICE)).await;
    let order_no = site.all[1].start_charge(DEVICE, 1, 3600).await;
    device.plug(1).await.expect("the device lives");
    site.all[1].wait_status(&order_no, "charging").await;
    network.swallow(true);
    site.all[1].wait_alarm("redis_down", true).await;
    // It hears of nothing, and finds it in the queue.
    site.all[0].stop_charge(DEVICE, 1, &order_no).await;
    site.all[0].wait_status(&order_no, "completed").await;
    let second = site.all[1].start_charge(DEVICE, 1, 3600).await;
    site.all[1].wait_status(&second, "charging").await;
    network.swallow(false);
    site.all[1].wait_alarm("redis_down", false).await;
    site.all[1].stop_charge(DEVICE, 1, &second).await;
    site.all[0].wait_status(&second, "completed").await;
    assert_sound(&site);
}

async fn on_servers(
    servers: &Arc<[PgServer; 2]>,
    order: impl FnOnce(&[PgServer; 2]) -> anyhow::Result<()> + Send + 'static,
) {
    let servers = servers.clone();
    let done = tokio::task::spawn_blocking(move || order(&servers)).await;
    done.expect("it does not panic").expect("PostgreSQL obeys");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_replica_takes_over_and_what_was_acknowledged_is_there() {
    let database = Database::on_a_pair().await;
    let Database::Pair { servers, .. } = &database else {
        panic!("asked for a pair");
    };
    let servers = servers.clone();
    let site = Nodes::with(2, database, &[]).await;
    site.next_to(0);
    let device = site.device(fast(DEVICE)).await;
    let ended = site.all[1].start_charge(DEVICE, 1, 3600).await;
    device.plug(1).await.expect("the device lives");
    site.all[1].wait_status(&ended, "charging").await;
    site.next_to(1);
    let other = site.device(fast(SECOND_DEVICE)).await;
    let charging = site.all[0].start_charge(SECOND_DEVICE, 1, 36_000).await;
    other.plug(1).await.expect("the device lives");
    site.all[0].wait_status(&charging, "charging").await;
    on_servers(&servers, |[primary, _]| primary.kill()).await;
    // Its end is told while nobody takes writes, and acknowledged to nobody.
    device.unplug(1).await.expect("the device lives");
    on_servers(&servers, |[_, replica]| replica.promote()).await;
    let runs = site.psql("select id, state from cluster_runs order by id");
    for node in &site.all {
        node.wait_status(&ended, "completed").await;
        node.wait_status(&charging, "charging").await;
    }
    site.all[1].stop_charge(SECOND_DEVICE, 1, &charging).await;
    site.all[0].wait_status(&charging, "completed").await;
    let next = site.all[0].start_charge(DEVICE, 1, 3600).await;
    site.all[1].wait_status(&next, "pending").await;
    // Everybody's silence was the database's.
    let after = site.psql("select id, state from cluster_runs order by id");
    assert_eq!(after, runs);
    assert_sound(&site);
}
