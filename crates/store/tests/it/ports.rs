use crate::fixtures::{NOW, device, later, order_no};
use device::PortState;
use kernel::{Current, PortNo, Power, Voltage};
use store::Db;
use store::ports::{self, LivePort};

testkit::both_engines! {
    async fn ports_are_made_once(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut tx = db.begin().await.expect("a transaction");
        let four: Vec<PortNo> = (1..=4).map(PortNo).collect();
        assert_eq!(ports::ensure(tx.conn(), id, &four, NOW).await.expect("ok"), 4);
        assert_eq!(ports::ensure(tx.conn(), id, &four, later(1)).await.expect("ok"), 0);
        let list = ports::list(tx.conn(), id).await.expect("a query");
        assert_eq!(list.iter().map(|port| port.port_no).collect::<Vec<_>>(), four);
        assert_eq!((list[0].status, list[0].state), (0, PortState::Unknown));
        assert_eq!(list[0].updated_at, NOW);
        assert_eq!(ports::all(tx.conn()).await.expect("a query"), list);
        assert_eq!(ports::find(tx.conn(), id, PortNo(5)).await.expect("a query"), None);
        tx.commit().await.expect("committed");
    }

    async fn a_state_brings_its_published_code(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut tx = db.begin().await.expect("a transaction");
        let order = order_no("THD1729407600001");
        for (state, holder, code) in [
            (PortState::Charging, Some(order), 1),
            (PortState::Fault, Some(order), 2),
            (PortState::Finishing, None, 0),
        ] {
            ports::set_state(tx.conn(), id, PortNo(1), state, holder, later(1)).await.expect("ok");
            let port = ports::find(tx.conn(), id, PortNo(1)).await.expect("ok").expect("made");
            assert_eq!((port.state, port.status, port.current_order_no), (state, code, holder));
        }
        tx.commit().await.expect("committed");
    }

    async fn live_values_keep_their_units(db: &Db) {
        let id = device(db, "82210225000520").await;
        let live = |port, at| LivePort {
            device_id: id,
            port_no: PortNo(port),
            state: PortState::Charging,
            raw_status: Some(u32::MAX),
            fault_code: 4,
            power: Some(Power(15_005)),
            voltage: Some(Voltage(2205)),
            current: Some(Current(6805)),
            temp: Some(-35),
            plugged: Some(true),
            current_order_no: Some(order_no("THD1729407600001")),
            at,
        };
        let mut lease = db.direct().await.expect("a connection");
        let batch = [live(1, NOW), live(2, NOW)];
        assert_eq!(ports::flush_live(lease.conn(), None, &batch).await.expect("ok"), 2);
        let port = ports::find(lease.conn(), id, PortNo(2)).await.expect("ok").expect("made");
        assert_eq!(port.power_w, Some(Power(15_005)));
        assert_eq!(port.voltage, Some(Voltage(2205)));
        assert_eq!(port.current, Some(Current(6805)));
        assert_eq!((port.temp, port.plugged), (Some(-35), Some(true)));
        assert_eq!((port.raw_status, port.fault_code, port.status), (Some(u32::MAX), 4, 1));
        let idle = LivePort {
            state: PortState::Idle,
            power: None,
            plugged: Some(false),
            ..live(2, later(2))
        };
        let of_no_order = LivePort { current_order_no: None, ..live(2, later(3)) };
        for values in [idle, of_no_order] {
            ports::flush_live(lease.conn(), None, &[values]).await.expect("ok");
            let port = ports::find(lease.conn(), id, PortNo(2)).await.expect("ok").expect("there");
            assert_eq!((port.power_w, port.plugged), (None, Some(false)));
            let message = "values collected under another order are too old";
            assert_eq!((port.status, port.updated_at), (0, later(2)), "{message}");
        }
    }
}
