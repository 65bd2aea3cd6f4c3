//! Redis Cluster, and Redis watched by sentinels, instead of one server; and the loss of a master.

use super::soundness::assert_sound;
use crate::harness::database::Database;
use crate::harness::{DEVICE, Engine, Nodes, fast};
use serde_json::Value;
use testkit::redis::{RedisCluster, WatchedRedis};

async fn open(url: &str) -> Nodes {
    let database = Database::create(Engine::Postgres).await;
    let site = Nodes::with(2, database, &[("REDIS__URL", url)]).await;
    for node in &site.all {
        let there = |line: &Value| line["msg"] == "Redis is there";
        node.program.log().wait("Redis is there", there).await;
    }
    site
}

/// A charge from the other node, before and after something is lost.
async fn charges_across<T: Send + 'static>(
    site: &Nodes,
    lose: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) {
    site.next_to(1);
    let device = site.device(fast(DEVICE)).await;
    let order_no = site.all[0].start_charge(DEVICE, 1, 36_000).await;
    device.plug(1).await.expect("the device lives");
    site.all[0].wait_status(&order_no, "charging").await;
    let left = tokio::task::spawn_blocking(lose).await;
    let _left = left.expect("no panic").expect("another takes over");
    site.all[0].stop_charge(DEVICE, 1, &order_no).await;
    site.all[0].wait_status(&order_no, "completed").await;
    site.all[0].wait_alarm("redis_down", false).await;
    let next = site.all[0].start_charge(DEVICE, 1, 3600).await;
    device.plug(1).await.expect("the device lives");
    for node in &site.all {
        node.wait_status(&next, "charging").await;
    }
    assert_sound(site);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_of_redis_servers_loses_a_master() {
    let starting = tokio::task::spawn_blocking(RedisCluster::start).await;
    let redis = starting.expect("no panic").expect("Redis Cluster starts");
    let site = open(&redis.url()).await;
    let key = format!("outbound:{DEVICE}");
    charges_across(&site, move || {
        redis.lose_master_of(&key)?;
        Ok(redis)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sentinels_name_another_master() {
    let starting = tokio::task::spawn_blocking(WatchedRedis::start).await;
    let redis = starting.expect("no panic").expect("Redis starts");
    let site = open(&redis.url()).await;
    charges_across(&site, move || {
        redis.lose_master()?;
        Ok(redis)
    })
    .await;
}
