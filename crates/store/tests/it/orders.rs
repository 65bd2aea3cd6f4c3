use crate::fixtures::{NOW, device, later, order_no, pending, phy, stored};
use device::EndReason;
use domain::curve::CurvePoint;
use domain::order::{History, Order, OrderStatus, SettleStatus, Trigger};
use kernel::{Energy, Fen, OrderId, PortNo, Power, Timestamp, Voltage};
use store::curves::{self, Tier};
use store::orders::{self, OrderFilter};
use store::status_history::{self, ORDER};
use store::{Db, PageRequest, constraint};

/// Every field that life may change, changed.
fn changed(order: &Order) -> Order {
    Order {
        status: OrderStatus::Completed,
        business_no: Some(65_535),
        trade_no: Some("32010600019236012001061803423060".to_owned()),
        updated_at: later(3600),
        acked_at: Some(later(1)),
        start_sent: true,
        start_time: Some(later(2)),
        end_time: Some(later(3600)),
        last_progress_at: Some(later(3590)),
        stop_requested_at: Some(later(3500)),
        stop_reason: Some(EndReason::RemoteStop),
        stop_acked_at: Some(later(3501)),
        stop_sent_at: Some(later(3502)),
        stop_attempts: 2,
        interrupted_at: Some(later(60)),
        fault_deadline: Some(later(70)),
        idle_reports: 1,
        idle_since: Some(later(80)),
        restarted_at: Some(later(90)),
        duration_s: 3600,
        energy: Energy(52_349),
        current_power: Power(15_005),
        peak_power: Power(18_000),
        power_integral: i64::MAX,
        power_seconds: 3600,
        announced_minute: 60,
        end_reason: Some(EndReason::Unknown),
        end_reason_msg: Some("用户拔出插头".to_owned()),
        final_amount: Some(Fen(785)),
        elec_fen: Fen(785),
        service_fen: Fen(0),
        refund_fen: Fen(215),
        device_amount: Some(Fen(790)),
        settle_status: SettleStatus::Adjusted,
        provisional: true,
        hold_until: Some(later(6000)),
        reopened_count: 1,
        abnormal: true,
        abnormal_reason: Some("late".to_owned()),
        ..order.clone()
    }
}

