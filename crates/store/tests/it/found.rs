//! What lists are narrowed and sorted by, on both engines.

use crate::fixtures::{NOW, device, later, order_no, pending};
use domain::order::{NumberPart, Order, OrderSource, OrderStatus, PayStatus};
use domain::org::{OrgType, Scope};
use domain::payer::Payer;
use kernel::{Energy, Fen, MemberId, OrgId};
use serde_json::json;
use store::admin_users::{self, AdminEntry, AdminFilter, NewAdminUser};
use store::api_keys::{self, KeyEntry};
use store::login_attempts;
use store::member_sessions::{self, NewCode};
use store::members;
use store::order_facts;
use store::orders::{self, OrderFilter};
use store::orgs::{self, Org, OrgEntry, OrgFilter};
use store::{Conn, Db, PageRequest};

async fn org(mut conn: Conn<'_>, kind: OrgType, parent: i64, name: &str) -> Org {
    let parent = orgs::find(conn.again(), parent)
        .await
        .expect("ok")
        .expect("a parent");
    let level = domain::org::place(kind, parent.kind, parent.level).expect("a place");
    let entry = OrgEntry {
        name: name.to_owned(),
        contact: None,
        phone: None,
        area_code: None,
        licence: None,
        settlement: json!({}),
        remark: None,
    };
    let id = orgs::insert(conn.again(), kind, level, &parent, &entry, NOW)
        .await
        .expect("an organisation");
    orgs::find(conn, id).await.expect("ok").expect("there")
}

fn numbers(page: store::Page<Order>) -> Vec<String> {
    let all = page.items.into_iter();
    all.map(|order| order.order_no.to_string()).collect()
}

