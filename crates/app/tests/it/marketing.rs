//! What the back office does to marketing and service: codes, crowds, taking back, pictures,
//! messages, and sums that lists show.

use crate::plans::{ebike, in_force};
use crate::scene::{DEVICE, NOON, Scene, end, id};
use app::staff::Actor;
use app::{AppError, CrowdStep, FaultWords, PayBy, PromotionSettings, Words};
use device::{ChargeKey, EndReason};
use domain::checkin::CheckInRules;
use domain::coupon_grant::GrantState;
use domain::ledger::{Asset, postings};
use domain::message::MessageKind;
use domain::org::OrgType;
use domain::picture::{PictureUse, name_of};
use domain::points::{EarnRate, Points};
use domain::promotion::{Alloc, CouponKind, CouponLimits, FundedBy, PromotionRules, ValidRule};
use domain::request::start_plan;
use domain::settlement::Wishes;
use kernel::{Energy, Fen, MemberId, OrderNo};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use store::coupon_grants::{Crowd, GrantFilter};
use store::coupons::{CouponChange, CouponRow, NewCoupon, StockChange};
use store::members::{self, Member, MemberFilter};
use store::messages::MessageRow;
use store::{Db, PageRequest, ledger};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF";

fn anna() -> Actor {
    Actor::trusted("anna")
}

/// Somebody of a merchant that has nothing to do with any of this.
fn stranger() -> Actor {
    Actor {
        org_id: 999,
        org_type: OrgType::Merchant,
        org_path: "/1/999/".to_owned(),
        is_super: false,
        ..Actor::trusted("eve")
    }
}

fn one_yuan(stock: Option<i32>, per_user: Option<i32>) -> NewCoupon {
    NewCoupon {
        name: "立减1元".to_owned(),
        kind: CouponKind::Cash { value: Fen(100) },
        threshold: Fen::ZERO,
        alloc: Alloc::ServiceFirst,
        funded_by: FundedBy::Platform,
        limits: CouponLimits::default(),
        valid: ValidRule::Days { days: 7 },
        stock,
        per_user,
        claimable: false,
    }
}

async fn registered(db: &Db, phone: &str) -> MemberId {
    let mut tx = db.begin().await.expect("a transaction");
    let id = members::register(tx.conn(), phone, NOON).await;
    tx.commit().await.expect("committed");
    id.expect("registered")
}

async fn template(scene: &Scene, stock: Option<i32>, per_user: Option<i32>) -> i64 {
    let made = scene
        .app
        .create_coupon(&anna(), &one_yuan(stock, per_user))
        .await;
    made.expect("a coupon").id
}

async fn read(scene: &Scene, coupon: i64) -> CouponRow {
    scene.app.coupon(&anna(), coupon).await.expect("read")
}

