//! Rows of marketing and service that belong to a merchant.

use super::world::{FOREIGN, NOW};
use crate::every_operation::marketing::invoice;
use crate::lab::Lab;
use app::staff::Actor;
use app::{MuteWish, TicketWish};
use domain::document_no::{DocumentKind, DocumentNo};
use domain::feedback::TicketLevel;
use domain::invoice::InvoiceState;
use domain::org::OrgType;
use domain::picture::{PictureUse, name_of};
use domain::promotion::{Alloc, CouponKind, CouponLimits, FundedBy, PriceCut, ValidRule, Validity};
use kernel::{BasisPoints, Fen, MemberId, StationId};
use serde_json::json;
use std::time::Duration;
use store::activities::NewActivity;
use store::alarms::{self, NewAlarm};
use store::complaints::{self, NewComplaint};
use store::coupons::NewCoupon;
use store::fault_reports::{self, NewFault};
use store::orgs::Org;
use store::reviews::{self, NewReview};
use store::{coupon_grants, coupons, devices, invoices, members, pictures};

/// Their ids, by the names that paths give them.
pub(super) struct ServiceRows(Vec<(&'static str, String)>);

impl ServiceRows {
    /// The row that a part of a path names.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, id)| id.clone())
    }

    /// One of each, of a merchant with that station, device and order.
    pub(super) async fn of(
        lab: &Lab,
        owner: &Org,
        station: i64,
        (device, order_no): (&str, &str),
    ) -> Self {
        let actor = Actor {
            org_id: owner.id,
            org_type: OrgType::Merchant,
            org_path: owner.path.clone(),
            is_super: false,
            ..Actor::trusted(FOREIGN)
        };
        let places = Some(vec![StationId(station)]);
        let activity = NewActivity {
            name: FOREIGN.to_owned(),
            cut: PriceCut::ServiceDiscountBp {
                off_bp: BasisPoints(1000),
            },
            funded_by: FundedBy::Merchant,
            stations: places.clone(),
            valid: Validity {
                from: NOW,
                until: NOW + Duration::from_hours(1),
            },
            priority: 0,
        };
        let activity = lab.app.create_activity(&actor, &activity).await;
        let coupon = NewCoupon {
            name: FOREIGN.to_owned(),
            kind: CouponKind::Cash { value: Fen(100) },
            threshold: Fen::ZERO,
            alloc: Alloc::ServiceFirst,
            funded_by: FundedBy::Merchant,
            limits: CouponLimits {
                stations: places,
                ..CouponLimits::default()
            },
            valid: ValidRule::Days { days: 7 },
            stock: Some(10),
            per_user: None,
            claimable: false,
        };
        let coupon = lab.app.create_coupon(&actor, &coupon).await;
        let coupon = coupon.expect("a coupon").id;
        let until = NOW + Duration::from_hours(1);
        let batch = lab
            .app
            .make_codes(&actor, coupon, 1, until, Some(FOREIGN))
            .await;

        let mut tx = lab.db.db.begin().await.expect("a transaction");
        let member = members::register(tx.conn(), "13700137000", NOW).await;
        let member = member.expect("a member");
        tx.commit().await.expect("committed");
        let picture = picture(lab, member, &owner.path).await;

        let mut tx = lab.db.db.begin().await.expect("a transaction");
        let row = coupons::take_one(tx.conn(), coupon).await.expect("ok");
        let valid = row.expect("one is left").says.valid.of(NOW);
        let grant = coupon_grants::insert(tx.conn(), coupon, member, valid, FOREIGN, NOW).await;
        let order = order_no.parse().expect("an order");
        let review = NewReview {
            order_no: order,
            member_id: member.0,
            stars: 1,
            tags: Vec::new(),
            text: FOREIGN.to_owned(),
            images: Vec::new(),
        };
        let review = reviews::insert(tx.conn(), &review, NOW).await.expect("ok");
        let fault = NewFault {
            member_id: member.0,
            phy_id: device.parse().expect("an id"),
            port_no: None,
            kind: "other".to_owned(),
            text: FOREIGN.to_owned(),
            images: Vec::new(),
            level: TicketLevel::Minor,
            due_at: NOW,
        };
        let fault = fault_reports::insert(tx.conn(), &fault, NOW).await;
        let complaint = NewComplaint {
            member_id: member.0,
            order_no: order,
            kind: "other".to_owned(),
            text: FOREIGN.to_owned(),
            images: Vec::new(),
        };
        let complaint = complaints::insert(tx.conn(), &complaint, NOW).await;
        let number = DocumentNo::compose(DocumentKind::Invoice, NOW, 77, 0).expect("a number");
        let mut paper = invoice(number, InvoiceState::Issued, lab);
        paper.org_path.clone_from(&owner.path);
        FOREIGN.clone_into(&mut paper.title.title);
        invoices::insert(tx.conn(), &paper, NOW).await.expect("ok");
        tx.commit().await.expect("committed");
        let some = |id: Option<i64>| id.expect("a row").to_string();
        Self(vec![
            ("activity_id", activity.expect("an activity").id.to_string()),
            ("coupon_id", coupon.to_string()),
            ("batch_id", batch.expect("a batch").id.to_string()),
            ("grant_id", grant.expect("a grant").to_string()),
            ("review_id", some(review)),
            ("fault_id", some(fault.expect("ok"))),
            ("complaint_id", some(complaint.expect("ok"))),
            ("picture", picture),
            ("req_no", paper.req_no.to_string()),
            ("member_id", member.0.to_string()),
            ("alarm_id", alarm(lab, device).await.to_string()),
            ("mute_id", mute(lab, &actor, device).await.to_string()),
            ("ticket_id", ticket(lab, &actor, device).await.to_string()),
        ])
    }
}

async fn alarm(lab: &Lab, device: &str) -> i64 {
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let phy_id = device.parse().expect("an id");
    let row = devices::find_by_phy_id(tx.conn(), &phy_id).await;
    let alarm = NewAlarm {
        code: "port_fault".to_owned(),
        level: "C".to_owned(),
        object_type: "device".to_owned(),
        object_id: device.to_owned(),
        device_id: row.expect("read").map(|device| device.id),
        port_no: None,
        order_no: None,
        message: FOREIGN.to_owned(),
        details: json!({}),
        at: NOW,
    };
    let row = alarms::raise(tx.conn(), &alarm).await.expect("raised");
    tx.commit().await.expect("committed");
    row.id
}

async fn mute(lab: &Lab, actor: &Actor, device: &str) -> i64 {
    let wish = MuteWish {
        code: None,
        station_id: None,
        phy_id: Some(device.parse().expect("an id")),
        alarm_id: None,
        starts_at: None,
        ends_at: NOW + Duration::from_hours(1),
        reason: FOREIGN.to_owned(),
    };
    lab.app.mute(actor, &wish).await.expect("muted").id
}

async fn ticket(lab: &Lab, actor: &Actor, device: &str) -> i64 {
    let wish = TicketWish {
        title: FOREIGN.to_owned(),
        text: String::new(),
        phy_id: Some(device.parse().expect("an id")),
        port_no: None,
        station_id: None,
        report_id: None,
        level: TicketLevel::Minor,
    };
    let made = lab.app.write_ticket(actor, &wish).await;
    made.expect("a ticket").id
}

async fn picture(lab: &Lab, member: MemberId, path: &str) -> String {
    let kept = lab.app.keep_picture(member, b"\xff\xd8\xff\xe0JFIF").await;
    let address = kept.expect("kept");
    let name = name_of(&address).expect("a name").to_owned();
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let used = pictures::attach(tx.conn(), &name, member, PictureUse::Fault, path).await;
    assert!(used.expect("ok"));
    tx.commit().await.expect("committed");
    name
}
