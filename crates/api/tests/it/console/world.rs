//! Organisations side by side, each with rows of its own, and accounts in them.

use super::service_rows::ServiceRows;
use crate::lab::{Lab, NOW_S, Reply};
use axum::http::Method;
use domain::org::{OrgType, Scope, place};
use domain::permission::default_tree;
use kernel::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use store::admin_sessions::NewSession;
use store::admin_users::{AdminEntry, NewAdminUser};
use store::orgs::{Org, OrgEntry};
use store::roles::RoleEntry;
use store::{admin_sessions, admin_users, cards, orgs, roles, vehicles};

/// Stands in every text of a row that belongs to somebody else.
pub(super) const FOREIGN: &str = "FOREIGN";
/// The device of the merchant that is somebody else.
pub(super) const FOREIGN_DEVICE: &str = "82210225000999";
/// The device of the merchant.
pub(super) const OWN_DEVICE: &str = "82210225000777";

pub(super) const NOW: Timestamp = Timestamp(NOW_S * 1000);

/// What there is.
pub(super) struct World {
    pub(super) lab: Lab,
    pub(super) agent: Org,
    pub(super) merchant: Org,
    pub(super) company: Org,
    pub(super) foreign: Foreign,
    /// The merchant's station.
    pub(super) station: i64,
    /// A role with every leaf, of the platform.
    pub(super) everything: i64,
    /// The same, limited to the merchant's station.
    pub(super) at_station: i64,
}

/// Ids of rows of somebody else's.
pub(super) struct Foreign {
    pub(super) org: Org,
    pub(super) order: String,
    pub(super) station: i64,
    pub(super) admin: i64,
    pub(super) role: i64,
    pub(super) session: i64,
    pub(super) operation: i64,
    pub(super) service: ServiceRows,
}

pub(super) async fn world() -> World {
    world_in(Lab::new().await).await
}

/// The same with settings of the test's own.
pub(super) async fn world_with(settings: api::Settings) -> World {
    world_in(Lab::with(settings).await).await
}

async fn world_in(lab: Lab) -> World {
    let agent = org(&lab, OrgType::Agent, 1, "agent").await;
    let merchant = org(&lab, OrgType::Merchant, agent.id, "merchant").await;
    let company = org(&lab, OrgType::Company, merchant.id, "company").await;
    let other = org(&lab, OrgType::Merchant, 1, FOREIGN).await;
    org(&lab, OrgType::Agent, 1, FOREIGN).await;
    org(&lab, OrgType::Company, other.id, FOREIGN).await;
    let all: Vec<String> = default_tree().leaves().into_iter().collect();
    let everything = role(&lab, 1, "everything", &all).await;

    let (own_station, _) = rows_of(&lab, &merchant, OWN_DEVICE, "OWN").await;
    let places = json!({ "stations": [own_station] });
    let at_station = role_at(&lab, 1, "at_station", &all, places).await;
    let (station, order) = rows_of(&lab, &other, FOREIGN_DEVICE, FOREIGN).await;
    let service = ServiceRows::of(&lab, &other, station, (FOREIGN_DEVICE, &order)).await;
    let foreign_role = role(&lab, other.id, FOREIGN, &all).await;
    let (admin, session, _) = account(&lab, &other, FOREIGN, &[foreign_role]).await;
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let operation = store::pending_operations::NewOperation {
        kind: FOREIGN.to_owned(),
        payload: json!({}),
        summary: FOREIGN.to_owned(),
        requested_by: Some(admin),
        requested_name: FOREIGN.to_owned(),
        org_path: other.path.clone(),
        expires_at: Timestamp(NOW.0 + 60_000),
    };
    let operation = store::pending_operations::insert(tx.conn(), &operation, NOW).await;
    let line = store::audit_logs::NewAuditLine {
        admin_id: Some(admin),
        actor: FOREIGN.to_owned(),
        org_id: Some(other.id),
        org_path: other.path.clone(),
        ip: None,
        action: FOREIGN.to_owned(),
        object: None,
        before: None,
        after: None,
    };
    store::audit_logs::insert(tx.conn(), &line, NOW)
        .await
        .expect("a line");
    tx.commit().await.expect("committed");
    World {
        foreign: Foreign {
            org: other,
            order,
            station,
            admin,
            role: foreign_role,
            session,
            operation: operation.expect("an operation"),
            service,
        },
        lab,
        agent,
        merchant,
        company,
        station: own_station,
        everything,
        at_station,
    }
}

