//! A device, its connection, and the one that replaces it.

use crate::scene::{DEVICE, HEARTBEAT, SETTLEMENT, STATUS, Scene};
use crate::scene::{heartbeat, id, settlement, status};
use app::Caller;
use domain::order::ServiceFeeMode;
use domain::policy::PortConflictPolicy;
use domain::request::start_plan;
use gateway::Limits;
use kernel::ApiKeyId;
use serde_json::json;
use std::time::Duration;

const CONTROL: u16 = 0x0082;

#[tokio::test]
async fn a_new_connection_replaces_the_old_one() {
    let scene = Scene::new(Limits::default()).await;
    let mut old = scene.device(DEVICE).await;
    scene
        .until("online", |app| app.is_online(&id(DEVICE)))
        .await;
    let mut new = scene.device(DEVICE).await;
    old.closed().await;
    assert!(
        scene.app.is_online(&id(DEVICE)),
        "its end is not the device's"
    );
    assert_eq!(scene.app.sessions().len(), 1);
    new.send(&status(DEVICE, &[0, 0])).await;
    new.frame(STATUS).await;
    new.send(&heartbeat(DEVICE)).await;
    new.frame(HEARTBEAT).await;
    drop(new);
    scene
        .until("offline", |app| !app.is_online(&id(DEVICE)))
        .await;
    assert!(scene.app.sessions().is_empty());
    scene.end().await;
}

/// From the start to the bill over a real socket; the report is answered only once it is stored.
#[tokio::test]
async fn a_charge_is_started_and_settled() {
    let scene = Scene::new(Limits::default()).await;
    let mut pile = scene.device(DEVICE).await;
    pile.send(&status(DEVICE, &[0, 0])).await;
    pile.frame(STATUS).await;
    let caller = Caller {
        api_key: Some(ApiKeyId(1)),
        name: "test".to_owned(),
        port_conflict: PortConflictPolicy::Reject,
        service_fee_mode: ServiceFeeMode::Informational,
        settles_with_us: false,
    };
    let body = json!({ "port_no": 1, "charge_mode": 1, "duration": 3600, "amount": 1000,
        "price_per_kwh": 150 });
    let plan = start_plan(&body).expect("a legal request");
    let started = scene.app.start_charging(&caller, &id(DEVICE), plan).await;
    let order_no = started.expect("accepted").order.order_no;
    let start = pile.frame(CONTROL).await;
    assert!(
        start
            .windows(16)
            .any(|part| part == order_no.as_str().as_bytes()),
        "the start names its order"
    );
    pile.send(&settlement(DEVICE, order_no.as_str(), 1)).await;
    pile.frame(SETTLEMENT).await;
    let order = scene.app.order(order_no).await.expect("stored");
    assert_eq!(order.final_amount.map(|amount| amount.0), Some(785));
    scene.end().await;
}

/// An end of the program lets nobody wait, and every connection sees it.
#[tokio::test]
async fn closing_ends_every_connection() {
    let scene = Scene::new(Limits::default()).await;
    let mut pile = scene.device(DEVICE).await;
    let mut nobody = scene.connect().await;
    assert!(scene.gateway.close(Duration::from_secs(5)).await);
    pile.closed().await;
    nobody.closed().await;
    scene.end().await;
}
