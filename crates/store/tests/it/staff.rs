use crate::fixtures::{NOW, device, later, order_no, pending, phy};
use domain::login::{Attempts, Subject};
use domain::org::{OperationMode, OrgType, Scope};
use domain::permission::default_tree;
use serde_json::json;
use store::admin_sessions::{self, NewSession};
use store::admin_users::{self, AdminEntry, AdminFilter, NewAdminUser};
use store::audit_logs::{self, AuditFilter, NewAuditLine};
use store::orgs::{self, Org, OrgEntry, OrgFilter};
use store::pending_operations::{self, NewOperation, OperationFilter, Verdict};
use store::roles::{self, RoleEntry, RoleFilter};
use store::row_owners::{self, Addressed};
use store::stations::{self, StationEntry, StationFilter};
use store::{Conn, Db, PageRequest, constraint, devices, login_attempts, orders};

fn entry(name: &str) -> OrgEntry {
    OrgEntry {
        name: name.to_owned(),
        contact: None,
        phone: Some("13800138000".to_owned()),
        area_code: Some("510100".to_owned()),
        licence: None,
        settlement: json!({}),
        remark: None,
    }
}

async fn org(mut conn: Conn<'_>, kind: OrgType, parent: i64, name: &str) -> Org {
    let parent = orgs::find(conn.again(), parent)
        .await
        .expect("ok")
        .expect("a parent");
    let level = domain::org::place(kind, parent.kind, parent.level).expect("a place");
    let id = orgs::insert(conn.again(), kind, level, &parent, &entry(name), NOW)
        .await
        .expect("an organisation");
    orgs::find(conn, id).await.expect("ok").expect("there")
}

fn station(owner: &Org, operator: Option<&Org>, number: &str) -> StationEntry {
    StationEntry {
        station_no: number.to_owned(),
        name: format!("站 {number}"),
        owner_org_id: owner.id,
        operator_org_id: operator.map(|org| org.id),
        agent_org_id: None,
        operation_mode: OperationMode::SelfSelf,
        org_path: owner.path.clone(),
        operator_path: operator.map(|org| org.path.clone()),
        area_code: None,
        address: None,
        lng: Some(104.06),
        lat: Some(30.57),
        station_type: 1,
        station_status: 50,
        service_tel: None,
        invoice_by: "platform".to_owned(),
        details: json!({}),
        remark: None,
    }
}

fn within(org: &Org) -> Scope {
    Scope::Within(org.path.clone())
}