testkit::both_engines! {
    async fn an_order_is_read_as_it_was_written(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut order = stored(db, "THD1729407600001", id, 1).await;
        assert_ne!(order.id, OrderId(0));
        assert_eq!(order.version, 1);
        let mut tx = db.begin().await.expect("a transaction");
        let found = orders::find_by_no(tx.conn(), order.order_no).await.expect("ok");
        assert_eq!(found.as_ref(), Some(&order));
        order = changed(&order);
        assert!(orders::update(tx.conn(), &mut order).await.expect("ok"));
        assert_eq!(order.version, 2);
        let found = orders::lock_by_no(tx.conn(), order.order_no).await.expect("ok");
        assert_eq!(found.as_ref(), Some(&order));
        let by_row = orders::find(tx.conn(), order.id).await.expect("ok");
        assert_eq!(by_row.as_ref(), Some(&order));
        let trade_no = order.trade_no.clone().expect("set");
        let by_trade = orders::find_by_trade_no(tx.conn(), order.device_id, &trade_no).await.expect("ok");
        assert_eq!(by_trade.as_ref(), Some(&order));
        tx.commit().await.expect("committed");
    }

    async fn a_port_has_one_active_order(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut first = stored(db, "THD1729407600001", id, 1).await;
        let mut tx = db.begin().await.expect("a transaction");
        let refused = orders::insert(tx.conn(), &mut pending("THD1729407600002", id, 1))
            .await.expect_err("the port is taken");
        assert!(refused.violates(constraint::ONE_ACTIVE_ORDER_PER_PORT), "{refused:?}");
        tx.rollback().await.expect("rolled back");
        let mut tx = db.begin().await.expect("a transaction");
        let refused = orders::insert(tx.conn(), &mut pending("THD1729407600001", id, 2))
            .await.expect_err("the number is taken");
        assert!(refused.violates(constraint::ORDER_NO), "{refused:?}");
        tx.rollback().await.expect("rolled back");
        let mut tx = db.begin().await.expect("a transaction");
        first.status = OrderStatus::Cancelled;
        assert!(orders::update(tx.conn(), &mut first).await.expect("ok"));
        orders::insert(tx.conn(), &mut pending("THD1729407600002", id, 1)).await.expect("free");
        first.status = OrderStatus::Charging;
        let refused = orders::update(tx.conn(), &mut first).await.expect_err("taken meanwhile");
        assert!(refused.violates(constraint::ONE_ACTIVE_ORDER_PER_PORT), "{refused:?}");
    }

    /// Fifty callers, one port: one wins.
    async fn of_many_starts_exactly_one_wins(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut starts = tokio::task::JoinSet::new();
        for number in 1..=50_u16 {
            let db = db.clone();
            starts.spawn(async move {
                let mut order = pending(&format!("THD1729407600{number:03}"), id, 1);
                let mut tx = db.begin().await?;
                orders::insert(tx.conn(), &mut order).await?;
                tx.commit().await
            });
        }
        let (mut won, mut lost) = (0, 0);
        while let Some(outcome) = starts.join_next().await {
            match outcome.expect("no panic") {
                Ok(()) => won += 1,
                Err(error) if error.violates(constraint::ONE_ACTIVE_ORDER_PER_PORT) => lost += 1,
                Err(error) => panic!("{}", error.cause()),
            }
        }
        assert_eq!((won, lost), (1, 49));
    }

    async fn a_writer_that_saw_an_older_order_is_refused(db: &Db) {
        let id = device(db, "82210225000520").await;
        let order = stored(db, "THD1729407600001", id, 1).await;
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..20_i64 {
            let (db, mut order) = (db.clone(), order.clone());
            writers.spawn(async move {
                order.duration_s = number;
                let mut tx = db.begin().await.expect("a transaction");
                let written = orders::update(tx.conn(), &mut order).await.expect("ok");
                tx.commit().await.expect("committed");
                written
            });
        }
        let written = writers.join_all().await.into_iter().filter(|written| *written).count();
        assert_eq!(written, 1);
        let mut lease = db.view().await.expect("a connection");
        let found = orders::find_by_no(lease.conn(), order.order_no).await.expect("ok");
        assert_eq!(found.expect("there").version, 2);
    }

    async fn meter_values_are_flushed_together(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut running = stored(db, "THD1729407600001", id, 1).await;
        let mut ended = stored(db, "THD1729407600002", id, 2).await;
        let stale = stored(db, "THD1729407600003", id, 3).await;
        let mut tx = db.begin().await.expect("a transaction");
        running.status = OrderStatus::Charging;
        ended.status = OrderStatus::Completed;
        assert!(orders::update(tx.conn(), &mut running).await.expect("ok"));
        assert!(orders::update(tx.conn(), &mut ended).await.expect("ok"));
        assert!(orders::update(tx.conn(), &mut stale.clone()).await.expect("ok"));
        tx.commit().await.expect("committed");
        let progress = |order: &Order| Order {
            duration_s: 60,
            energy: Energy(1549),
            current_power: Power(15_005),
            peak_power: Power(18_000),
            power_integral: 900_300,
            power_seconds: 60,
            announced_minute: 1,
            last_progress_at: Some(later(60)),
            updated_at: later(60),
            business_no: Some(7),
            ..order.clone()
        };
        let batch: Vec<Order> = [&running, &ended, &stale].into_iter().map(progress).collect();
        let mut lease = db.direct().await.expect("a connection");
        let written = orders::flush_live(lease.conn(), &batch).await.expect("ok");
        assert_eq!(written, 1, "not the ended one, not the one changed by somebody else");
        let found = orders::find_by_no(lease.conn(), running.order_no).await.expect("ok");
        assert_eq!(found.as_ref(), Some(&batch[0]));
        let ended_now = orders::find_by_no(lease.conn(), ended.order_no).await.expect("ok");
        assert_eq!(ended_now.as_ref(), Some(&ended));
    }

    async fn orders_are_found_by_what_is_known(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut old = stored(db, "THD1729407600001", id, 1).await;
        let mut held = stored(db, "THD1729407600002", id, 2).await;
        let third = stored(db, "THD1729407600003", id, 3).await;
        let mut tx = db.begin().await.expect("a transaction");
        old.status = OrderStatus::Completed;
        old.updated_at = later(10);
        assert!(orders::update(tx.conn(), &mut old).await.expect("ok"));
        held.status = OrderStatus::Completed;
        held.provisional = true;
        held.hold_until = Some(later(2400));
        assert!(orders::update(tx.conn(), &mut held).await.expect("ok"));
        let on_one = stored_in(&mut tx, "THD1729407700001", id, 1).await;
        tx.commit().await.expect("committed");

        let mut lease = db.view().await.expect("a connection");
        let active = orders::find_active(lease.conn(), id, PortNo(1)).await.expect("ok");
        assert_eq!(active.as_ref(), Some(&on_one));
        assert_eq!(orders::find_active(lease.conn(), id, PortNo(2)).await.expect("ok"), None);
        let of_device = orders::list_active_of_device(lease.conn(), id).await.expect("ok");
        assert_eq!(of_device, [on_one.clone(), third.clone()]);
        let all = orders::list_active(lease.conn()).await.expect("ok");
        assert_eq!(all, [third.clone(), on_one.clone()]);
        let alive = orders::list_alive(lease.conn(), later(2399)).await.expect("ok");
        assert_eq!(alive, [held.clone(), third.clone(), on_one.clone()]);
        let alive = orders::list_alive(lease.conn(), later(2400)).await.expect("ok");
        assert_eq!(alive, [third.clone(), on_one.clone()]);

        let numbers = |list: Vec<Order>| -> Vec<String> {
            list.into_iter().map(|order| order.order_no.to_string()).collect()
        };
        let around = orders::candidates(lease.conn(), id, PortNo(1), None, later(10)).await;
        assert_eq!(numbers(around.expect("ok")), ["THD1729407700001", "THD1729407600001"]);
        let around = orders::candidates(
            lease.conn(), id, PortNo(1), Some(order_no("THD1729407600003")), later(11),
        ).await;
        assert_eq!(numbers(around.expect("ok")), ["THD1729407700001", "THD1729407600003"]);

        let filter = OrderFilter {
            status: Some(OrderStatus::Completed),
            phy_id: Some(phy("82210225000520")),
            ..OrderFilter::default()
        };
        let page = orders::list(lease.conn(), &filter, None, PageRequest { page: 1, size: 1 }).await;
        let page = page.expect("ok");
        assert_eq!((page.total, page.items), (2, vec![held]));
        let filter = OrderFilter {
            active: Some(true),
            port_no: Some(PortNo(3)),
            created_from: Some(NOW),
            created_until: Some(later(1)),
            abnormal: Some(false),
            api_key_id: third.api_key_id,
            ..OrderFilter::default()
        };
        let page = orders::list(lease.conn(), &filter, None, PageRequest::default()).await.expect("ok");
        assert_eq!(page.items, [third]);
        assert_eq!(orders::count(lease.conn(), OrderStatus::Pending).await.expect("ok"), 2);
    }

    async fn the_curve_and_the_tiers_are_kept(db: &Db) {
        let number = order_no("THD1729407600001");
        let point = |seconds: i64| CurvePoint {
            at: Timestamp::from_unix_seconds(later(seconds).unix_seconds()),
            duration_s: seconds,
            energy: Energy(seconds * 4),
            power: Some(Power(15_005)),
            voltage: Some(Voltage(2205)),
            soc: Some(60),
            ..CurvePoint::default()
        };
        let mut lease = db.direct().await.expect("a connection");
        let late = (number, vec![point(60), point(75)]);
        let early = (number, vec![point(11), point(22)]);
        let batch = [late.clone(), early, (number, Vec::new())];
        assert_eq!(curves::insert(lease.conn(), &batch).await.expect("ok"), 2);
        assert_eq!(curves::insert(lease.conn(), &[late]).await.expect("ok"), 0);
        let curve = curves::list(lease.conn(), number).await.expect("ok");
        assert_eq!(curve, [point(11), point(22), point(60), point(75)]);
        if db.is_postgres() {
            // Whole months go.
            return;
        }
        assert_eq!(curves::purge(lease.conn(), later(30), 10).await.expect("ok"), 1);
        let kept = curves::list(lease.conn(), number).await.expect("ok");
        assert_eq!(kept, [point(60), point(75)]);
        let tier = |tier, seconds| Tier { tier, max_w: 200, seconds, e4: Energy(7), fen: Fen(5) };
        curves::put_tiers(lease.conn(), number, &[tier(1, 60), tier(2, 30)]).await.expect("ok");
        curves::put_tiers(lease.conn(), number, &[tier(2, 90)]).await.expect("ok");
        let tiers = curves::list_tiers(lease.conn(), number).await.expect("ok");
        assert_eq!(tiers, [tier(1, 60), tier(2, 90)]);
    }

    async fn history_tells_who_and_why(db: &Db) {
        let id = device(db, "82210225000520").await;
        let order = stored(db, "THD1729407600001", id, 1).await;
        let row = |from, to, trigger, at: Timestamp| History { from, to, trigger, reason: None, at };
        let created = row(None, OrderStatus::Pending, Trigger::Created, NOW);
        let begun =
            row(Some(OrderStatus::Pending), OrderStatus::Charging, Trigger::Confirmed, later(5));
        let mut lease = db.direct().await.expect("a connection");
        let rows = [&created, &begun];
        let written = status_history::insert_order(lease.conn(), &order, &rows, "api:1").await;
        assert_eq!(written.expect("ok"), 2);
        let list = status_history::list(lease.conn(), ORDER, "THD1729407600001").await.expect("ok");
        assert_eq!(list.len(), 2);
        assert_eq!((list[0].from_state.as_deref(), list[0].to_state.as_str()), (None, "pending"));
        assert_eq!((list[1].cause.as_str(), list[1].actor.as_str()), ("confirmed", "api:1"));
        assert_eq!(list[1].at, later(5));
    }
}

async fn stored_in(tx: &mut store::Tx, number: &str, device: kernel::DeviceId, port: u16) -> Order {
    let mut order = pending(number, device, port);
    orders::insert(tx.conn(), &mut order)
        .await
        .expect("a free port");
    order
}
