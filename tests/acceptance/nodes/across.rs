//! Calls at one node about a device at another.

use crate::harness::http::{API_KEY, try_send};
use crate::harness::{DEVICE, Nodes, SECOND_DEVICE, eventually, fast};
use reqwest::Method;
use serde_json::json;
use simulator::SimDevice;

/// The node that holds a device, as the register says.
fn holder(site: &Nodes, id: &str) -> String {
    let record = site
        .redis
        .cli(&["GET", &format!("session:{id}")])
        .expect("Redis answers");
    let record: serde_json::Value = serde_json::from_str(&record).unwrap_or_default();
    record["server_id"].as_str().unwrap_or_default().to_owned()
}

async fn device_at(site: &Nodes, node: usize, id: &str) -> SimDevice {
    site.next_to(node);
    let device = site.device(fast(id)).await;
    assert_eq!(holder(site, id), format!("node-{node}"));
    device
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_charge_is_started_and_stopped_from_the_other_node() {
    let site = Nodes::open(2).await;
    let [here, there] = [&site.all[0], &site.all[1]];
    let device = device_at(&site, 0, DEVICE).await;
    let order_no = there.start_charge(DEVICE, 1, 3600).await;
    device.plug(1).await.expect("the device lives");
    let seen = there.wait_status(&order_no, "charging").await;
    assert_eq!(seen["device_phy_id"], DEVICE);
    here.wait_status(&order_no, "charging").await;
    // Both nodes refuse the busy port.
    for node in [here, there] {
        let body = json!({"port_no": 1, "charge_mode": 1, "duration": 60, "amount": 100});
        let path = format!("/api/v1/third/devices/{DEVICE}/charge");
        let request = node.http.request(Method::POST, &path).json(&body);
        let answer = try_send(request.header("X-Api-Key", API_KEY))
            .await
            .expect("an answer");
        assert_eq!(answer.status, 409, "{}", answer.body);
        assert_eq!(answer.body["data"]["current_order"], order_no.as_str());
    }
    // The values that the device tells one node are seen at the other.
    eventually("meter values arrive at the other node", async || {
        let path = format!("/api/v1/third/orders/{order_no}");
        let order = there.http.get(&path).await.data().clone();
        (order["duration_sec"].as_i64() > Some(60) && order["total_kwh"].as_f64() > Some(0.0))
            .then_some(())
    })
    .await;
    there.stop_charge(DEVICE, 1, &order_no).await;
    let over = here.wait_status(&order_no, "completed").await;
    let same = there.wait_status(&order_no, "completed").await;
    assert_eq!(over["amount"], same["amount"]);
    let last = eventually("all events", async || {
        let events = site.events_of(&order_no);
        let over = events
            .last()
            .is_some_and(|event| event.event_type() == "order.completed");
        over.then_some(events)
    });
    let types: Vec<String> = last
        .await
        .iter()
        .map(|event| event.event_type().to_owned())
        .collect();
    assert_eq!(
        types[..2],
        ["order.created", "charging.started"],
        "{types:?}"
    );
    assert_eq!(
        types
            .iter()
            .filter(|kind| *kind == "charging.started")
            .count(),
        1
    );
    // The port is free at both.
    for node in [here, there] {
        eventually("the port is free again", async || {
            let seen = node.device_view(DEVICE).await;
            (seen["ports"][0]["status"] == 0).then_some(())
        })
        .await;
    }
    let again = here.start_charge(DEVICE, 1, 3600).await;
    here.wait_status(&again, "pending").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_at_the_other_node_hears_the_devices_answer() {
    let site = Nodes::open(2).await;
    let _device = device_at(&site, 1, SECOND_DEVICE).await;
    let path = format!("/api/v1/third/devices/{SECOND_DEVICE}/params");
    let body = json!({"params": [{"id": 1, "value": 60}], "wait": 20});
    let answer = site.all[0].http.post(&path, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.data()["state"], "acked", "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_at_the_other_node_is_listed_and_closed() {
    let site = Nodes::open(2).await;
    let _device = device_at(&site, 1, DEVICE).await;
    let asked = &site.all[0];
    let path = format!("/api/v1/admin/ops/sessions?phy_id={DEVICE}");
    let listed = async || asked.http.admin_get(&path).await.data()["items"][0].clone();
    let seen = listed().await;
    assert_eq!(seen["node"], "node-1");
    assert_eq!(seen["ip"], "127.0.0.1");
    assert!(seen["connection"].is_null());
    let nodes = asked.http.admin_get("/api/v1/admin/ops/nodes").await;
    assert_eq!(nodes.data()[1]["devices"], 1, "{}", nodes.body);
    // It is closed, and comes back where the balancer leads it now.
    site.next_to(0);
    let kick = format!("/api/v1/admin/ops/sessions/{DEVICE}");
    let answer = asked.http.admin(Method::DELETE, &kick, None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    eventually("the device is at the first node", async || {
        (listed().await["node"] == "node-0").then_some(())
    })
    .await;
    assert!(listed().await["connection"].is_u64());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_that_moves_goes_on_charging_and_is_never_offline() {
    let site = Nodes::open(2).await;
    let device = device_at(&site, 0, DEVICE).await;
    let order_no = site.all[1].start_charge(DEVICE, 1, 3600).await;
    device.plug(1).await.expect("the device lives");
    site.all[0].wait_status(&order_no, "charging").await;
    // The balancer loses the connection; the next one goes to the other node.
    site.next_to(1);
    site.balancer.cut();
    eventually("the device is at the other node", async || {
        (holder(&site, DEVICE) == "node-1").then_some(())
    })
    .await;
    for node in &site.all {
        node.wait_online(DEVICE, true).await;
    }
    // Stopped from where it was before.
    site.all[0].stop_charge(DEVICE, 1, &order_no).await;
    site.all[0].wait_status(&order_no, "completed").await;
    let rows = site.psql(&format!(
        "select count(*) from orders where order_no = '{order_no}' and provisional"
    ));
    assert_eq!(rows, [["0"]]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_connection_takes_no_fresh_one_offline_and_gets_no_command() {
    let site = Nodes::open(2).await;
    let first = device_at(&site, 0, DEVICE).await;
    // A second connection of the same device, while the first one still lives.
    site.next_to(1);
    let second = SimDevice::spawn(fast(DEVICE), site.target()).expect("there can be such a device");
    eventually("the newer connection has it", async || {
        (holder(&site, DEVICE) == "node-1").then_some(())
    })
    .await;
    drop(first);
    let order_no = site.all[0].start_charge(DEVICE, 1, 3600).await;
    second.plug(1).await.expect("the device lives");
    site.all[0].wait_status(&order_no, "charging").await;
    site.all[0].wait_online(DEVICE, true).await;
    site.all[1].wait_online(DEVICE, true).await;
}
