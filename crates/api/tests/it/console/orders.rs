//! The list of orders: what stands beside each, what it is narrowed and sorted by, and who sees
//! which.

use super::world::{FOREIGN, World, account, world};
use crate::invoices::{charge_with, member};
use crate::lab::DEVICE;
use crate::members::PHONE;
use axum::http::Method;
use domain::commission::CommissionRule;
use kernel::{Fen, MemberId, OrgId};
use serde_json::{Value, json};
use store::commission;
use store::members::{self, MemberChange};

const LIST: &str = "/api/v1/admin/orders";

/// What was charged at the station of somebody else's merchant.
struct Charges {
    world: World,
    member: i64,
    /// 3 kWh, 4.50 yuan out of the member's wallet.
    private: String,
    /// 2 kWh, 3.00 yuan, paid by the company.
    company: String,
}

impl Charges {
    async fn new() -> Self {
        let world = world().await;
        let lab = &world.lab;
        let bind = format!("/api/v1/admin/stations/{}/devices", world.foreign.station);
        lab.post(&bind, json!({"phy_ids": [DEVICE]}))
            .await
            .answers(200);
        let now = lab.app.now();
        let flat = json!({"style": "flat", "platform_cut_bp": 1000,
            "payees": [{"org_id": null, "pct": 100}]});
        let terms: CommissionRule = serde_json::from_value(json!({"elec": flat, "service": flat,
            "reserve": flat, "occupancy": flat}))
        .expect("a rule");
        let mut tx = lab.db.db.begin().await.expect("a transaction");
        commission::insert_rule(tx.conn(), "default", None, &terms, now, "anna", now)
            .await
            .expect("a rule");
        tx.commit().await.expect("committed");

        let phone = member(lab).await;
        let private = charge_with(lab, &phone, 1, 300, json!({})).await;
        let id = phone.get("/me").await.answers(200).data()["id"]
            .as_i64()
            .expect("an id");
        let org = OrgId(world.company.id);
        let theirs = MemberChange {
            company: Some(Some(org)),
            ..MemberChange::default()
        };
        let mut tx = lab.db.db.begin().await.expect("a transaction");
        members::change(tx.conn(), MemberId(id), &theirs, now)
            .await
            .expect("theirs");
        tx.commit().await.expect("committed");
        let actor = app::staff::Actor::trusted("anna");
        lab.app
            .recharge_company(&actor, org, Fen(5000), "P1")
            .await
            .expect("paid");
        let company = charge_with(lab, &phone, 2, 200, json!({"pay_by": "company"})).await;
        Self {
            member: id,
            world,
            private,
            company,
        }
    }

    /// The numbers of a list, as somebody sees it.
    async fn seen(&self, token: &str, query: &str) -> Vec<String> {
        let reply = self.world.get(token, &format!("{LIST}{query}")).await;
        numbers(reply.answers(200).data())
    }

    /// The numbers of a list, as the platform sees it.
    async fn found(&self, query: &str) -> Vec<String> {
        numbers(
            self.world
                .lab
                .get(&format!("{LIST}{query}"))
                .await
                .answers(200)
                .data(),
        )
    }
}

fn numbers(data: &Value) -> Vec<String> {
    let items = data["items"].as_array().expect("a page");
    let number = |item: &Value| item["order_no"].as_str().expect("a number").to_owned();
    items.iter().map(number).collect()
}

