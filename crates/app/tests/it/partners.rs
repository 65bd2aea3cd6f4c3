//! Platforms that settle the bills of their users with us (J19).

use crate::scene::{DEVICE, Scene, caller, end, id};
use app::staff::Actor;
use app::{AppError, Caller};
use device::ChargeKey;
use domain::order::OrderStatus;
use domain::request::start_plan;
use kernel::Fen;
use serde_json::json;
use store::ledger::LineFilter;
use store::{Db, PageRequest, ledger};

const OPERATOR: &str = "api-1";

async fn owes(scene: &Scene) -> i64 {
    let partners = scene.app.partner_balances().await.expect("read");
    partners.first().map_or(0, |row| -row.balance_fen.0)
}

testkit::both_engines! {
    async fn a_partner_owes_what_its_users_used_until_it_pays(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let settling = Caller { settles_with_us: true, ..caller() };
        let body = json!({"port_no": 1, "charge_mode": 1, "duration": 3600, "amount": 1000,
                          "price_per_kwh": 150});
        let plan = start_plan(&body).expect("a legal request");
        let started = scene.app.start_charging(&settling, &id(DEVICE), plan).await;
        let order = started.expect("accepted").order;
        assert_eq!(order.amount, Fen(1000), "its own limit, not ours");
        pile.begins(&order).await;
        assert_eq!(owes(&scene).await, 0, "nothing is held");
        scene.advance(3600);
        for _ in 0..2 {
            pile.ends(end(ChargeKey::Order(order.order_no), 1, 3600, 523)).await;
            assert_eq!(owes(&scene).await, 785, "repeats change nothing");
        }
        let ended = scene.order(order.order_no).await;
        assert_eq!(ended.status, OrderStatus::Completed);
        assert_eq!(ended.final_amount, Some(Fen(785)));

        let anna = Actor::trusted("anna");
        let pays = |amount, key: &'static str| scene.app.partner_cleared(&anna, OPERATOR, Fen(amount), key);
        assert_eq!(pays(800, "2026-11").await.expect("recorded"), Fen(15));
        assert_eq!(pays(800, "2026-11").await.expect("known"), Fen(15), "once");
        assert_eq!(owes(&scene).await, -15, "paid too much");
        for other in [801, -800] {
            let other = pays(other, "2026-11").await;
            let same = matches!(other, Err(AppError::Conflict("the key stands for another sum")));
            assert!(same, "{other:?}");
        }
        assert_eq!(pays(-15, "back").await.expect("recorded"), Fen(0));
        assert!(matches!(pays(0, "nothing").await, Err(AppError::Invalid { .. })));
        let stranger = scene.app.partner_cleared(&anna, "api-9", Fen(1), "x").await;
        assert!(matches!(stranger, Err(AppError::NotFound("partner"))));

        let filter = LineFilter { prefix: Some(format!("partner:{OPERATOR}")), ..LineFilter::default() };
        let lines = scene.app.ledger_lines(&filter, PageRequest::default()).await.expect("read");
        let paid = lines.items.iter().filter(|line| line.event_type == "partner_cleared");
        let paid: Vec<_> = paid.map(|line| (line.amount_fen.0, line.memo.as_deref())).collect();
        assert_eq!(paid, [(15, Some("back")), (800, Some("2026-11"))], "a line each, with its receipt");

        let mut view = db.view().await.expect("a connection");
        let report = ledger::verify(view.conn()).await.expect("read");
        assert!(report.is_clean(), "{report:#?}");
    }

    async fn others_hold_their_users_money_themselves(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        scene.advance(3600);
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 3600, 523)).await;
        assert!(scene.app.partner_balances().await.expect("read").is_empty());
    }
}
