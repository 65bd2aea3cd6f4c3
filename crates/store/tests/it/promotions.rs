//! Activities, coupons, points and check-ins: once, in stock, in their lots.

use crate::fixtures::{NOW, later, order_no};
use domain::checkin::{LADDER, check_in};
use domain::coupon_grant::GrantState;
use domain::day::Day;
use domain::org::Scope;
use domain::points::Points;
use domain::promotion::{Alloc, CouponKind, CouponLimits, FundedBy, PriceCut, ValidRule, Validity};
use kernel::{BasisPoints, Fen, MemberId, StationId, Timestamp};
use store::activities::{self, ActivityFilter, NewActivity};
use store::coupon_grants::{self, GrantFilter};
use store::coupons::{self, CouponFilter, NewCoupon};
use store::points::{self, NewLine};
use store::{Db, PageRequest, checkins, members};

pub(crate) async fn member(db: &Db, phone: &str) -> MemberId {
    let mut lease = db.direct().await.expect("a connection");
    members::register(lease.conn(), phone, NOW)
        .await
        .expect("registered")
}

fn coupon(stock: Option<i32>) -> NewCoupon {
    NewCoupon {
        name: "满30减5".to_owned(),
        kind: CouponKind::FullReduction { value: Fen(500) },
        threshold: Fen(3000),
        alloc: Alloc::ServiceFirst,
        funded_by: FundedBy::Platform,
        limits: CouponLimits {
            stations: Some(vec![StationId(3)]),
            ..CouponLimits::default()
        },
        valid: ValidRule::Days { days: 30 },
        stock,
        per_user: Some(1),
        claimable: true,
    }
}

async fn made(db: &Db, new: &NewCoupon) -> i64 {
    let mut lease = db.direct().await.expect("a connection");
    let id = coupons::insert(lease.conn(), new, "/1/", "anna", NOW).await;
    id.expect("made")
}

async fn movement(db: &Db, member: MemberId, occasion: &str, change: i64, expires_on: Day) -> i64 {
    let mut tx = db.begin().await.expect("a transaction");
    let balance = points::lock(tx.conn(), member)
        .await
        .expect("ok")
        .expect("there");
    let line = NewLine {
        member,
        change,
        balance: balance + change,
        reason: "order",
        biz_no: "APP1",
        occasion,
        left: change,
        expires_on: Some(expires_on),
        taken: &[],
    };
    let id = points::insert(tx.conn(), &line, NOW)
        .await
        .expect("ok")
        .expect("written");
    tx.commit().await.expect("committed");
    id
}