fn refused<T: std::fmt::Debug>(result: Result<T, AppError>) -> &'static str {
    match result {
        Err(AppError::Conflict(why) | AppError::NotFound(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

async fn told(scene: &Scene, member: MemberId) -> Vec<MessageRow> {
    let page = PageRequest::default();
    let messages = scene.app.member_messages(member, false, page).await;
    messages.expect("read").items
}

/// A member with 50 yuan at a device that charges 1.50 yuan per kWh.
async fn customer(scene: &Scene, db: &Db) -> Member {
    in_force(
        scene,
        ebike(json!({"mode": "energy", "unit_price_fen": 150})),
    )
    .await;
    let member = registered(db, "13800138000").await;
    let mut tx = db.begin().await.expect("a transaction");
    let paid = postings::recharge("RC1", member, Asset::Mock, Fen(4000), Fen(1000));
    ledger::post(tx.conn(), &[paid], "test", NOON)
        .await
        .expect("posted");
    tx.commit().await.expect("committed");
    scene.app.member(member).await.expect("there")
}

async fn charge(
    scene: &Scene,
    pile: &mut crate::scene::Pile,
    member: &Member,
    (port, centi_kwh, reason): (u16, i64, EndReason),
) -> OrderNo {
    let plan = json!({"port_no": port, "charge_mode": 4, "amount": 2000});
    let plan = start_plan(&plan).expect("a legal request");
    let wishes = Wishes::default();
    let started = scene
        .app
        .start_for_member(member, &id(DEVICE), plan, PayBy::Wallet, wishes)
        .await;
    let order = started.expect("started").order;
    pile.begins(&order).await;
    scene.advance(600);
    let mut report = end(ChargeKey::Order(order.order_no), port, 600, centi_kwh);
    report.reason = reason;
    pile.ends(report).await;
    order.order_no
}

async fn books_are_right(db: &Db) {
    let mut view = db.view().await.expect("a connection");
    let report = ledger::verify(view.conn()).await.expect("read");
    assert!(report.is_clean(), "{report:#?}");
}

testkit::both_engines! {
    async fn codes_are_handed_out_once_and_exchanged_once(db: &Db) {
        let scene = Scene::new(db).await;
        let app = scene.app.clone();
        let coupon = template(&scene, Some(5), Some(1)).await;
        let until = NOON + Duration::from_hours(24);
        for (count, expires) in [(0, until), (5001, until), (1, NOON)] {
            let made = app.make_codes(&anna(), coupon, count, expires, None).await;
            assert!(matches!(made, Err(AppError::Semantic { .. })), "{made:?}");
        }
        let made = app.make_codes(&anna(), coupon, 6, until, None).await;
        assert_eq!(refused(made), "not so many coupons are left");
        let made = app.make_codes(&stranger(), coupon, 1, until, None).await;
        assert_eq!(refused(made), "coupon");
        let batch = app.make_codes(&anna(), coupon, 3, until, Some("车展")).await.expect("made");
        assert_eq!(read(&scene, coupon).await.says.stock, Some(2));

        assert_eq!(refused(app.take_codes(&stranger(), batch.id).await), "batch of codes");
        let codes = app.take_codes(&anna(), batch.id).await.expect("handed out");
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 3);
        let again = app.take_codes(&anna(), batch.id).await;
        assert_eq!(refused(again), "the codes were handed out before");

        // Two telephones with the same code, at once.
        let (first, second) = (registered(db, "13800138001").await, registered(db, "13800138002").await);
        let (one, two) = tokio::join!(
            app.redeem_code(first, &codes[0]),
            app.redeem_code(second, &codes[0])
        );
        let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
        let won = won.expect("one of them has it");
        assert_eq!(refused(lost), "the code was used");
        assert_eq!(won.granted_by, format!("code:{}", batch.id));
        let winner = MemberId(won.member_id);
        let more = app.redeem_code(winner, &codes[1]).await;
        assert_eq!(refused(more), "the member has had his coupons");
        let row = read(&scene, coupon).await;
        assert_eq!((row.says.stock, row.granted), (Some(2), 1));

        // What nobody exchanged comes back.
        let ended = app.end_codes(&anna(), batch.id).await.expect("ended");
        assert_eq!((ended.codes, ended.redeemed), (3, 1));
        assert_eq!(read(&scene, coupon).await.says.stock, Some(4));
        assert_eq!(refused(app.end_codes(&anna(), batch.id).await), "it was ended before");
        let late = registered(db, "13800138003").await;
        assert_eq!(refused(app.redeem_code(late, &codes[1]).await), "the code is over");
    }

    async fn codes_are_not_guessed(db: &Db) {
        let scene = Scene::new(db).await;
        let app = scene.app.clone();
        let coupon = template(&scene, None, None).await;
        let until = NOON + Duration::from_hours(240);
        let batch = app.make_codes(&anna(), coupon, 1, until, None).await.expect("made");
        let code = app.take_codes(&anna(), batch.id).await.expect("handed out").remove(0);
        let member = registered(db, "13800138000").await;
        for _ in 0..5 {
            assert_eq!(refused(app.redeem_code(member, "ABCD-EFGH-JKLM-NPQR").await), "code");
        }
        let right = app.redeem_code(member, &code).await;
        assert!(matches!(right, Err(AppError::Locked(_))), "{right:?}");
        let other = registered(db, "13800138001").await;
        assert_eq!(refused(app.redeem_code(other, "nonsense").await), "code");
        scene.advance(16 * 60);
        let typed = code.to_lowercase().replace('-', " ");
        app.redeem_code(member, &typed).await.expect("the wait is over");
    }

    /// Ten more are ten more than are left when they come, whoever took one meanwhile.
    async fn a_stock_grows_by_a_difference(db: &Db) {
        let scene = Scene::new(db).await;
        let (app, anna) = (scene.app.clone(), anna());
        let coupon = template(&scene, Some(10), Some(2)).await;
        let mut crowd = Vec::new();
        for number in 0..6 {
            crowd.push(registered(db, &format!("138{number:08}")).await);
        }
        let more = CouponChange { stock: Some(StockChange::By(10)), ..CouponChange::default() };
        let granting = futures_util::future::join_all(crowd.iter().map(|member| {
            let (app, anna) = (app.clone(), anna.clone());
            async move { app.grant_coupon(&anna, coupon, &[*member]).await }
        }));
        let (changed, granted) = tokio::join!(app.change_coupon(&anna, coupon, &more), granting);
        changed.expect("changed");
        assert!(granted.iter().all(Result::is_ok), "{granted:?}");
        let row = read(&scene, coupon).await;
        assert_eq!((row.says.stock, row.granted), (Some(14), 6));
        assert_eq!((row.says.per_user, row.says.name.as_str()), (Some(2), "立减1元"), "the rest stays");
        let fewer = CouponChange { stock: Some(StockChange::By(-15)), ..CouponChange::default() };
        assert_eq!(refused(app.change_coupon(&anna, coupon, &fewer).await), "so many are not left");
        let open = CouponChange { stock: Some(StockChange::Unlimited), per_user: Some(None), ..CouponChange::default() };
        let row = app.change_coupon(&anna, coupon, &open).await.expect("changed");
        assert_eq!((row.says.stock, row.says.per_user), (None, None));
        assert_eq!(refused(app.change_coupon(&anna, coupon, &more).await), "there are as many as are wanted");
        let left = CouponChange { stock: Some(StockChange::Left(3)), ..CouponChange::default() };
        let row = app.change_coupon(&anna, coupon, &left).await.expect("changed");
        assert_eq!(row.says.stock, Some(3));
    }

    /// Members without the coupon, a step at a time; a step that is done again changes nothing.
    async fn a_crowd_gets_a_coupon_each(db: &Db) {
        let scene = Scene::new(db).await;
        let app = scene.app.clone();
        for number in 0..230 {
            registered(db, &format!("138{number:08}")).await;
        }
        let coupon = template(&scene, Some(220), None).await;
        let (anna, crowd) = (anna(), Crowd::default());
        let first = app.grant_to_crowd(&anna, coupon, &crowd, 0).await.expect("granted");
        let next = first.next.expect("more to come");
        assert_eq!((first.granted, first.skipped, first.sold_out), (200, 0, false));
        let last = app.grant_to_crowd(&anna, coupon, &crowd, next).await.expect("granted");
        assert_eq!(last, CrowdStep { granted: 20, skipped: 0, next: None, sold_out: true });
        let again = app.grant_to_crowd(&anna, coupon, &crowd, 0).await.expect("nothing");
        assert_eq!((again.granted, again.sold_out), (0, true));
        let row = read(&scene, coupon).await;
        assert_eq!((row.says.stock, row.granted), (Some(0), 220));
        let change = CouponChange { stock: Some(StockChange::Unlimited), ..CouponChange::default() };
        app.change_coupon(&anna, coupon, &change).await.expect("changed");
        let rest = app.grant_to_crowd(&anna, coupon, &crowd, 0).await.expect("granted");
        assert_eq!((rest.granted, rest.next), (10, None), "those who had none");
        let page = PageRequest::default();
        let filter = GrantFilter { coupon: Some(coupon), ..GrantFilter::default() };
        assert_eq!(app.list_grants(&anna, filter, page).await.expect("read").total, 230);
        assert_eq!(app.list_grants(&stranger(), filter, page).await.expect("read").total, 0);
        let elsewhere = app.grant_to_crowd(&stranger(), coupon, &crowd, 0).await;
        assert_eq!(refused(elsewhere), "coupon");
    }

    async fn an_unused_coupon_is_taken_back(db: &Db) {
        let scene = Scene::new(db).await;
        let member = customer(&scene, db).await;
        let app = scene.app.clone();
        let coupon = template(&scene, Some(2), Some(1)).await;
        let who = member.member_id();
        let granted = app.grant_coupon(&anna(), coupon, &[who]).await.expect("granted");
        let grant = granted[0].id;
        assert_eq!(refused(app.revoke_grant(&stranger(), grant, "x").await), "coupon");

        // A running charge holds it.
        let mut pile = scene.connect(DEVICE).await;
        let plan = start_plan(&json!({"port_no": 1, "charge_mode": 4, "amount": 2000})).expect("legal");
        let wishes = Wishes { coupon: Some(grant), points: Points::ZERO };
        let started = app.start_for_member(&member, &id(DEVICE), plan, PayBy::Wallet, wishes).await;
        let order = started.expect("started").order;
        assert_eq!(refused(app.revoke_grant(&anna(), grant, "x").await), "a running charge holds the coupon");
        pile.begins(&order).await;
        scene.advance(600);
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, 200)).await;
        assert_eq!(app.wallet(who).await.expect("read").cash, Fen(3800), "3.00 less 1.00");
        assert_eq!(refused(app.revoke_grant(&anna(), grant, "x").await), "not possible in its state");

        let second = registered(db, "13800138009").await;
        let granted = app.grant_coupon(&anna(), coupon, &[second]).await.expect("granted");
        assert_eq!(read(&scene, coupon).await.says.stock, Some(0));
        let back = app.revoke_grant(&anna(), granted[0].id, "a mistake").await.expect("taken back");
        assert_eq!(back.grant.state, GrantState::Revoked);
        let row = read(&scene, coupon).await;
        assert_eq!((row.says.stock, row.granted, row.used), (Some(1), 1, 1));
        assert_eq!(refused(app.revoke_grant(&anna(), granted[0].id, "x").await), "not possible in its state");
        app.grant_coupon(&anna(), coupon, &[second]).await.expect("they had none, after all");
        books_are_right(db).await;
    }

    async fn a_member_is_told_and_reads_it(db: &Db) {
        let scene = Scene::new(db).await;
        let member = customer(&scene, db).await;
        let who = member.member_id();
        let app = scene.app.clone();
        let mut pile = scene.connect(DEVICE).await;
        let order = charge(&scene, &mut pile, &member, (1, 523, EndReason::Normal)).await;
        let messages = told(&scene, who).await;
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].kind, MessageKind::ChargeDone);
        assert_eq!(messages[0].text, "5.23度，10分钟，消费7.85元。");
        assert_eq!(messages[0].biz_no, order.as_str());
        let broken = charge(&scene, &mut pile, &member, (2, 100, EndReason::DeviceFault)).await;
        let messages = told(&scene, who).await;
        assert_eq!((messages[0].kind, messages[0].biz_no.as_str()), (MessageKind::ChargeFault, broken.as_str()));
        assert!(messages[0].text.contains("自动退款"), "{}", messages[0].text);

        // Money back, an answer, a coupon.
        let asked = app.ask_order_refund(&anna(), order, Fen(100), "投诉").await.expect("asked");
        app.decide_refund(&Actor::trusted("ben"), &asked.refund_no, true).await.expect("agreed");
        let said = Words { text: "多扣了".to_owned(), images: Vec::new() };
        let complaint = app.complain(who, order, "billing", said).await.expect("made");
        assert_eq!(refused(app.reply_to_complaint(&stranger(), complaint.id, "不").await), "complaint");
        app.reply_to_complaint(&anna(), complaint.id, "已退一元").await.expect("answered");
        let coupon = template(&scene, None, None).await;
        app.grant_coupon(&anna(), coupon, &[who]).await.expect("granted");
        let kinds: Vec<MessageKind> = told(&scene, who).await.iter().map(|row| row.kind).collect();
        assert_eq!(kinds, [
            MessageKind::CouponGrant,
            MessageKind::ComplaintReply,
            MessageKind::RefundOk,
            MessageKind::ChargeFault,
            MessageKind::ChargeDone,
        ]);
        assert_eq!(app.unread_messages(who).await.expect("read"), 5);
        let first = told(&scene, who).await[0].id;
        let other = registered(db, "13800138009").await;
        assert_eq!(refused(app.read_message(other, first).await), "message");
        app.read_message(who, first).await.expect("read");
        app.read_message(who, first).await.expect("once more");
        assert_eq!(app.unread_messages(who).await.expect("read"), 4);
        assert_eq!(app.read_all_messages(who).await.expect("read"), 4);
        assert_eq!(app.unread_messages(who).await.expect("read"), 0);
        assert_eq!(app.forget_messages(app.now()).await.expect("kept"), 0);
        scene.advance(366 * 86_400);
        assert_eq!(app.forget_messages(app.now()).await.expect("forgotten"), 5);
        books_are_right(db).await;
    }

    /// Kept with the bill, corrected with it, and never more than the orders.
    async fn sums_of_members_follow_their_bills(db: &Db) {
        let scene = Scene::new(db).await;
        let member = customer(&scene, db).await;
        let who = member.member_id();
        let app = scene.app.clone();
        let line = async || app.member_line(who).await.expect("read");
        let before = line().await;
        assert_eq!((before.orders, before.energy, before.cash, before.gift), (0, Energy::ZERO, Fen(4000), Fen(1000)));
        let mut pile = scene.connect(DEVICE).await;
        let first = charge(&scene, &mut pile, &member, (1, 400, EndReason::Normal)).await;
        // The device says it again.
        pile.ends(end(ChargeKey::Order(first), 1, 600, 400)).await;
        charge(&scene, &mut pile, &member, (2, 100, EndReason::Normal)).await;
        let after = line().await;
        assert_eq!((after.orders, after.energy), (2, Energy(50_000)));
        assert_eq!((after.cash, after.gift), (Fen(4000 - 600 - 150), Fen(1000)));
        let page = PageRequest::default();
        let list = app.list_members(&MemberFilter::default(), Some("-kwh"), page).await.expect("read");
        assert_eq!(list.items[0], after, "the list shows the same");
        books_are_right(db).await;
    }

    async fn points_are_earned_as_was_decided(db: &Db) {
        let scene = Scene::new(db).await;
        let member = customer(&scene, db).await;
        let app = scene.app.clone();
        let decide = |rate| PromotionSettings {
            rules: PromotionRules { points_per_yuan: EarnRate(rate), ..PromotionRules::default() },
            levels: Vec::new(),
        };
        let wrong = app.set_promotion_settings(&anna(), &decide(101)).await;
        assert!(matches!(wrong, Err(AppError::Invalid { ref field, .. }) if field == "rules.points_per_yuan"));
        app.set_promotion_settings(&anna(), &decide(3)).await.expect("decided");
        let mut pile = scene.connect(DEVICE).await;
        let order = charge(&scene, &mut pile, &member, (1, 523, EndReason::Normal)).await;
        let who = member.member_id();
        assert_eq!(app.points(who).await.expect("read").balance, 23, "3 of each of 7.85 yuan");
        // What was decided since does not change what goes back.
        app.set_promotion_settings(&anna(), &decide(1)).await.expect("decided");
        let asked = app.ask_order_refund(&anna(), order, Fen(385), "投诉").await.expect("asked");
        app.decide_refund(&Actor::trusted("ben"), &asked.refund_no, true).await.expect("agreed");
        assert_eq!(app.points(who).await.expect("read").balance, 12, "3 of each of 4.00 yuan");
        books_are_right(db).await;
    }

    async fn the_ladder_of_check_ins_is_the_operator_s(db: &Db) {
        let scene = Scene::new(db).await;
        let app = scene.app.clone();
        let member = registered(db, "13800138000").await;
        let rules = |enabled, ladder: &[i64]| CheckInRules {
            enabled,
            ladder: ladder.iter().copied().map(Points).collect(),
        };
        let wrong = app.set_check_in_rules(&anna(), &rules(true, &[1, 2000])).await;
        assert!(matches!(wrong, Err(AppError::Invalid { ref field, .. }) if field == "ladder[1]"));
        app.set_check_in_rules(&anna(), &rules(false, &[1])).await.expect("decided");
        assert_eq!(refused(app.check_in(member).await), "there are no check-ins");
        app.set_check_in_rules(&anna(), &rules(true, &[5, 50])).await.expect("decided");
        let mut earned = Vec::new();
        for _ in 0..3 {
            earned.push(app.check_in(member).await.expect("checked in").points.0);
            scene.advance(86_400);
        }
        assert_eq!(earned, [5, 50, 5]);
        assert_eq!(app.points(member).await.expect("read").balance, 60);
    }

    async fn pictures_are_their_owner_s_and_the_staff_s_in_charge(db: &Db) {
        let scene = Scene::new(db).await;
        let app = scene.app.clone();
        let (member, other) = (registered(db, "13800138000").await, registered(db, "13800138001").await);
        for bytes in [&b"<svg onload='alert(1)'/>"[..], b"GIF89a", b""] {
            let kept = app.keep_picture(member, bytes).await;
            assert!(matches!(kept, Err(AppError::Invalid { ref field, .. }) if field == "body"), "{kept:?}");
        }
        let mut long = JPEG.to_vec();
        long.resize(domain::picture::BYTES_MAX + 1, 0);
        assert!(app.keep_picture(member, &long).await.is_err());
        let address = app.keep_picture(member, JPEG).await.expect("kept");
        let name = name_of(&address).expect("a name").to_owned();
        assert_eq!(app.member_picture(member, &name).await.expect("theirs").content, JPEG);
        assert_eq!(refused(app.member_picture(other, &name).await), "picture");
        let places = [PictureUse::Fault, PictureUse::Complaint];
        assert_eq!(refused(app.staff_picture(&anna(), &name, &places).await), "picture", "it is in no report");

        let said = |images: &[&str]| FaultWords {
            device: id(DEVICE),
            port: Some(1),
            kind: "plug".to_owned(),
            words: Words { text: "坏了".to_owned(), images: images.iter().map(|a| (*a).to_owned()).collect() },
        };
        for images in [&[address.as_str(), address.as_str()][..], &["/files/a.jpg"]] {
            let twice = app.report_fault(member, said(images)).await;
            assert!(matches!(twice, Err(AppError::Invalid { ref field, .. }) if field.starts_with("images[")), "{twice:?}");
        }
        let foreign = app.report_fault(other, said(&[&address])).await;
        assert!(matches!(foreign, Err(AppError::Invalid { .. })), "somebody else's");
        let report = app.report_fault(member, said(&[&address])).await.expect("reported");
        assert_eq!(report.says.images, [address.as_str()]);
        assert_eq!(app.staff_picture(&anna(), &name, &places).await.expect("theirs").content, JPEG);
        assert_eq!(refused(app.staff_picture(&anna(), &name, &[PictureUse::Review]).await), "picture");
        assert_eq!(refused(app.staff_picture(&stranger(), &name, &places).await), "picture");

        // What nobody names goes away; so many in a day and no more.
        let loose = app.keep_picture(member, JPEG).await.expect("kept");
        for _ in 2..domain::picture::PER_DAY_MAX {
            app.keep_picture(member, JPEG).await.expect("kept");
        }
        assert_eq!(refused(app.keep_picture(member, JPEG).await), "too many pictures today");
        scene.advance(86_401);
        let gone = app.forget_pictures(app.now()).await.expect("forgotten");
        assert_eq!(gone, u64::from(domain::picture::PER_DAY_MAX) - 1);
        let loose = name_of(&loose).expect("a name");
        assert_eq!(refused(app.member_picture(member, loose).await), "picture");
        app.member_picture(member, &name).await.expect("it is in a report");
        app.keep_picture(member, JPEG).await.expect("a new day");
    }
}