/// A station with a device, an order, a card and a vehicle.
async fn rows_of(lab: &Lab, owner: &Org, device: &str, mark: &str) -> (i64, String) {
    lab.device(device, 2).await;
    let body = json!({"station_no":mark,"name":mark,"owner_org_id":owner.id});
    let reply = lab.post("/api/v1/admin/stations", body).await.expect(200);
    let station = reply.data()["station_id"].as_i64().expect("an id");
    let bind = format!("/api/v1/admin/stations/{station}/devices");
    lab.post(&bind, json!({"phy_ids":[device]}))
        .await
        .expect(200);
    let body = json!({"port_no":1,"charge_mode":1,"duration":3600,"amount":1000});
    let reply = lab.charge(device, body).await.expect(200);
    let order = reply.data()["order_no"]
        .as_str()
        .expect("a number")
        .to_owned();
    let card = json!({"card_no":format!("{mark}1"),"limit_fen":100,"holder":mark,
        "phone":"13800138000"});
    lab.post("/api/v1/admin/cards", card).await.expect(200);
    let vin = vin(mark);
    let vehicle = json!({"vin":vin,"limit_fen":100,"holder":mark,"plate":"川A12366"});
    lab.post("/api/v1/admin/vehicles", vehicle)
        .await
        .expect(200);
    let mut direct = lab.db.db.direct().await.expect("a connection");
    let number = domain::card::plain_number(&format!("{mark}1"));
    cards::set_owner(direct.conn(), &number, Some(&owner.path))
        .await
        .expect("owned");
    vehicles::set_owner(direct.conn(), &vin, Some(&owner.path))
        .await
        .expect("owned");
    (station, order)
}

/// Seventeen characters of a vehicle number.
pub(super) fn vin(mark: &str) -> String {
    let mark = mark.replace(['I', 'O', 'Q'], "0");
    format!("{mark:Z<17}")
}

pub(super) async fn org(lab: &Lab, kind: OrgType, parent: i64, name: &str) -> Org {
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let parent = orgs::find(tx.conn(), parent)
        .await
        .expect("ok")
        .expect("a parent");
    let level = place(kind, parent.kind, parent.level).expect("a place");
    let entry = OrgEntry {
        name: name.to_owned(),
        contact: None,
        phone: Some("13800138000".to_owned()),
        area_code: None,
        licence: None,
        settlement: json!({}),
        remark: None,
    };
    let id = orgs::insert(tx.conn(), kind, level, &parent, &entry, NOW)
        .await
        .expect("ok");
    let org = orgs::find(tx.conn(), id).await.expect("ok").expect("there");
    tx.commit().await.expect("committed");
    org
}

pub(super) async fn role(lab: &Lab, org: i64, code: &str, leaves: &[String]) -> i64 {
    role_at(lab, org, code, leaves, json!({})).await
}

/// A role that is limited to places.
pub(super) async fn role_at(
    lab: &Lab,
    org: i64,
    code: &str,
    leaves: &[String],
    data_scope: Value,
) -> i64 {
    let granted: BTreeSet<String> = leaves.iter().cloned().collect();
    let entry = RoleEntry {
        code: code.to_owned(),
        name: code.to_owned(),
        tree: default_tree().with(&granted),
        data_scope,
        remark: None,
    };
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let org = orgs::find(tx.conn(), org)
        .await
        .expect("ok")
        .expect("there");
    let id = roles::insert(tx.conn(), org.id, &org.path, &entry, NOW)
        .await
        .expect("ok");
    tx.commit().await.expect("committed");
    id
}

/// An account without a password, its session, and the token of that.
pub(super) async fn account(
    lab: &Lab,
    org: &Org,
    name: &str,
    role_ids: &[i64],
) -> (i64, i64, String) {
    let new = NewAdminUser {
        username: name.to_lowercase(),
        password_hash: String::new(),
        entry: AdminEntry {
            real_name: Some(name.to_owned()),
            phone: Some("13900139000".to_owned()),
            role_ids: role_ids.to_vec(),
        },
        org_id: org.id,
        org_path: org.path.clone(),
        is_super: false,
        must_change_password: false,
    };
    let token = format!("token-{name}");
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let id = admin_users::insert(tx.conn(), &new, NOW)
        .await
        .expect("an account");
    let session = NewSession {
        admin_id: id,
        token_hash: hex::encode(Sha256::digest(token.as_bytes())),
        refresh_hash: format!("refresh-{name}"),
        ip: None,
        user_agent: Some(name.to_owned()),
        expires_at: Timestamp(NOW.0 + 3_600_000),
        refresh_until: Timestamp(NOW.0 + 7_200_000),
    };
    let session = admin_sessions::insert(tx.conn(), &session, NOW)
        .await
        .expect("ok");
    tx.commit().await.expect("committed");
    (id, session, token)
}

impl World {
    /// The token of an account with exactly those leaves.
    pub(super) async fn who_may(&self, org: &Org, name: &str, leaves: &[&str]) -> String {
        let leaves: Vec<String> = leaves.iter().map(|leaf| (*leaf).to_owned()).collect();
        let role = role(&self.lab, org.id, name, &leaves).await;
        account(&self.lab, org, name, &[role]).await.2
    }

    /// The platform.
    pub(super) async fn platform(&self) -> Org {
        let mut view = self.lab.db.db.view().await.expect("a view");
        orgs::find(view.conn(), 1)
            .await
            .expect("ok")
            .expect("the platform")
    }

    /// Calls with a session.
    pub(super) async fn call(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Reply {
        let bearer = format!("Bearer {token}");
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let headers = [("Authorization", bearer.as_str())];
        self.lab.call(method, path, &headers, body).await
    }

    /// Reads with a session.
    pub(super) async fn get(&self, token: &str, path: &str) -> Reply {
        self.call(token, Method::GET, path, &Value::Null).await
    }

    /// The scope that an organisation's accounts have.
    pub(super) fn scope(org: &Org) -> Scope {
        Scope::of(org.kind, &org.path)
    }
}