testkit::both_engines! {
    async fn an_activity_applies_until_it_ends(db: &Db) {
        let new = NewActivity {
            name: "Spring".to_owned(),
            cut: PriceCut::ServiceDiscountBp { off_bp: BasisPoints(2000) },
            funded_by: FundedBy::Merchant,
            stations: Some(vec![StationId(3)]),
            valid: Validity { from: NOW, until: later(3600) },
            priority: 1,
        };
        let mut tx = db.begin().await.expect("a transaction");
        let id = activities::insert(tx.conn(), &new, "/1/2/", "anna", NOW).await.expect("made");
        tx.commit().await.expect("committed");
        let mut lease = db.direct().await.expect("a connection");
        let found = activities::find(lease.conn(), id).await.expect("ok").expect("there");
        assert_eq!((found.says, found.published_at), (new, None));
        let running = activities::in_force(lease.conn(), later(1)).await.expect("ok");
        assert!(running.is_empty(), "a draft applies to nothing");
        activities::publish(lease.conn(), id, NOW).await.expect("published");
        for (at, applies) in [(-1, false), (0, true), (3599, true), (3600, false)] {
            let running = activities::in_force(lease.conn(), later(at)).await.expect("ok");
            assert_eq!(running.len(), usize::from(applies), "{at}");
        }
        assert!(activities::end(lease.conn(), id, later(60)).await.expect("ok"));
        assert!(!activities::end(lease.conn(), id, later(61)).await.expect("ok"));
        assert_eq!(activities::in_force(lease.conn(), later(59)).await.expect("ok").len(), 1);
        assert!(activities::in_force(lease.conn(), later(60)).await.expect("ok").is_empty());
        let page = PageRequest::default();
        for (path, sees) in [("/1/2/", 1), ("/1/3/", 0)] {
            let scope = Scope::Within(path.to_owned());
            let list = activities::list(lease.conn(), &scope, ActivityFilter::default(), page).await.expect("ok");
            assert_eq!(list.total, sees, "{path}");
        }
        let open = ActivityFilter { open_at: Some(NOW), ..ActivityFilter::default() };
        let open = activities::list(lease.conn(), &Scope::Everything, open, page).await;
        assert_eq!(open.expect("ok").total, 0, "it was ended");
    }

    /// Fifty members want one of ten.
    async fn a_stock_is_never_overdrawn(db: &Db) {
        let id = made(db, &coupon(Some(10))).await;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..50 {
            let db = db.clone();
            tasks.spawn(async move {
                let who = member(&db, &format!("138001380{number:02}")).await;
                let mut tx = db.begin().await.expect("a transaction");
                let Some(row) = coupons::take_one(tx.conn(), id).await.expect("asked") else {
                    return 0;
                };
                let valid = row.says.valid.of(NOW);
                coupon_grants::insert(tx.conn(), id, who, valid, "claim", NOW).await.expect("given");
                tx.commit().await.expect("committed");
                1
            });
        }
        let got: i32 = tasks.join_all().await.into_iter().sum();
        assert_eq!(got, 10);
        let mut lease = db.direct().await.expect("a connection");
        let row = coupons::find(lease.conn(), id).await.expect("ok").expect("there");
        assert_eq!((row.says.stock, row.granted), (Some(0), 10));
        let filter = GrantFilter { coupon: Some(id), ..GrantFilter::default() };
        let page = PageRequest::default();
        let grants = coupon_grants::list(lease.conn(), &Scope::Everything, filter, page).await.expect("ok");
        assert_eq!(grants.total, 10);
        let centre = CouponFilter { open: true, claimable_at: Some(NOW), ..CouponFilter::default() };
        let left = coupons::list(lease.conn(), &Scope::Everything, centre, page).await;
        assert_eq!(left.expect("ok").total, 0, "nothing is left to be taken");
    }

    async fn a_grant_says_what_its_coupon_says(db: &Db) {
        let who = member(db, "13800138000").await;
        let new = coupon(None);
        let id = made(db, &new).await;
        let valid = Validity { from: NOW, until: later(60) };
        let mut tx = db.begin().await.expect("a transaction");
        let grant = coupon_grants::insert(tx.conn(), id, who, valid, "anna", NOW).await.expect("ok");
        assert_eq!(coupon_grants::count_of(tx.conn(), id, who).await.expect("ok"), 1);
        let row = coupon_grants::lock(tx.conn(), grant).await.expect("ok").expect("there");
        assert_eq!((row.says, row.grant.valid), (new, valid));
        let order = order_no("APP1729407600001");
        coupon_grants::set_state(tx.conn(), grant, GrantState::Locked, Some(order), NOW).await
            .expect("ok");
        assert_eq!(coupon_grants::expire(tx.conn(), later(60), 10).await.expect("ok"), 0, "held");
        coupon_grants::set_state(tx.conn(), grant, GrantState::Unused, None, NOW).await.expect("ok");
        assert_eq!(coupon_grants::expire(tx.conn(), later(59), 10).await.expect("ok"), 0);
        assert_eq!(coupon_grants::expire(tx.conn(), later(60), 10).await.expect("ok"), 1);
        let row = coupon_grants::find(tx.conn(), grant).await.expect("ok").expect("there");
        assert_eq!(row.grant.state, GrantState::Expired);
        let page = PageRequest::default();
        for (filter, sees) in [
            (GrantFilter { member: Some(who), usable_at: Some(NOW), ..GrantFilter::default() }, 0),
            (GrantFilter { member: Some(who), expired_at: Some(later(60)), ..GrantFilter::default() }, 1),
        ] {
            let list = coupon_grants::list(tx.conn(), &Scope::Everything, filter, page).await.expect("ok");
            assert_eq!(list.total, sees, "{filter:?}");
        }
        coupons::count_use(tx.conn(), id, 1).await.expect("ok");
        assert_eq!(coupons::find(tx.conn(), id).await.expect("ok").expect("there").used, 1);
    }

    async fn points_lie_in_lots(db: &Db) {
        let who = member(db, "13800138000").await;
        let day = |year| Day::from_civil([year, 12, 31]).expect("a date");
        let young = movement(db, who, "a", 100, day(2026)).await;
        let old = movement(db, who, "b", 50, day(2025)).await;
        let mut tx = db.begin().await.expect("a transaction");
        let lots = points::lots(tx.conn(), who).await.expect("ok");
        let rows: Vec<(i64, Points)> = lots.iter().map(|(id, lot)| (*id, lot.left)).collect();
        assert_eq!(rows, [(old, Points(50)), (young, Points(100))], "what ends first is first");
        let early = Day::of(Timestamp(day(2025).begins().0));
        assert!(points::ending(tx.conn(), early, 10).await.expect("ok").is_empty());
        assert_eq!(points::ending(tx.conn(), early.next(), 10).await.expect("ok"), [who]);
        points::take(tx.conn(), old, 50).await.expect("ok");
        assert_eq!(points::lots(tx.conn(), who).await.expect("ok").len(), 1);
        let line = points::of_occasion(tx.conn(), who, "b").await.expect("ok").expect("there");
        assert_eq!((line.change, line.balance), (50, 150));
        assert_eq!(line.expires_on.as_deref(), Some("2025-12-31"));
        assert_eq!(members::find(tx.conn(), who).await.expect("ok").expect("there").points, 150);
        let page = points::list(tx.conn(), who, PageRequest::default()).await.expect("ok");
        assert_eq!(page.total, 2);
        assert_eq!(points::lock(tx.conn(), MemberId(999)).await.expect("ok"), None);
    }

    async fn a_day_is_checked_in_once(db: &Db) {
        let who = member(db, "13800138000").await;
        let mut lease = db.direct().await.expect("a connection");
        let today = Day::of(NOW);
        let first = check_in(None, today, &LADDER).expect("a new day");
        assert!(checkins::insert(lease.conn(), who, first, NOW).await.expect("ok"));
        assert!(!checkins::insert(lease.conn(), who, first, NOW).await.expect("ok"));
        let second = check_in(Some(first), today.next(), &LADDER).expect("a new day");
        assert!(checkins::insert(lease.conn(), who, second, later(86_400)).await.expect("ok"));
        assert_eq!(checkins::last(lease.conn(), who).await.expect("ok"), Some(second));
        let both = checkins::between(lease.conn(), who, today, today.next()).await.expect("ok");
        assert_eq!(both, [first, second]);
    }
}
