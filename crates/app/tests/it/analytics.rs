//! Tables of the analytics and widgets of the big screen show what lists show, at every step.

use crate::crowd::Crowd;
use crate::scene::{DEVICE, NOON, Scene, end, id};
use crate::town::{Town, anna};
use app::analytics::{AreaLevel, GroupBy};
use app::screen::RankPeriod;
use app::{Granularity, KpiQuery, Slice, Step, StepQuery};
use device::ChargeKey;
use domain::day::Day;
use domain::kpi::{Business, Detail};
use domain::ledger::{Account, Asset, Journal, JournalKind};
use domain::order::{Order, OrderStatus};
use domain::org::Scope;
use kernel::{Fen, MemberId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::orders::OrderFilter;
use store::stations::StationFilter;
use store::{Db, PageRequest};
use testkit::db::run_sql;

/// Orders that are made, and the time between them: 25 days.
const ORDERS: i64 = 1500;
const GAP_MS: i64 = 24 * 60_000;
const DAY: Duration = Duration::from_hours(24);

pub(crate) fn everything() -> Slice {
    Slice::default()
}

pub(crate) fn rows(slice: &Slice, granularity: Granularity, days: u64) -> StepQuery {
    StepQuery {
        slice: slice.clone(),
        granularity,
        from: Some(
            Day::of(NOON)
                .before(i64::try_from(days).expect("few"))
                .begins(),
        ),
        to: None,
    }
}

/// A town whose device memory knows at its station.
async fn placed(db: &Db) -> Town {
    let town = Town::new(db).await;
    let station = town.station;
    let live = town.scene.app.live();
    live.change(&id(DEVICE), |device| device.station_id = Some(station));
    town
}

/// A town in which much has been charged, until today.
pub(crate) async fn busy(db: &Db) -> Town {
    let town = placed(db).await;
    let mut pile = town.scene.connect(DEVICE).await;
    let order = town.scene.start(1).await.expect("accepted").order;
    pile.begins(&order).await;
    pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, 100))
        .await;
    let crowd = Crowd {
        orders: ORDERS,
        // All of them have ended by now.
        from: NOON - DAY * 25 - Duration::from_hours(3),
        gap_ms: GAP_MS,
        members: 200,
        stations: town.station..=town.station,
    };
    crowd.people(db, 3 * 3_600_000).await;
    crowd.fill(db).await;
    // Rows belong to the owner of their station, as the platform writes them.
    let owned = format!(
        "update orders set org_path = (select org_path from stations where id = {0}) \
         where station_id = {0}; \
         update orders set org_path = '/1/' where station_id is null;",
        town.station
    );
    run_sql(db, &owned).await.expect("owned");
    town.scene.app.look_at_kpis().await.expect("a database");
    town.scene.app.write_kpis().await.expect("a database");
    town
}

/// Every order that a list shows.
pub(crate) async fn listed(scene: &Scene, filter: &OrderFilter) -> Vec<Order> {
    let mut all = Vec::new();
    for page in 1.. {
        let request = PageRequest { page, size: 500 };
        let found = scene
            .app
            .list_orders(filter, request)
            .await
            .expect("a page");
        let over = found.items.len() < 500;
        all.extend(found.items);
        if over {
            return all;
        }
    }
    all
}

/// What a list comes to between two instants: made, failed, completed, energy, money, seconds.
pub(crate) fn sums(orders: &[Order], from: Timestamp, until: Timestamp) -> [u64; 8] {
    let within = |at: Option<Timestamp>| at.is_some_and(|at| at >= from && at < until);
    let made: Vec<&Order> = orders
        .iter()
        .filter(|o| within(Some(o.created_at)))
        .collect();
    let done = orders.iter().filter(|o| within(o.end_time));
    let done: Vec<&Order> = done
        .filter(|o| o.status == OrderStatus::Completed)
        .collect();
    let of = |status: OrderStatus| made.iter().filter(|o| o.status == status).count() as u64;
    let sum = |value: fn(&Order) -> i64| {
        let sum: i64 = done.iter().map(|o| value(o)).sum();
        u64::try_from(sum).expect("no debts")
    };
    [
        made.len() as u64,
        of(OrderStatus::Failed),
        of(OrderStatus::Cancelled),
        done.len() as u64,
        sum(|o| o.energy.0),
        sum(|o| o.final_amount.map_or(0, |fen| fen.0)),
        sum(|o| o.elec_fen.0),
        sum(|o| o.service_fen.0),
    ]
}

