use crate::fixtures::{NOW, device, later, order_no};
use domain::alarm::AlarmState;
use kernel::PortNo;
use serde_json::json;
use store::alarms::{self, AlarmFilter, NewAlarm};
use store::{Db, PageRequest};

testkit::both_engines! {
    async fn a_repeat_counts_until_it_is_over(db: &Db) {
        let id = device(db, "82210225000520").await;
        let fault = |at| NewAlarm {
            code: "port_fault".to_owned(),
            level: "C".to_owned(),
            object_type: "port".to_owned(),
            object_id: "82210225000520/1".to_owned(),
            device_id: Some(id),
            port_no: Some(PortNo(1)),
            order_no: Some(order_no("THD1729407600001")),
            message: "短路保护触发".to_owned(),
            details: json!({ "fault_code": 4 }),
            at,
        };
        let mut tx = db.begin().await.expect("a transaction");
        let first = alarms::raise(tx.conn(), &fault(NOW)).await.expect("ok");
        assert_eq!((first.count, first.state), (1, AlarmState::Open));
        let second = alarms::raise(tx.conn(), &fault(later(9))).await.expect("ok");
        assert_eq!((second.id, second.count), (first.id, 2));
        assert_eq!((second.first_at, second.last_at), (NOW, later(9)));
        let key = ("port_fault", "port", "82210225000520/1");
        let over = alarms::recover(tx.conn(), key.0, key.1, key.2, later(20)).await.expect("ok");
        let over = over.expect("it was open");
        assert_eq!((over.state, over.recovered_at), (AlarmState::AutoRecovered, Some(later(20))));
        let none = alarms::recover(tx.conn(), key.0, key.1, key.2, later(21)).await.expect("ok");
        assert_eq!(none, None);
        let anew = alarms::raise(tx.conn(), &fault(later(30))).await.expect("ok");
        assert_eq!(anew.count, 1);
        assert_ne!(anew.id, first.id);
        let filter = AlarmFilter { open: true, device_id: Some(id), ..AlarmFilter::default() };
        let open = alarms::list(tx.conn(), &filter, PageRequest::default()).await.expect("ok");
        assert_eq!(open.items, [anew]);
        let filter = AlarmFilter {
            code: Some("port_fault".to_owned()),
            order_no: Some(order_no("THD1729407600001")),
            state: Some(AlarmState::AutoRecovered),
            ..AlarmFilter::default()
        };
        let past = alarms::list(tx.conn(), &filter, PageRequest::default()).await.expect("ok");
        assert_eq!(past.items, [over]);
        tx.commit().await.expect("committed");
    }
}
