//! What changes after its hour, its day or its month is over moves the tables all the same, at once
//! and for good.

use crate::analytics::{busy, everything, listed, rows, sums, told};
use crate::scene::NOON;
use crate::town::Town;
use app::Granularity;
use domain::kpi::{Business, Detail};
use domain::order::{Order, OrderStatus};
use kernel::Timestamp;
use std::time::Duration;
use store::Db;
use store::analytics::{self, At};
use store::orders::OrderFilter;
use testkit::db::run_sql;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn time(db: &Db, at: Timestamp) -> String {
    if db.is_postgres() {
        format!("to_timestamp({} / 1000.0)", at.0)
    } else {
        at.0.to_string()
    }
}

/// A busy town all of whose past is written down.
async fn rolled_up(db: &Db) -> Town {
    let town = busy(db).await;
    // Each round takes four days.
    for _ in 0..8 {
        town.scene.app.write_kpis().await.expect("a database");
    }
    assert!(nothing_is_left_to_count(db).await);
    town
}

async fn run(db: &Db, sql: &str) {
    run_sql(db, sql).await.expect("a change");
}

/// The completed orders of the list that ended in a time.
fn ended(orders: &[Order], from: Timestamp, until: Timestamp) -> Vec<&Order> {
    let within = |order: &&Order| {
        let ended = order.end_time.is_some_and(|at| at >= from && at < until);
        ended && order.status == OrderStatus::Completed
    };
    orders.iter().filter(within).collect()
}

/// Every row of every table is what the list comes to.
async fn tables_are_right(town: &Town, after: &str) {
    let app = &town.scene.app;
    let orders = listed(&town.scene, &OrderFilter::default()).await;
    for (granularity, days) in [
        (Granularity::Hour, 5),
        (Granularity::Day, 45),
        (Granularity::Week, 45),
        (Granularity::Month, 45),
    ] {
        let query = rows(&everything(), granularity, days);
        for step in app.figure_steps(&query).await.expect("rows") {
            let expected = sums(&orders, step.at, step.until);
            assert_eq!(
                told(&step),
                expected,
                "{after}: {granularity:?} {:?}",
                step.at
            );
        }
    }
}

/// Who charged in each step is who the orders say.
async fn members_are_right(town: &Town, db: &Db, after: &str) {
    let mut view = db.view().await.expect("a connection");
    for granularity in [Granularity::Day, Granularity::Week, Granularity::Month] {
        let query = rows(&everything(), granularity, 45);
        // Twice: what was remembered is right too.
        for _ in 0..2 {
            let steps = town.scene.app.member_steps(&query).await.expect("rows");
            assert!(steps.iter().any(|step| step.active.active > 0));
            for step in steps {
                let found = analytics::active(view.conn(), At::Anywhere, step.at, step.until);
                let found = found.await.expect("members");
                assert_eq!(step.active, found, "{after}: {granularity:?} {:?}", step.at);
            }
        }
    }
}

async fn nothing_is_left_to_count(db: &Db) -> bool {
    let mut view = db.view().await.expect("a connection");
    let marks = store::kpis::marks(view.conn()).await.expect("marks");
    marks.is_empty()
}