#[tokio::test]
async fn an_order_stands_with_who_charged_where_who_paid_and_who_earns() {
    let charges = Charges::new().await;
    let world = &charges.world;
    let detail = format!("{LIST}/{}", charges.private);
    let shown = world.lab.get(&detail).await.answers(200);
    let order = shown.data();
    for (field, value) in [
        ("member_id", json!(charges.member)),
        ("member_phone", json!(PHONE)),
        ("station_id", json!(world.foreign.station)),
        ("station", json!(FOREIGN)),
        ("owner_org_id", json!(world.foreign.org.id)),
        ("owner", json!(FOREIGN)),
        ("pay_mode", json!("wallet")),
        ("pay_status", json!("paid")),
        ("company_id", json!(null)),
        ("discount_fen", json!(0)),
        ("payable_fen", json!(450)),
        ("paid_cash_fen", json!(450)),
        ("paid_gift_fen", json!(0)),
        ("refunded_fen", json!(0)),
    ] {
        assert_eq!(order[field], value, "{field}");
    }
    let splits = order["splits"].as_array().expect("shares");
    let share = |kind: &str| {
        let one = splits.iter().find(|share| share["payee_type"] == kind);
        one.map(|share| share["commission_fen"].clone())
    };
    assert_eq!(
        (share("merchant"), share("platform")),
        (Some(json!(405)), Some(json!(45)))
    );
    let listed = world.lab.get(LIST).await.answers(200);
    let items = listed.data()["items"].as_array().expect("a page");
    assert!(items.contains(order), "the list shows the same");
    let paid = items
        .iter()
        .find(|item| item["order_no"] == json!(charges.company));
    let paid = paid.expect("listed");
    assert_eq!(
        (&paid["pay_mode"], &paid["company"]),
        (&json!("company"), &json!("company"))
    );
    assert_eq!(
        (&paid["company_id"], &paid["payable_fen"]),
        (&json!(world.company.id), &json!(300))
    );

    let key = [("X-Api-Key", crate::lab::ADMIN)];
    let file = format!("{LIST}?format=csv");
    let file = world.lab.call(Method::GET, &file, &key, "").await;
    let text = file.body.as_str().expect("a file");
    let head: Vec<&str> = text.lines().next().unwrap_or_default().split(',').collect();
    for column in [
        "member_phone",
        "station",
        "payable_fen",
        "paid_cash_fen",
        "discount_fen",
        "refunded_fen",
        "pay_mode",
        "splits",
    ] {
        assert!(head.contains(&column), "{column} in {head:?}");
    }
    charges.world.lab.close().await;
}

#[tokio::test]
async fn fields_beside_an_order_follow_their_leaves() {
    let charges = Charges::new().await;
    let world = &charges.world;
    let leaves = [
        "order.charge.view",
        "ds.orders.member_phone",
        "ds.orders.discount_fen",
    ];
    let token = world.who_may(&world.foreign.org, "clerk", &leaves).await;
    let detail = format!("{LIST}/{}", charges.private);
    let order = world.get(&token, &detail).await.answers(200);
    assert_eq!(order.data()["member_phone"], "138****8000");
    assert_eq!(order.data()["discount_fen"], 0);
    for hidden in [
        "payable_fen",
        "paid_cash_fen",
        "paid_gift_fen",
        "refunded_fen",
        "splits",
    ] {
        assert!(order.data().get(hidden).is_none(), "{hidden}");
    }
    let refused = world
        .get(&token, &format!("{LIST}?sort=-final_amount"))
        .await;
    assert_eq!(
        refused.answers(403).data()["required"],
        "ds.orders.final_amount"
    );
    // A merchant sees its own share and nobody else's.
    let leaves = ["order.charge.view", "ds.orders.split"];
    let token = world.who_may(&world.foreign.org, "earner", &leaves).await;
    let order = world.get(&token, &detail).await.answers(200);
    let splits = order.data()["splits"].as_array().expect("shares");
    assert_eq!(splits.len(), 1);
    assert_eq!(splits[0]["payee_type"], "merchant");
    charges.world.lab.close().await;
}

