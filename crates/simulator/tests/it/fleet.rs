//! Many devices.

use crate::server::Server;
use simulator::pile::{Automatic, Dialect, Profile};
use simulator::{Fleet, FleetSetup, Model, Target};
use std::collections::HashSet;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

#[tokio::test]
async fn five_hundred_devices_register_from_several_addresses() {
    let server = Server::start().await;
    let setup = FleetSetup {
        devices: 500,
        models: vec![Model::Bkv(Dialect::V86, Profile::Normal)],
        ports: 4,
        sources: 4,
        connecting_max: 50,
        ..FleetSetup::default()
    };
    let target = Target::loopback(server.address).expect("loopback");
    let fleet = Fleet::launch(&setup, target).expect("a possible fleet");
    assert!(fleet.wait_online(500, SOON).await, "{:?}", fleet.count());
    assert!(fleet.wait_answered(500, SOON).await, "{:?}", fleet.count());
    let ids: HashSet<String> = server
        .heard()
        .into_iter()
        .map(|heard| heard.device)
        .collect();
    assert_eq!(ids.len(), 500);
    assert!(ids.contains("99000000000001") && ids.contains("99000000000500"));
    let addresses: HashSet<_> = server.peers().into_iter().collect();
    assert_eq!(addresses.len(), 4);
    assert!(fleet.device("99000000000500").is_some());
    fleet.shutdown().await;
}

#[tokio::test]
async fn users_of_a_fleet_act_by_themselves() {
    let server = Server::start().await;
    let setup = FleetSetup {
        devices: 20,
        models: [Profile::Normal, Profile::EndRepeat]
            .map(|profile| Model::Bkv(Dialect::V86, profile))
            .to_vec(),
        ports: 4,
        speed: 120,
        automatic: Some(Automatic::default()),
        ..FleetSetup::default()
    };
    let target = Target::loopback(server.address).expect("loopback");
    let fleet = Fleet::launch(&setup, target).expect("a possible fleet");
    assert!(fleet.wait_answered(20, SOON).await);
    for index in 0..20 {
        let id = setup.device(index).id().to_owned();
        let order = format!("THD17294076{index:05}");
        server.order(&id, 1, 120, &order).await;
    }
    let settled = async {
        while fleet.count().ends_acknowledged < 20 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let in_time = tokio::time::timeout(SOON, settled).await;
    assert!(in_time.is_ok(), "{:?}", fleet.count());
    let count = fleet.count();
    assert_eq!((count.starts, count.begun, count.ended), (20, 20, 20));
}