testkit::both_engines! {
    async fn orders_are_found_by_what_the_staff_knows(db: &Db) {
        let id = device(db, "82210225000520").await;
        let mut tx = db.begin().await.expect("a transaction");
        let merchant = org(tx.conn(), OrgType::Merchant, 1, "商户").await;
        let company = org(tx.conn(), OrgType::Company, merchant.id, "公司").await;
        let member = members::register(tx.conn(), "13800138000", NOW).await.expect("registered");
        let made = [
            ("APP1729407600001", Payer::Wallet { member }, 100, 10_000),
            ("APP1729407601002", Payer::Company { org: OrgId(company.id), member: Some(member) }, 300, 30_000),
            ("THD1729407602003", Payer::Wallet { member: MemberId(member.0 + 1) }, 200, 20_000),
        ];
        for (port, (number, payer, fen, e4)) in (1_u16..).zip(made) {
            let mut order = Order {
                status: OrderStatus::Completed,
                source: if number.starts_with("APP") { OrderSource::App } else { OrderSource::Third },
                payer: Some(Box::new(payer)),
                final_amount: Some(Fen(fen)),
                energy: Energy(e4),
                duration_s: fen,
                created_at: later(i64::from(port)),
                ..pending(number, id, port)
            };
            orders::insert(tx.conn(), &mut order).await.expect("an order");
        }
        let [first, second, third] = made_numbers();
        let page = PageRequest::default();
        let all = OrderFilter::default;
        let part = |text: &str| NumberPart::parse(text);
        for (filter, sort, found) in [
            (OrderFilter { number: part("APP172"), ..all() }, None, vec![second, first]),
            (OrderFilter { number: part(second), ..all() }, None, vec![second]),
            (OrderFilter { number: part("601002"), ..all() }, None, vec![second]),
            (OrderFilter { number: part("29407602003"), ..all() }, None, vec![third]),
            (OrderFilter { number: part("11407602003"), ..all() }, None, vec![]),
            (OrderFilter { phone: Some("13800138000".to_owned()), ..all() }, None, vec![second, first]),
            (OrderFilter { source: Some(OrderSource::Third), ..all() }, None, vec![third]),
            (OrderFilter { pay_status: Some(PayStatus::Owed), ..all() }, None, vec![]),
            (OrderFilter { station: Some(7), ..all() }, None, vec![]),
            (OrderFilter { owner: Some(OrgId(merchant.id)), ..all() }, None, vec![]),
            (OrderFilter { owner: Some(OrgId(999)), ..all() }, None, vec![]),
            (OrderFilter { created_from: Some(later(2)), ..all() }, Some("created_at"), vec![second, third]),
            (all(), Some("created_at"), vec![first, second, third]),
            (all(), Some("-final_amount"), vec![second, third, first]),
            (all(), Some("final_amount"), vec![first, third, second]),
            (all(), Some("-total_kwh"), vec![second, third, first]),
            (all(), Some("duration_sec"), vec![first, third, second]),
            (OrderFilter { scope: Scope::Within(company.path.clone()), ..all() }, None, vec![second]),
            (OrderFilter { scope: Scope::Within(merchant.path.clone()), ..all() }, None, vec![]),
        ] {
            let list = orders::list(tx.conn(), &filter, sort, page).await.expect("ok");
            assert_eq!(list.total, i64::try_from(found.len()).expect("few"), "{filter:?}");
            assert_eq!(numbers(list), found, "{filter:?} {sort:?}");
        }
        let facts = order_facts::of(tx.conn(), &[order_no(second)]).await.expect("ok").remove(0);
        assert_eq!((facts.member_phone.as_deref(), facts.company.as_deref()), (Some("13800138000"), Some("公司")));
        assert_eq!((facts.pay_mode.as_deref(), facts.pay_status), (Some("company"), None));
        let nobody = order_facts::payees(tx.conn(), &[order_no(second)], &Scope::Everything).await;
        assert_eq!(nobody.expect("ok"), []);
        tx.commit().await.expect("committed");
    }

    async fn accounts_organisations_keys_and_codes_are_found(db: &Db) {
        let mut tx = db.begin().await.expect("a transaction");
        for (name, roles) in [("anna", vec![3, 4]), ("bert", vec![4]), ("carl", vec![])] {
            let new = NewAdminUser {
                username: name.to_owned(),
                password_hash: String::new(),
                entry: AdminEntry { role_ids: roles, ..AdminEntry::default() },
                org_id: 1,
                org_path: "/1/".to_owned(),
                is_super: false,
                must_change_password: false,
            };
            admin_users::insert(tx.conn(), &new, NOW).await.expect("an account");
        }
        let page = PageRequest::default();
        for (role, total) in [(3, 1), (4, 2), (5, 0)] {
            let filter = AdminFilter { role_id: Some(role), ..AdminFilter::default() };
            assert_eq!(admin_users::list(tx.conn(), &filter, None, page).await.expect("ok").total, total);
        }
        let locked = domain::login::Attempts {
            failures: 5,
            locked_until: Some(later(60)),
            ..domain::login::Attempts::default()
        };
        login_attempts::put(tx.conn(), "name:bert", &locked, NOW).await.expect("ok");
        let names = ["name:anna".to_owned(), "name:bert".to_owned()];
        let locks = login_attempts::locks(tx.conn(), &names, NOW).await.expect("ok");
        assert_eq!((locks.len(), locks[0].subject.as_str()), (1, "name:bert"));
        assert_eq!(login_attempts::locks(tx.conn(), &names, later(60)).await.expect("ok"), []);

        org(tx.conn(), OrgType::Merchant, 1, r"100% Power_\").await;
        org(tx.conn(), OrgType::Merchant, 1, "天府商户").await;
        for (part, total) in [("power", 1), ("商户", 1), ("%", 1), ("_", 1), (r"\", 1), ("0%p", 0)] {
            let filter = OrgFilter { name: Some(part.to_owned()), ..OrgFilter::default() };
            assert_eq!(orgs::list(tx.conn(), &filter, None, page).await.expect("ok").total, total, "{part}");
        }

        let mut entry = KeyEntry {
            name: "partner".to_owned(),
            require_hmac: false,
            ip_allow: json!([]),
            device_allow: json!([]),
            scopes: json!([]),
            rate: None,
            webhook_url: None,
            settle_via_platform: None,
        };
        let key = api_keys::insert(tx.conn(), ("k", "s"), &entry, NOW).await.expect("a key");
        for (said, settles) in [(None, false), (Some(true), true), (None, true), (Some(false), false)] {
            entry.settle_via_platform = said;
            api_keys::update(tx.conn(), key, &entry, NOW).await.expect("ok");
            let row = api_keys::find(tx.conn(), key).await.expect("ok").expect("there");
            assert_eq!(row.settle_via_platform, settles, "{said:?}");
        }

        for seconds in [0, 60] {
            let code = NewCode { phone: "13800138000", purpose: "login", hash: "x", ip: None, until: later(300) };
            member_sessions::insert_code(tx.conn(), &code, later(seconds)).await.expect("ok");
        }
        for (but, at) in [(0, Some(later(60))), (1, Some(NOW)), (2, None)] {
            let sent = member_sessions::code_before(tx.conn(), "13800138000", but).await;
            assert_eq!(sent.expect("ok"), at);
        }
        tx.commit().await.expect("committed");
    }
}

const fn made_numbers() -> [&'static str; 3] {
    ["APP1729407600001", "APP1729407601002", "THD1729407602003"]
}