#[tokio::test]
async fn a_list_is_narrowed_and_sorted() {
    let charges = Charges::new().await;
    let (private, company) = (charges.private.clone(), charges.company.clone());
    let both = vec![company.clone(), private.clone()];
    let world = &charges.world;
    let (station, owner) = (world.foreign.station, world.foreign.org.id);
    let no = |text: &str| vec![text.to_owned()];
    let made = world
        .lab
        .get(&format!("{LIST}/{company}"))
        .await
        .answers(200);
    let made = made.data()["created_at"].as_i64().expect("a time");
    for (query, found) in [
        (format!("?order_no={private}"), no(&private)),
        (
            format!("?order_no={}&source=app", &private[10..]),
            no(&private),
        ),
        (
            format!("?order_no={}&member_id={}", &private[..8], charges.member),
            both.clone(),
        ),
        (format!("?member_id={}", charges.member), both.clone()),
        (format!("?member_id={}", charges.member + 1), vec![]),
        (format!("?phone={PHONE}"), both.clone()),
        ("?phone=13900000000".to_owned(), vec![]),
        (format!("?station_id={station}&source=app"), both.clone()),
        (format!("?owner_org_id={owner}&source=app"), both.clone()),
        (format!("?owner_org_id={}", world.company.id), vec![]),
        ("?owner_org_id=999999".to_owned(), vec![]),
        ("?source=card".to_owned(), vec![]),
        ("?pay_status=paid".to_owned(), both.clone()),
        ("?pay_status=owed".to_owned(), vec![]),
        ("?source=app&abnormal=false".to_owned(), both.clone()),
        ("?source=app&abnormal=true".to_owned(), vec![]),
        (format!("?source=app&from={made}"), no(&company)),
        (format!("?source=app&to={made}"), no(&private)),
        (
            "?source=app&sort=created_at".to_owned(),
            vec![private.clone(), company.clone()],
        ),
        (
            "?source=app&sort=-final_amount".to_owned(),
            vec![private.clone(), company.clone()],
        ),
        ("?source=app&sort=final_amount".to_owned(), both.clone()),
        (
            "?source=app&sort=-total_kwh".to_owned(),
            vec![private.clone(), company.clone()],
        ),
        ("?source=app&sort=total_kwh&size=1".to_owned(), no(&company)),
        (
            "?source=app&sort=duration_sec&size=1&page=2".to_owned(),
            no(&company),
        ),
    ] {
        assert_eq!(charges.found(&query).await, found, "{query}");
    }
    for (query, field) in [
        ("?order_no=00001", "order_no"),
        ("?source=x", "source"),
        ("?status=done", "status"),
        ("?pay_status=free", "pay_status"),
        ("?sort=phy_id", "sort"),
        ("?from=-1", "from"),
    ] {
        let refused = world.lab.get(&format!("{LIST}{query}")).await.answers(400);
        assert_eq!(refused.field(), field, "{query}");
    }
    charges.world.lab.close().await;
}

#[tokio::test]
async fn a_company_sees_the_orders_that_it_pays_and_no_others() {
    let charges = Charges::new().await;
    let world = &charges.world;
    let all = [world.everything];
    let (_, _, company) = account(&world.lab, &world.company, "payer", &all).await;
    let paid = vec![charges.company.clone()];
    assert_eq!(charges.seen(&company, "").await, paid);
    let by_number = format!("?order_no={}", &charges.company[10..]);
    assert_eq!(charges.seen(&company, &by_number).await, paid);
    let by_number = format!("?order_no={}", &charges.private[10..]);
    assert_eq!(
        charges.seen(&company, &by_number).await,
        Vec::<String>::new()
    );
    let own = format!("{LIST}/{}", charges.company);
    let shown = world.get(&company, &own).await.answers(200);
    assert_eq!(shown.data()["payable_fen"], 300);
    assert_eq!(
        shown.data()["splits"],
        json!([]),
        "who earns is not theirs to know"
    );
    world
        .get(&company, &format!("{own}/history"))
        .await
        .answers(200);
    let private = format!("{LIST}/{}", charges.private);
    world.get(&company, &private).await.answers(404);
    let file = world.get(&company, &format!("{LIST}?format=csv")).await;
    let text = file.body.as_str().expect("a file");
    assert!(
        text.contains(&charges.company) && !text.contains(&charges.private),
        "{text}"
    );
    // It looks; what becomes of the order is the operator's matter.
    for verb in ["finish", "cancel"] {
        let act = format!("{own}/{verb}");
        let body = json!({"reason": "ours"});
        world
            .call(&company, Method::POST, &act, &body)
            .await
            .answers(404);
    }
    // Who stands above the company earns nothing there and sees nothing of it.
    let (_, _, above) = account(&world.lab, &world.merchant, "above", &all).await;
    let seen = charges.seen(&above, "").await;
    assert!(!seen.contains(&charges.company), "{seen:?}");
    world.get(&above, &own).await.answers(404);
    let stranger = format!("token-{FOREIGN}");
    let seen = charges.seen(&stranger, "?source=app").await;
    assert_eq!(seen, [charges.company.clone(), charges.private.clone()]);
    charges.world.lab.close().await;
}
