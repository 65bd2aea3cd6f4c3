use crate::fixtures::{NOW, device, later, order_no, phy};
use domain::order::RecordKind;
use kernel::PortNo;
use serde_json::json;
use store::Db;
use store::device_params::{self, CONFIRMED, DeviceParam, FAILED, PENDING};
use store::device_records::{self, NewRecord};
use store::gateway_sockets::{self, GatewaySocket};

testkit::both_engines! {
    async fn end_reports_are_kept_and_recognised(db: &Db) {
        let id = device(db, "82210225000520").await;
        let report = |kind, at| NewRecord {
            device_id: id,
            phy_id: phy("82210225000520"),
            port_no: PortNo(1),
            natural_key: "THD1729407600001/1/3600/52300".to_owned(),
            order_no: Some(order_no("THD1729407600001")),
            kind,
            report: json!({ "duration_s": 3600 }),
            raw: vec![0xfc, 0xfe].into(),
            device_time: Some(NOW),
            at,
        };
        let mut tx = db.begin().await.expect("a transaction");
        let first = device_records::insert(tx.conn(), &report(RecordKind::Matched, NOW)).await;
        let first = first.expect("ok");
        let repeat = device_records::insert(tx.conn(), &report(RecordKind::Duplicate, later(9))).await;
        assert!(repeat.expect("ok") > first);
        let key = "THD1729407600001/1/3600/52300";
        let same = device_records::find_same(tx.conn(), id, key, NOW).await.expect("ok").expect("there");
        assert_eq!((same.id, same.kind, same.raw_hex.as_str()), (first, RecordKind::Matched, "FCFE"));
        assert_eq!((same.report, same.device_time), (json!({ "duration_s": 3600 }), Some(NOW)));
        let none = device_records::find_same(tx.conn(), id, key, later(10)).await.expect("ok");
        assert_eq!(none, None, "too long ago");
        let of_order = device_records::list_of_order(tx.conn(), order_no("THD1729407600001")).await;
        assert_eq!(of_order.expect("ok").len(), 2);
        let of_device = device_records::list_of_device(tx.conn(), id).await.expect("ok");
        assert_eq!(of_device[0].kind, RecordKind::Duplicate);
        tx.commit().await.expect("committed");
    }

    async fn sockets_are_kept_per_gateway(db: &Db) {
        let id = device(db, "82210225000520").await;
        let socket = |number, mac: Option<&str>| GatewaySocket {
            gateway_id: id,
            socket_no: number,
            socket_mac: mac.map(str::to_owned),
            socket_uid: None,
            channel: Some(4),
            status: 1,
            signal: Some(20),
            temp: None,
            firmware: None,
            last_seen_at: Some(NOW),
        };
        let mut lease = db.direct().await.expect("a connection");
        let list = [socket(1, Some("301015011402")), socket(2, Some("301015011403"))];
        assert_eq!(gateway_sockets::put(lease.conn(), &list, NOW).await.expect("ok"), 2);
        let seen = GatewaySocket { status: 0, channel: None, temp: Some(37), ..socket(1, None) };
        gateway_sockets::put(lease.conn(), &[seen], later(1)).await.expect("ok");
        let now = gateway_sockets::list(lease.conn(), id).await.expect("ok");
        assert_eq!(now[0].socket_mac.as_deref(), Some("301015011402"));
        assert_eq!((now[0].status, now[0].temp, now[0].channel), (0, Some(37), Some(4)));
        assert!(gateway_sockets::remove(lease.conn(), id, 2).await.expect("ok"));
        assert!(!gateway_sockets::remove(lease.conn(), id, 2).await.expect("ok"));
        assert_eq!(gateway_sockets::remove_all(lease.conn(), id).await.expect("ok"), 1);
    }

    async fn parameters_wait_for_the_device(db: &Db) {
        let id = device(db, "82210225000520").await;
        let param = |name: &str, msg_id| DeviceParam {
            text_value: None,
            device_id: id,
            socket_no: 0,
            param_id: name.to_owned(),
            value: 700,
            state: PENDING,
            msg_id: Some(msg_id),
            confirmed_at: None,
        };
        let mut lease = db.direct().await.expect("a connection");
        let list = [param("power_limit", 7), param("no_load_power", 8)];
        device_params::put(lease.conn(), &list, NOW).await.expect("ok");
        let settled = device_params::settle(lease.conn(), id, 7, true, later(1)).await.expect("ok");
        assert_eq!(settled, 1);
        assert_eq!(device_params::settle(lease.conn(), id, 7, false, later(2)).await.expect("ok"), 0);
        device_params::settle(lease.conn(), id, 8, false, later(2)).await.expect("ok");
        let now = device_params::list(lease.conn(), id).await.expect("ok");
        assert_eq!((now[0].param_id.as_str(), now[0].state), ("no_load_power", FAILED));
        assert_eq!((now[1].state, now[1].confirmed_at), (CONFIRMED, Some(later(1))));
    }
}