testkit::both_engines! {
    async fn organisations_stand_in_a_tree(db: &Db) {
        let mut tx = db.begin().await.expect("a transaction");
        let root = orgs::find(tx.conn(), 1).await.expect("ok").expect("the platform");
        assert_eq!((root.kind, root.path.as_str()), (OrgType::Platform, "/1/"));
        let agent = org(tx.conn(), OrgType::Agent, 1, "代理").await;
        let below = org(tx.conn(), OrgType::Agent, agent.id, "下级").await;
        let merchant = org(tx.conn(), OrgType::Merchant, below.id, "商户").await;
        let other = org(tx.conn(), OrgType::Merchant, 1, "别家").await;
        assert_eq!(below.path, format!("/1/{}/{}/", agent.id, below.id));
        assert_eq!(below.level, Some(2));
        let list = |scope| OrgFilter { scope, ..OrgFilter::default() };
        let page = PageRequest::default();
        let all = orgs::list(tx.conn(), &list(Scope::Everything), None, page).await.expect("ok");
        assert_eq!(all.total, 5);
        let own = orgs::list(tx.conn(), &list(within(&agent)), Some("name"), page).await.expect("ok");
        assert_eq!(own.items.len(), 3);
        assert!(own.items.iter().all(|row| row.id != other.id));
        let typed = OrgFilter { kind: Some(OrgType::Merchant), ..list(within(&agent)) };
        let typed = orgs::list(tx.conn(), &typed, None, page).await.expect("ok");
        assert_eq!(typed.items[0].id, merchant.id);
        assert!(orgs::is_active(tx.conn(), &merchant.path).await.expect("ok"));
        orgs::update(tx.conn(), agent.id, "disabled", &agent.entry, NOW).await.expect("ok");
        assert!(!orgs::is_active(tx.conn(), &merchant.path).await.expect("ok"));
        assert!(orgs::is_active(tx.conn(), &other.path).await.expect("ok"));
        tx.commit().await.expect("committed");
    }

    async fn devices_and_orders_follow_their_station(db: &Db) {
        let id = device(db, "82210225000520").await;
        device(db, "82210225000521").await;
        let mut tx = db.begin().await.expect("a transaction");
        let owner = org(tx.conn(), OrgType::Merchant, 1, "业主").await;
        let operator = org(tx.conn(), OrgType::Merchant, 1, "运营商").await;
        let other = org(tx.conn(), OrgType::Merchant, 1, "别家").await;
        let first = station(&owner, None, "S1");
        let here = stations::insert(tx.conn(), &first, NOW).await.expect("a station");
        let found = stations::find(tx.conn(), here).await.expect("ok").expect("there");
        assert_eq!(found.entry, first);
        let phy_ids = [phy("82210225000520"), phy("1")];
        assert_eq!(stations::take_devices(tx.conn(), here, &phy_ids, NOW).await.expect("ok"), 1);
        let run = station(&owner, Some(&operator), "S1");
        stations::update(tx.conn(), here, &run, later(1)).await.expect("ok");
        orders::insert(tx.conn(), &mut pending("THD1729407600001", id, 1)).await.expect("an order");
        let page = PageRequest::default();
        for (who, sees) in [(&owner, 1), (&operator, 1), (&other, 0)] {
            let filter = devices::DeviceFilter { scope: within(who), ..Default::default() };
            assert_eq!(devices::list(tx.conn(), &filter, None, page).await.expect("ok").total, sees);
            let filter = orders::OrderFilter { scope: within(who), ..Default::default() };
            assert_eq!(orders::list(tx.conn(), &filter, None, page).await.expect("ok").total, sees);
            let filter = StationFilter { scope: within(who), ..Default::default() };
            assert_eq!(stations::list(tx.conn(), &filter, None, page).await.expect("ok").total, sees);
        }
        let at = |limit: &[i64]| {
            let limit = Some(limit.iter().copied().collect());
            Scope::narrowed(OrgType::Platform, "/1/", std::collections::BTreeSet::default(), limit)
        };
        let shown = Scope::narrowed(OrgType::Merchant, &other.path, [here].into(), None);
        for (scope, sees) in [(at(&[here]), 1), (at(&[here + 1]), 0), (at(&[]), 0), (shown, 1)] {
            let filter = devices::DeviceFilter { scope: scope.clone(), ..Default::default() };
            assert_eq!(devices::list(tx.conn(), &filter, None, page).await.expect("ok").total, sees);
            let filter = orders::OrderFilter { scope: scope.clone(), ..Default::default() };
            assert_eq!(orders::list(tx.conn(), &filter, None, page).await.expect("ok").total, sees);
            let filter = StationFilter { scope: scope.clone(), ..Default::default() };
            assert_eq!(stations::list(tx.conn(), &filter, None, page).await.expect("ok").total, sees);
            let filter = OrgFilter { scope: scope.clone(), ..Default::default() };
            let orgs = orgs::list(tx.conn(), &filter, None, page).await.expect("ok").total;
            assert_eq!(orgs, i64::from(scope.path() == Some(other.path.as_str())));
            let seen = row_owners::is_seen(tx.conn(), Addressed::Device, "82210225000520", &scope);
            assert_eq!(seen.await.expect("ok"), sees == 1);
        }
        let no = order_no("THD1729407600001").to_string();
        for (what, key) in [(Addressed::Device, "82210225000520"), (Addressed::Order, no.as_str())] {
            let owners = row_owners::of(tx.conn(), what, key).await.expect("ok").remove(0);
            assert_eq!(owners.station_id, Some(here));
            assert_eq!(owners.org_path.as_deref(), Some(owner.path.as_str()));
            assert_eq!(owners.operator_path.as_deref(), Some(operator.path.as_str()));
        }
        devices::set_station(tx.conn(), id, None, NOW).await.expect("ok");
        let owners = row_owners::of(tx.conn(), Addressed::Device, "82210225000520").await;
        assert_eq!(owners.expect("ok")[0].org_path.as_deref(), Some("/1/"));
        tx.commit().await.expect("committed");
        let mut tx = db.begin().await.expect("a transaction");
        let twice = stations::insert(tx.conn(), &first, NOW).await.expect_err("taken");
        assert!(twice.violates(constraint::STATION_NO));
    }

    async fn every_address_has_a_question(db: &Db) {
        let mut view = db.view().await.expect("a view");
        for what in [
            Addressed::Device, Addressed::Order, Addressed::Card, Addressed::Vehicle,
            Addressed::Occupancy, Addressed::Station, Addressed::Org, Addressed::Admin,
            Addressed::Role, Addressed::Session, Addressed::Operation, Addressed::Tariff,
            Addressed::Rule,
        ] {
            for key in ["77", "x", "' or 1=1 --"] {
                assert_eq!(row_owners::of(view.conn(), what, key).await.expect("ok"), []);
            }
        }
    }

    async fn roles_keep_their_tree(db: &Db) {
        let mut tx = db.begin().await.expect("a transaction");
        let merchant = org(tx.conn(), OrgType::Merchant, 1, "商户").await;
        let leaf = "order.charge.view".to_owned();
        let role = RoleEntry {
            code: "clerk".to_owned(),
            name: "客服".to_owned(),
            tree: default_tree().with(&[leaf.clone()].into()),
            data_scope: json!({}),
            remark: None,
        };
        let id = roles::insert(tx.conn(), merchant.id, &merchant.path, &role, NOW).await.expect("ok");
        let found = roles::find(tx.conn(), id).await.expect("ok").expect("there");
        assert_eq!(found.tree, role.tree);
        let held = roles::held(tx.conn(), &[id, 99]).await.expect("ok");
        assert_eq!(held.granted, [leaf].into());
        assert_eq!(held.limit, None);
        let version = found.tree.version;
        assert!(roles::older_than(tx.conn(), version).await.expect("ok").is_empty());
        assert_eq!(roles::older_than(tx.conn(), version + 1).await.expect("ok").len(), 1);
        let page = PageRequest::default();
        let filter = RoleFilter { scope: within(&merchant), ..RoleFilter::default() };
        let alone = roles::list(tx.conn(), &filter, None, page).await.expect("ok");
        assert_eq!((alone.total, alone.items[0].members), (1, 0));
        let user = NewAdminUser {
            username: "clerk".to_owned(),
            password_hash: "x".to_owned(),
            entry: AdminEntry { role_ids: vec![id], ..AdminEntry::default() },
            org_id: merchant.id,
            org_path: merchant.path.clone(),
            is_super: false,
            must_change_password: true,
        };
        let user_id = admin_users::insert(tx.conn(), &user, NOW).await.expect("ok");
        assert_eq!(admin_users::with_role(tx.conn(), id).await.expect("ok"), 1);
        let shared = roles::list(tx.conn(), &filter, None, page).await.expect("ok");
        assert_eq!((shared.items[0].role.id, shared.items[0].members), (id, 1));
        assert_eq!(admin_users::with_role(tx.conn(), id + 1).await.expect("ok"), 0);
        assert!(!admin_users::has_super(tx.conn()).await.expect("ok"));
        admin_users::make_super(tx.conn(), user_id, NOW).await.expect("ok");
        assert!(admin_users::has_super(tx.conn()).await.expect("ok"));
        admin_users::set_enabled(tx.conn(), user_id, false, NOW).await.expect("ok");
        let row = admin_users::find_by_name(tx.conn(), "clerk").await.expect("ok").expect("there");
        assert_eq!((row.role_ids.as_slice(), row.enabled, row.is_super), (&[id][..], false, true));
        let off = AdminFilter { enabled: Some(false), scope: within(&merchant), ..Default::default() };
        assert_eq!(admin_users::list(tx.conn(), &off, None, page).await.expect("ok").total, 1);
        assert!(admin_users::use_totp_step(tx.conn(), user_id, 5).await.expect("ok"));
        assert!(!admin_users::use_totp_step(tx.conn(), user_id, 5).await.expect("ok"));
        tx.commit().await.expect("committed");
        let mut tx = db.begin().await.expect("a transaction");
        let twice = roles::insert(tx.conn(), merchant.id, &merchant.path, &role, NOW).await;
        assert!(twice.expect_err("taken").violates(constraint::ROLE_CODE));
        drop(tx);
        let mut tx = db.begin().await.expect("a transaction");
        let twice = admin_users::insert(tx.conn(), &user, NOW).await.expect_err("taken");
        assert!(twice.violates(constraint::ADMIN_USERNAME));
    }

    async fn sessions_end(db: &Db) {
        let mut tx = db.begin().await.expect("a transaction");
        let user = NewAdminUser {
            username: "a".to_owned(),
            password_hash: "x".to_owned(),
            entry: AdminEntry::default(),
            org_id: 1,
            org_path: "/1/".to_owned(),
            is_super: false,
            must_change_password: false,
        };
        let admin = admin_users::insert(tx.conn(), &user, NOW).await.expect("ok");
        let new = |token: &str| NewSession {
            admin_id: admin,
            token_hash: token.to_owned(),
            refresh_hash: format!("r{token}"),
            ip: Some("203.0.113.7".to_owned()),
            user_agent: None,
            expires_at: later(60),
            refresh_until: later(600),
        };
        let first = admin_sessions::insert(tx.conn(), &new("1"), NOW).await.expect("ok");
        let second = admin_sessions::insert(tx.conn(), &new("2"), NOW).await.expect("ok");
        let good = admin_sessions::find_by_token(tx.conn(), "1", later(59)).await.expect("ok");
        assert_eq!(good.map(|session| session.id), Some(first));
        assert_eq!(admin_sessions::find_by_token(tx.conn(), "1", later(60)).await.expect("ok"), None);
        assert_eq!(admin_sessions::find_by_token(tx.conn(), "r1", NOW).await.expect("ok"), None);
        let by = admin_sessions::find_by_refresh(tx.conn(), "r1").await.expect("ok");
        assert_eq!(by.map(|session| session.id), Some(first));
        let ended = admin_sessions::end_all(tx.conn(), admin, Some(second), "password", NOW).await;
        assert_eq!(ended.expect("ok"), 1);
        assert_eq!(admin_sessions::find_by_token(tx.conn(), "1", NOW).await.expect("ok"), None);
        assert!(admin_sessions::end(tx.conn(), second, "logout", NOW).await.expect("ok"));
        assert!(!admin_sessions::end(tx.conn(), second, "logout", NOW).await.expect("ok"));
        let page = admin_sessions::list(tx.conn(), admin, PageRequest::default()).await.expect("ok");
        assert_eq!(page.total, 2);
        assert_eq!(admin_sessions::purge(tx.conn(), later(1)).await.expect("ok"), 2);
        let failed = Attempts::default().failed(Subject::Name, NOW);
        login_attempts::put(tx.conn(), "name:a", &failed, NOW).await.expect("ok");
        assert_eq!(login_attempts::find(tx.conn(), "name:a").await.expect("ok"), failed);
        assert!(login_attempts::clear(tx.conn(), "name:a").await.expect("ok"));
        assert_eq!(login_attempts::purge(tx.conn(), later(1)).await.expect("ok"), 0);
        tx.commit().await.expect("committed");
    }

    async fn what_was_done_and_what_waits(db: &Db) {
        let mut tx = db.begin().await.expect("a transaction");
        let line = NewAuditLine {
            admin_id: Some(1),
            actor: "admin".to_owned(),
            org_id: Some(1),
            org_path: "/1/".to_owned(),
            ip: None,
            action: "role.edit".to_owned(),
            object: Some("role:1".to_owned()),
            before: None,
            after: Some(json!({ "name": "x" })),
        };
        audit_logs::insert(tx.conn(), &line, NOW).await.expect("ok");
        let page = PageRequest::default();
        let filter = AuditFilter { action: Some("role.edit".to_owned()), ..AuditFilter::default() };
        let rows = audit_logs::list(tx.conn(), &filter, page).await.expect("ok");
        assert_eq!((rows.total, rows.items[0].after.clone()), (1, line.after.clone()));
        let number = "THD1729407600001";
        for object in [
            "order:THD1729407600001", "/api/v1/admin/orders/THD1729407600001/cancel",
            "/api/v1/admin/orders/THD17294076000012/cancel", "order:THD1729407600002",
        ] {
            let line = NewAuditLine { object: Some(object.to_owned()), ..line.clone() };
            audit_logs::insert(tx.conn(), &line, NOW).await.expect("ok");
        }
        for (since, scope, found) in [
            (NOW, Scope::Everything, 2), (later(1), Scope::Everything, 0),
            (NOW, Scope::Within("/1/9/".to_owned()), 0),
        ] {
            let lines = audit_logs::of_order(tx.conn(), number, since, &scope, page).await;
            assert_eq!(lines.expect("ok").total, found);
        }
        let foreign = AuditFilter { scope: Scope::Within("/1/9/".to_owned()), ..AuditFilter::default() };
        assert_eq!(audit_logs::list(tx.conn(), &foreign, page).await.expect("ok").total, 0);
        let new = NewOperation {
            kind: "admin.make_super".to_owned(),
            payload: json!({ "admin_id": 1 }),
            summary: "x".to_owned(),
            requested_by: Some(1),
            requested_name: "admin".to_owned(),
            org_path: "/1/".to_owned(),
            expires_at: later(60),
        };
        let id = pending_operations::insert(tx.conn(), &new, NOW).await.expect("ok");
        pending_operations::insert(tx.conn(), &new, NOW).await.expect("ok");
        let verdict = Verdict {
            state: "approved",
            by: Some(2),
            name: "other",
            reason: None,
            result: Some(json!({})),
        };
        assert!(pending_operations::decide(tx.conn(), id, &verdict, NOW).await.expect("ok"));
        assert!(!pending_operations::decide(tx.conn(), id, &verdict, NOW).await.expect("ok"));
        assert_eq!(pending_operations::expire(tx.conn(), later(60)).await.expect("ok"), 1);
        let row = pending_operations::lock(tx.conn(), id).await.expect("ok").expect("there");
        assert_eq!((row.state.as_str(), row.decided_by), ("approved", Some(2)));
        let filter = OperationFilter { state: Some("expired".to_owned()), ..Default::default() };
        assert_eq!(pending_operations::list(tx.conn(), &filter, page).await.expect("ok").total, 1);
        assert_eq!(audit_logs::purge(tx.conn(), later(1)).await.expect("ok"), 5);
        tx.commit().await.expect("committed");
    }
}