testkit::both_engines! {
    /// Corrections of yesterday, of a month that is over, of an hour of today; an end that moves; an
    /// order that turns out to have failed.
    async fn corrections_move_the_past(db: &Db) {
        let town = rolled_up(db).await;
        tables_are_right(&town, "nothing").await;
        members_are_right(&town, db, "nothing").await;
        let orders = listed(&town.scene, &OrderFilter::default()).await;
        let now = time(db, NOON);
        let of_today = ended(&orders, NOON - HOUR * 9, NOON - HOUR * 2)[0].order_no;
        let of_yesterday = ended(&orders, NOON - DAY, NOON - HOUR * 20)[0].order_no;
        let of_last_week = ended(&orders, NOON - DAY * 8, NOON - DAY * 7);
        let of_last_month = ended(&orders, NOON - DAY * 24, NOON - DAY * 22);
        let set = |number: kernel::OrderNo, what: &str| {
            format!("update orders set {what}, updated_at = {now} where order_no = '{number}'")
        };
        let long_ago = time(db, NOON - DAY * 40);
        for (what, sql) in [
            ("an hour of today", set(of_today, "energy_e4 = energy_e4 + 77, final_amount = 5")),
            ("yesterday", set(of_yesterday, "elec_fen = elec_fen + 100")),
            ("a month ago", set(of_last_month[0].order_no, "service_fen = 1, energy_e4 = 3")),
            ("an end that moves", set(of_last_month[1].order_no, &format!("end_time = {long_ago}"))),
            ("no success after all", set(of_last_week[0].order_no, "status = 'failed'")),
            ("again an hour of today", set(of_today, "energy_e4 = energy_e4 + 1")),
        ] {
            run(db, &sql).await;
            assert!(!nothing_is_left_to_count(db).await, "{what} is noticed");
            tables_are_right(&town, what).await;
            members_are_right(&town, db, what).await;
        }
        town.scene.app.write_kpis().await.expect("a database");
        assert!(nothing_is_left_to_count(db).await);
        tables_are_right(&town, "all that, written down").await;
        members_are_right(&town, db, "all that, written down").await;
        // What is as it was is nothing to count.
        run(db, &set(of_yesterday, "energy_e4 = energy_e4")).await;
        assert!(nothing_is_left_to_count(db).await);
    }

    /// The round of the rollers finds what nobody looked at.
    async fn rollers_find_what_nobody_looks_at(db: &Db) {
        let town = rolled_up(db).await;
        let orders = listed(&town.scene, &OrderFilter::default()).await;
        let old = ended(&orders, NOON - DAY * 24, NOON - DAY * 20)[3];
        let now = time(db, NOON);
        let sql = format!(
            "update orders set energy_e4 = 123456, updated_at = {now} where order_no = '{}'",
            old.order_no
        );
        run(db, &sql).await;
        town.scene.app.write_kpis().await.expect("a database");
        assert!(nothing_is_left_to_count(db).await);
        tables_are_right(&town, "a round").await;
    }

    /// Refunds, shares and top-ups that are dated back.
    async fn money_that_is_dated_back_is_counted_where_it_belongs(db: &Db) {
        let town = rolled_up(db).await;
        let app = &town.scene.app;
        let orders = listed(&town.scene, &OrderFilter::default()).await;
        let old = ended(&orders, NOON - DAY * 3, NOON - DAY * 2)[0];
        let (then, now) = (old.end_time.expect("an end"), time(db, NOON));
        let day = async |figure: domain::kpi::Figure| {
            let steps = app.figure_steps(&rows(&everything(), Granularity::Day, 5)).await;
            let steps = steps.expect("rows");
            let of = steps.iter().find(|step| step.at <= then && then < step.until);
            of.expect("the day").sum(figure)
        };
        let refund = Business::Refund.into();
        let share = Detail::SplitMerchant.into();
        let (refunds, shares) = (day(refund).await, day(share).await);
        run(db, &format!(
            "insert into refunds (refund_no, biz_no, amount_fen, kind, route, state, reason, \
             applicant, created_at, updated_at) values ('R1', '{0}', 70, 'complaint', 'balance', \
             'processing', 'x', 'x', {now}, {now}); \
             insert into commission_entries (order_no, round, payee_org_id, payee_type, fee_type, \
             base_fen, rate_bp, amount_fen, state, created_at) \
             values ('{0}', 1, 1, 'merchant', 'elec', 100, 5000, 50, 'pending', {now})",
            old.order_no
        )).await;
        assert_eq!((day(refund).await, day(share).await), (refunds, shares + 50));
        run(db, &format!(
            "update refunds set state = 'success', finished_at = {}, updated_at = {now}; \
             update commission_entries set amount_fen = 40 where order_no = '{}'",
            time(db, then), old.order_no
        )).await;
        assert_eq!((day(refund).await, day(share).await), (refunds + 70, shares + 40));
        run(db, &format!(
            "update commission_entries set state = 'reversed' where order_no = '{}'",
            old.order_no
        )).await;
        assert_eq!(day(share).await, shares);
    }
}
