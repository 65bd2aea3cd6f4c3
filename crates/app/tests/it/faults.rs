//! Faults that devices list or show at a port, and how their alarms end.

use crate::scene::{DEVICE, Pile, Scene, port_report, settings};
use device::{Event, Fault, FaultList, ListedFault, PortReport, PortState};
use kernel::PortNo;

async fn lists(pile: &Pile, port: Option<u16>, faults: &[Fault]) {
    let listed = faults.iter().map(|fault| ListedFault {
        fault: Some(*fault),
        code: fault.code(),
        values: Vec::new(),
    });
    let list = FaultList {
        port: port.map(PortNo),
        faults: listed.collect(),
    };
    pile.says(Event::Faults(list)).await;
}

testkit::both_engines! {
    /// What is not on the list any more is over; each port has a list, and the device its own.
    async fn a_list_begins_and_ends_alarms(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        lists(&pile, Some(1), &[]).await;
        assert_eq!(scene.open_alarms().await, [""; 0]);
        lists(&pile, Some(1), &[Fault::Smoke, Fault::Relay]).await;
        lists(&pile, Some(2), &[Fault::Meter]).await;
        lists(&pile, None, &[Fault::Leakage]).await;
        let all = ["smoke", "relay_stuck", "meter_fault", "port_leakage"];
        assert_eq!(scene.open_alarms().await, all);
        lists(&pile, Some(1), &[Fault::Relay]).await;
        assert_eq!(scene.open_alarms().await, &all[1..]);
        lists(&pile, None, &[]).await;
        lists(&pile, Some(2), &[]).await;
        assert_eq!(scene.open_alarms().await, ["relay_stuck"]);
    }

    /// Both the device and we were away when the faults ended: its first word ends the alarms.
    async fn faults_that_ended_unseen_end_with_the_first_word(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        lists(&pile, Some(1), &[Fault::Smoke]).await;
        let faulty = PortReport {
            faults: vec![Fault::EmergencyStop, Fault::GunLock],
            ..port_report(2, PortState::Fault)
        };
        pile.shows(faulty).await;
        scene.app.flush().await;
        assert_eq!(scene.open_alarms().await, ["smoke", "port_fault", "port_fault"]);
        drop(pile);
        let scene = Scene::restarted(db, settings(), scene.clock.clone()).await;
        let pile = scene.connect(DEVICE).await;
        lists(&pile, Some(1), &[]).await;
        for _ in 0..3 {
            scene.advance(15);
            pile.shows(port_report(2, PortState::Idle)).await;
        }
        assert_eq!(scene.open_alarms().await, [""; 0]);
    }
}