pub(crate) fn told(step: &Step) -> [u64; 8] {
    [
        step.sum(Detail::Created),
        step.sum(Detail::Failed),
        step.sum(Detail::Cancelled),
        step.sum(Business::Orders),
        step.sum(Business::Energy),
        step.sum(Detail::Amount),
        step.sum(Business::Electricity),
        step.sum(Business::Service),
    ]
}

testkit::both_engines! {
    /// At every granularity, of the whole and of its parts, each row is what the list of orders
    /// comes to.
    async fn tables_of_orders_are_what_lists_come_to(db: &Db) {
        let town = busy(db).await;
        let app = &town.scene.app;
        let merchant = Scope::Within(format!("/1/{}/{}/", town.agent.0, town.merchant.0));
        let at = |scope: Scope, org, station| Slice {
            of: KpiQuery { station, org, scope },
            area: None,
        };
        for (slice, filter) in [
            (everything(), OrderFilter::default()),
            (
                at(merchant.clone(), None, None),
                OrderFilter { scope: merchant.clone(), ..OrderFilter::default() },
            ),
            (
                at(Scope::Everything, Some(town.agent.0), None),
                OrderFilter { owner: Some(town.agent), ..OrderFilter::default() },
            ),
            (
                at(Scope::Everything, None, Some(town.station)),
                OrderFilter { station: Some(town.station), ..OrderFilter::default() },
            ),
        ] {
            let orders = listed(&town.scene, &filter).await;
            for (granularity, days) in [
                (Granularity::Hour, 5),
                (Granularity::Day, 26),
                (Granularity::Week, 26),
                (Granularity::Month, 26),
            ] {
                let steps = app.figure_steps(&rows(&slice, granularity, days)).await;
                let steps = steps.expect("rows");
                for step in &steps {
                    let expected = sums(&orders, step.at, step.until);
                    assert_eq!(told(step), expected, "{slice:?} {granularity:?} {:?}", step.at);
                }
                let all: u64 = steps.iter().map(|step| step.sum(Detail::Created)).sum();
                assert!(all > 0, "{slice:?} {granularity:?} is not about nothing");
            }
        }
    }

    /// What happens now is in the table at once, without a roll-up.
    async fn the_present_day_is_counted_anew(db: &Db) {
        let town = busy(db).await;
        let scene = &town.scene;
        let query = rows(&everything(), Granularity::Day, 0);
        let before = scene.app.figure_steps(&query).await.expect("rows").remove(0);
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(2).await.expect("accepted").order;
        pile.begins(&order).await;
        scene.advance(600);
        pile.ends(end(ChargeKey::Order(order.order_no), 2, 600, 321)).await;
        let after = scene.app.figure_steps(&query).await.expect("rows").remove(0);
        assert_eq!(after.sum(Business::Orders), before.sum(Business::Orders) + 1);
        assert_eq!(after.sum(Business::Energy), before.sum(Business::Energy) + 32_100);
        assert_eq!(after.sum(Detail::Created), before.sum(Detail::Created) + 1);
        // And is not counted twice when it is rolled up.
        scene.app.write_kpis().await.expect("a database");
        let rolled = scene.app.figure_steps(&query).await.expect("rows").remove(0);
        assert_eq!(rolled.sum(Business::Energy), after.sum(Business::Energy));
        // The screen shows it when what it showed is old.
        let counters = scene.app.screen_counters(&everything()).await.expect("counters");
        assert_eq!(counters.orders_today, rolled.sum(Business::Orders));
        assert_eq!(counters.energy_today_e4, rolled.sum(Business::Energy));
    }

    /// Groups, the heat map and failures are what the list of orders comes to.
    async fn groups_of_orders_are_what_lists_come_to(db: &Db) {
        let town = busy(db).await;
        let app = &town.scene.app;
        let orders = listed(&town.scene, &OrderFilter::default()).await;
        let query = rows(&everything(), Granularity::Day, 26);
        let done = orders.iter().filter(|o| o.status == OrderStatus::Completed);
        for by in GroupBy::ALL {
            let mut expected: BTreeMap<String, (u64, u64, u64)> = BTreeMap::new();
            for order in done.clone() {
                let name = match by {
                    GroupBy::Source => order.source.as_str(),
                    GroupBy::Mode => order.charge_mode.name(),
                    GroupBy::EndReason => order.end_reason.expect("a reason").as_str(),
                };
                let known = expected.entry(name.to_owned()).or_default();
                known.0 += 1;
                known.1 += u64::try_from(order.energy.0).expect("energy");
                known.2 += u64::try_from(order.final_amount.expect("a bill").0).expect("fen");
            }
            let groups = app.order_groups(&query, by).await.expect("groups");
            assert_eq!(groups.len(), expected.len(), "{by:?}");
            assert!(groups.windows(2).all(|pair| pair[0].orders >= pair[1].orders));
            for group in groups {
                let (count, energy, fen) = expected[group.name];
                assert_eq!((group.orders, group.energy_e4), (count, energy), "{by:?} {group:?}");
                assert_eq!(group.amount_fen.unwrap_or(fen), fen, "{by:?} {group:?}");
            }
        }
        let cells = app.order_heat_map(&query).await.expect("cells");
        assert_eq!(cells.len(), 168);
        let mut expected: BTreeMap<(u8, u8), u64> = BTreeMap::new();
        for order in &orders {
            let [_, _, _, hour, ..] = order.created_at.shanghai();
            let monday = Day::parse("2024-01-01").expect("a Monday");
            let weekday = Day::of(order.created_at).since(monday).rem_euclid(7) + 1;
            let cell = (u8::try_from(weekday).expect("small"), u8::try_from(hour).expect("small"));
            *expected.entry(cell).or_default() += 1;
        }
        for cell in &cells {
            let orders = expected.get(&(cell.weekday, cell.hour)).copied().unwrap_or(0);
            assert_eq!(cell.orders, orders, "{cell:?}");
        }
        let failed = app.order_failures(&query).await.expect("reasons");
        let failed: Vec<_> = failed
            .iter()
            .map(|row| (row.status.as_str(), row.reason.as_str(), row.orders))
            .collect();
        let each = ORDERS / 20;
        assert_eq!(
            failed,
            [("cancelled", "changed their mind", each), ("failed", "no answer", each)]
        );
    }

    /// Members count once in a step; who comes again is found on the very day.
    async fn members_are_counted_once(db: &Db) {
        let town = busy(db).await;
        let app = &town.scene.app;
        let orders = listed(&town.scene, &OrderFilter::default()).await;
        let done = orders.iter().filter(|o| o.status == OrderStatus::Completed);
        for granularity in [Granularity::Day, Granularity::Week, Granularity::Month] {
            let steps = app.member_steps(&rows(&everything(), granularity, 26)).await;
            for step in steps.expect("rows") {
                let within = |o: &&Order| {
                    o.end_time.is_some_and(|at| at >= step.at && at < step.until)
                };
                let mut by: BTreeMap<i64, u64> = BTreeMap::new();
                for order in done.clone().filter(within) {
                    if let Some(member) = member_of(db, order).await {
                        *by.entry(member.0).or_default() += 1;
                    }
                }
                let active = step.active;
                assert_eq!(active.active, i64::try_from(by.len()).expect("few"), "{step:?}");
                let again = by.values().filter(|orders| **orders > 1).count();
                assert_eq!(active.repeating, i64::try_from(again).expect("few"), "{step:?}");
                let all: u64 = by.values().sum();
                assert_eq!(active.orders, i64::try_from(all).expect("few"), "{step:?}");
            }
        }
        let classes = app.member_classes(&rows(&everything(), Granularity::Day, 26)).await;
        let classes = classes.expect("classes");
        let members: i64 = classes.iter().map(|class| class.members).sum();
        let month = rows(&everything(), Granularity::Day, 26);
        let steps = app.member_steps(&month).await.expect("rows");
        let active: i64 = steps.iter().map(|step| step.active.orders).sum();
        let of_classes: i64 = classes.iter().map(|class| class.orders).sum();
        assert_eq!(of_classes, active, "every charge of a member is in one class");
        assert!(members > 0 && members <= 200);
        let new: u64 = steps.iter().filter_map(|step| step.new).sum();
        assert_eq!(new, 200);
        let of_merchant = Slice {
            of: KpiQuery { org: Some(town.merchant.0), ..KpiQuery::default() },
            area: None,
        };
        let steps = app.member_steps(&rows(&of_merchant, Granularity::Month, 26)).await;
        assert!(steps.expect("rows").iter().all(|step| step.new.is_none()));
    }

    /// A member who registers today and charges tomorrow is retained; one who does not is not.
    async fn retention_looks_at_the_very_day(db: &Db) {
        let town = Town::new(db).await;
        let scene = &town.scene;
        let loyal = town.member("13800138000", 5_000).await;
        town.member("13800138001", 5_000).await;
        let mut pile = scene.connect(DEVICE).await;
        let registered = scene.app.now();
        let mut expected = [0; 4];
        for (place, days) in [(0, 0), (1, 1), (2, 6), (3, 23)] {
            scene.advance(days * 86_400);
            pile.is_heard();
            let order = town.start(loyal, 1, 1_000).await.expect("started");
            town.charges(&mut pile, &order, 200).await;
            expected[place] = 1;
            let query = StepQuery {
                slice: everything(),
                granularity: Granularity::Day,
                from: Some(registered),
                to: Some(Timestamp(registered.0 + 1)),
            };
            let steps = scene.app.member_retention(&query).await.expect("rows");
            assert_eq!(steps.len(), 1);
            let cohort = steps[0].cohort;
            let came = [cohort.day_0, cohort.day_1, cohort.day_7, cohort.day_30];
            assert_eq!((cohort.registered, came), (2, expected), "after {days} days more");
            let paid = scene.app.recharge_conversion(&query).await.expect("rows")[0].conversion;
            assert_eq!((paid.registered, paid.charged, paid.recharged), (2, 1, 0));
        }
        town.top_up(loyal, 5_000).await;
        let query = rows(&everything(), Granularity::Day, 1);
        let paid = scene.app.recharge_conversion(&query).await.expect("rows");
        let sum: i64 = paid.iter().map(|step| step.conversion.fen).sum();
        assert_eq!(sum, 5_000, "{paid:?}");
    }

    /// Shares, discounts and top-ups of the table are those of the orders, and only the platform
    /// sees them.
    async fn money_of_the_table_is_that_of_the_orders(db: &Db) {
        let town = Town::new(db).await;
        let scene = &town.scene;
        let member = town.member("13800138000", 50_000).await;
        let mut pile = scene.connect(DEVICE).await;
        let mut shares = [0_i64; 3];
        for centi_kwh in [200, 333, 1] {
            let order = town.start(member, 1, 1_000).await.expect("started");
            town.charges(&mut pile, &order, centi_kwh).await;
            let mut view = db.view().await.expect("a connection");
            for entry in store::commission::entries_of(view.conn(), order.order_no).await.expect("rows") {
                let place = match entry.payee_type.as_str() {
                    "platform" => 0,
                    "merchant" => 1,
                    _ => 2,
                };
                shares[place] += entry.amount_fen.0;
            }
        }
        town.top_up(member, 1_234).await;
        let query = rows(&everything(), Granularity::Day, 0);
        let today = scene.app.finance_steps(&query).await.expect("rows").remove(0);
        assert!(today.whole && today.channel_fen == Some(0));
        let sum = |figure: Detail| i64::try_from(today.step.sum(figure)).expect("fen");
        assert_eq!(
            [Detail::SplitPlatform, Detail::SplitMerchant, Detail::SplitAgent].map(sum),
            shares
        );
        assert_eq!(shares.iter().sum::<i64>(), sum(Detail::Amount), "everybody has their share");
        assert_eq!(today.step.sum(Business::Recharge), 1_234);
        let merchant = Scope::Within(format!("/1/{}/{}/", town.agent.0, town.merchant.0));
        let own = Slice {
            of: KpiQuery { scope: merchant, ..KpiQuery::default() },
            area: None,
        };
        let query = rows(&own, Granularity::Day, 0);
        let own = scene.app.finance_steps(&query).await.expect("rows").remove(0);
        assert!(!own.whole && own.channel_fen.is_none());
        assert_eq!(own.step.sum(Detail::Amount), today.step.sum(Detail::Amount));
    }

    /// What is left of a debt is the newest part of it.
    async fn debts_are_as_old_as_what_is_left_of_them(db: &Db) {
        let town = Town::new(db).await;
        let scene = &town.scene;
        let member = town.member("13800138000", 1_000).await;
        // 300 fen a hundred days ago, 200 fen forty days ago, 250 of it paid.
        for (days, fen, key) in [(100_u32, 300, "a"), (40, 200, "b"), (0, -250, "c")] {
            let at = scene.app.now() - DAY * days;
            let mut tx = db.begin().await.expect("a transaction");
            let (debt, bank) = (Account::ReceivableMember(member), Account::Asset(Asset::Bank));
            let journal = Journal::of(JournalKind::Transfer, key, key);
            let journal = if fen > 0 {
                journal.debit(debt, Fen(fen)).credit(bank, Fen(fen))
            } else {
                journal.debit(bank, Fen(-fen)).credit(debt, Fen(-fen))
            };
            store::ledger::post(tx.conn(), &[journal], "test", at).await.expect("posted");
            tx.commit().await.expect("committed");
        }
        let owed = scene.app.receivables().await.expect("rows");
        assert_eq!(owed.len(), 1);
        let row = &owed[0];
        assert_eq!((row.debtor.as_str(), row.debtors, row.fen), ("member", 1, 250));
        assert_eq!((row.days_30, row.days_60, row.days_90, row.older), (0, 200, 0, 50));
    }

    /// Stations and areas add up to the whole.
    async fn stations_and_areas_add_up(db: &Db) {
        let town = busy(db).await;
        let area = format!("update stations set area_code = '510104' where id = {}", town.station);
        run_sql(db, &area).await.expect("placed");
        let app = &town.scene.app;
        let query = rows(&everything(), Granularity::Day, 26);
        let stations = app.station_sums(&query).await.expect("rows");
        assert_eq!(stations.len(), 1);
        let of_station = Slice {
            of: KpiQuery { station: Some(town.station), ..KpiQuery::default() },
            area: None,
        };
        let steps = app.figure_steps(&rows(&of_station, Granularity::Day, 26)).await.expect("rows");
        let energy: u64 = steps.iter().map(|step| step.sum(Business::Energy)).sum();
        assert!(energy > 0);
        assert_eq!(stations[0].counts[&Business::Energy.into()].part, energy);
        let areas = app.area_sums(&query, AreaLevel::City).await.expect("rows");
        assert_eq!(areas.len(), 1);
        assert_eq!((areas[0].area_code.as_str(), areas[0].stations), ("510100", 1));
        assert_eq!(areas[0].counts[&Business::Energy.into()].part, energy);
        for (code, found) in [("510000", energy), ("510104", energy), ("440000", 0)] {
            let slice = Slice { of: KpiQuery::default(), area: Some(code.to_owned()) };
            let steps = app.figure_steps(&rows(&slice, Granularity::Week, 26)).await.expect("rows");
            let sum: u64 = steps.iter().map(|step| step.sum(Business::Energy)).sum();
            assert_eq!(sum, found, "{code}");
            let area = Some(code.to_owned());
            let filter = OrderFilter { area: area.clone(), ..OrderFilter::default() };
            let orders = app.list_orders(&filter, PageRequest::default()).await.expect("rows");
            assert_eq!(orders.total > 0, found > 0, "{code}");
            let filter = StationFilter { area_code: area, ..StationFilter::default() };
            let stations = app.station_lines(&filter, None, PageRequest::default()).await;
            assert_eq!(stations.expect("rows").total, i64::from(found > 0), "{code}");
        }
        let ranking = app.screen_ranking(&everything(), RankPeriod::Month).await.expect("ranks");
        let month = rows(&of_station, Granularity::Month, 0);
        let month = app.figure_steps(&month).await.expect("rows").remove(0);
        assert_eq!(ranking.energy.len(), 1);
        assert_eq!(ranking.energy[0].value, month.sum(Business::Energy));
    }

    /// The widgets of the screen are the tables and the lists.
    async fn the_screen_shows_what_tables_show(db: &Db) {
        let town = busy(db).await;
        let app = &town.scene.app;
        let all = everything();
        let charging = app.screen_charging(&all).await.expect("shown");
        let month_begin = Granularity::Month.begin(NOON);
        let query = StepQuery { from: Some(month_begin), ..rows(&all, Granularity::Day, 0) };
        let days = app.figure_steps(&query).await.expect("rows");
        assert_eq!(charging.days.len(), days.len());
        for (shown, day) in charging.days.iter().zip(&days) {
            assert_eq!(shown.energy_e4, day.sum(Business::Energy));
            assert_eq!(shown.elec_fen, day.sum(Business::Electricity));
        }
        let hours: u64 = charging.hours.iter().map(|hour| hour.energy_e4).sum();
        assert_eq!(hours, charging.today.energy_e4);
        let counters = app.screen_counters(&all).await.expect("shown");
        assert_eq!(counters.energy_today_e4, charging.today.energy_e4);
        let orders = listed(&town.scene, &OrderFilter::default()).await;
        let ever: i64 = orders
            .iter()
            .filter(|o| o.status == OrderStatus::Completed)
            .map(|o| o.energy.0)
            .sum();
        assert_eq!(counters.energy_total_e4, u64::try_from(ever).expect("energy"));
        assert_eq!(counters.co2_saved_g, counters.energy_total_e4 * 537 / 10_000);
        assert_eq!((counters.stations, counters.devices, counters.ports), (1, 1, 4));
        assert_eq!(counters.members, 200);
        let ports = app.screen_port_status(&all).await.expect("shown");
        assert_eq!(ports.total, 4);
        let map = app.screen_map(&all).await.expect("shown");
        assert_eq!((map.stations.len(), map.unplaced, map.unplaced_ports.total), (0, 1, 4));
        let members = app.screen_members(&all).await.expect("shown");
        assert_eq!(members.days.len(), 30);
        let new: u64 = members.days.iter().filter_map(|day| day.new).sum();
        assert_eq!(new, 200);
        let periods = app.screen_periods(&all).await.expect("shown");
        assert_eq!(periods.days.len(), 7);
        let today = periods.days.last().expect("today");
        let priced: u64 = today.periods.iter().map(|(e4, _)| e4).sum();
        assert_eq!(priced + today.other_e4, charging.today.energy_e4);
        app.screen_recharge(&all).await.expect("shown");
        app.screen_gauges(&all).await.expect("shown");
        let kinds = app.screen_pile_types(&all).await.expect("shown");
        assert_eq!(kinds.iter().map(|kind| kind.devices).sum::<usize>(), 1);
        let load = app.screen_load(&all).await.expect("shown");
        assert_eq!((load.today.len(), load.yesterday.len()), (96, 96));
        assert_eq!(load.capacity_w, 6000);
    }

    /// A charge that runs is on the screen, its member behind a mask; the morning page counts what
    /// lists count.
    async fn a_running_charge_is_on_the_screen(db: &Db) {
        let town = placed(db).await;
        let scene = &town.scene;
        let member = town.member("13800138000", 5_000).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = town.start(member, 1, 1_000).await.expect("started");
        pile.begins(&order).await;
        let shown = scene.app.screen_live_orders(&everything()).await.expect("shown");
        assert_eq!(shown.total, 1);
        let line = &shown.items[0];
        assert_eq!(line.user.as_deref(), Some("138****8000"));
        assert_eq!((line.order_no, line.station.as_deref()), (order.order_no, Some("S1")));
        let ports = scene.app.screen_port_status(&everything()).await.expect("shown");
        assert_eq!((ports.total, ports.offline), (4, 0), "{ports:?}");
        let elsewhere = Slice { of: KpiQuery::default(), area: Some("440000".to_owned()) };
        let shown = scene.app.screen_live_orders(&elsewhere).await.expect("shown");
        assert_eq!(shown.total, 0);
        let page = scene.app.dashboard(&anna()).await.expect("a page");
        let count = |item: &str| page.items.iter().find(|one| one.item == item).map(|one| one.count);
        assert_eq!(count("devices_online"), Some(1));
        assert_eq!(count("devices_offline"), Some(0));
        assert_eq!(count("orders_stuck"), Some(0));
        let open = scene.open_alarms().await.len();
        let told = ["alarms_critical", "alarms_warning", "alarms_info"].map(count);
        let told: i64 = told.into_iter().flatten().sum();
        assert_eq!(told, i64::try_from(open).expect("few"));
        assert_eq!((page.today.orders, page.today.members), (Some(0), Some(1)));
        let leaves: BTreeSet<String> = ["device.alarm.view".to_owned()].into();
        let clerk = app::staff::Actor {
            is_super: false,
            granted: std::sync::Arc::new(leaves),
            ..app::staff::Actor::trusted("clerk")
        };
        let page = scene.app.dashboard(&clerk).await.expect("a page");
        assert!(page.items.iter().all(|item| item.page == "device.alarm"), "{page:?}");
        assert_eq!(page.today, app::DayFigures::default());
    }
}

async fn member_of(db: &Db, order: &Order) -> Option<MemberId> {
    let mut view = db.view().await.expect("a connection");
    let facts = store::order_facts::of(view.conn(), &[order.order_no]).await;
    let facts = facts.expect("facts").remove(0);
    facts.member_id.map(MemberId)
}
