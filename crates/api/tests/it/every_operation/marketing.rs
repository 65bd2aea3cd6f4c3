//! Marketing, service and invoices at the console.

use super::{Case, act, read, write};
use crate::lab::{DEVICE, Lab};
use app::staff::Actor;
use axum::http::Method;
use domain::document_no::{DocumentKind, DocumentNo};
use domain::feedback::TicketLevel;
use domain::invoice::{BuyerKind, InvoiceColor, InvoiceKind, InvoiceState, InvoiceTitle, Seller};
use domain::picture::{PictureUse, name_of};
use kernel::{Fen, MemberId, OrgId};
use serde_json::json;
use std::time::Duration;
use store::complaints::{self, NewComplaint};
use store::fault_reports::{self, NewFault};
use store::invoices::Invoice;
use store::reviews::{self, NewReview};
use store::{invoices, members, pictures};

/// What the cases need to exist.
pub(super) struct Stock {
    member: MemberId,
    review: i64,
    fault: i64,
    complaint: i64,
    fault_picture: String,
    review_picture: String,
    /// Invoices that wait, one for each verb that changes them.
    waiting: Vec<String>,
    issued: String,
    failed: String,
}

/// An invoice of the platform's.
pub(crate) fn invoice(req_no: DocumentNo, state: InvoiceState, lab: &Lab) -> Invoice {
    let issued = state == InvoiceState::Issued;
    Invoice {
        id: 0,
        req_no,
        member: None,
        seller_org: OrgId(1),
        org_path: "/1/".to_owned(),
        seller: Seller {
            name: "平台".to_owned(),
            tax_no: "91510100MA6CXXXX0X".to_owned(),
            ..Seller::default()
        },
        color: InvoiceColor::Blue,
        title: InvoiceTitle {
            kind: InvoiceKind::General,
            buyer_kind: BuyerKind::Company,
            title: "某某公司".to_owned(),
            tax_no: Some("91510100MA6CYYYY0Y".to_owned()),
            address_phone: None,
            bank_account: None,
            email: Some("buyer@example.com".to_owned()),
            mobile: None,
        },
        amount: Fen(785),
        tax: Fen(90),
        remark: None,
        state,
        invoice_no: issued.then(|| "26000000000000000001".to_owned()),
        issued_at: issued.then(|| lab.app.now()),
        files: Vec::new(),
        fail_reason: None,
        original_req_no: None,
        original_invoice_no: None,
        replaces_req_no: None,
        red_status: None,
        red_reason: None,
        after_red: None,
        red_when_issued: false,
        mailed_at: None,
        mail_error: None,
        created_at: lab.app.now(),
        updated_at: lab.app.now(),
    }
}

pub(super) async fn stock(lab: &Lab, order_no: &str) -> Stock {
    let now = lab.app.now();
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let member = members::register(tx.conn(), "13700137000", now)
        .await
        .expect("made");
    let order = order_no.parse().expect("an order");
    let says = NewReview {
        order_no: order,
        member_id: member.0,
        stars: 4,
        tags: Vec::new(),
        text: "好".to_owned(),
        images: Vec::new(),
    };
    let review = reviews::insert(tx.conn(), &says, now).await.expect("ok");
    let says = NewFault {
        member_id: member.0,
        phy_id: DEVICE.parse().expect("an id"),
        port_no: Some(1),
        kind: "plug".to_owned(),
        text: "坏了".to_owned(),
        images: Vec::new(),
        level: TicketLevel::Major,
        due_at: TicketLevel::Major.due(now),
    };
    let fault = fault_reports::insert(tx.conn(), &says, now).await;
    let says = NewComplaint {
        member_id: member.0,
        order_no: order,
        kind: "billing".to_owned(),
        text: "多扣了".to_owned(),
        images: Vec::new(),
    };
    let complaint = complaints::insert(tx.conn(), &says, now).await.expect("ok");
    let mut numbers = Vec::new();
    for serial in 0..4 {
        // Of the day before: today's numbers are the application's.
        let yesterday = now - Duration::from_hours(24);
        let number = DocumentNo::compose(DocumentKind::Invoice, yesterday, 1 + serial, 0);
        numbers.push(number.expect("a number"));
    }
    let states = [
        InvoiceState::Submitted,
        InvoiceState::Submitted,
        InvoiceState::Issued,
        InvoiceState::Failed,
    ];
    for (number, state) in numbers.iter().zip(states) {
        let new = invoice(number.clone(), state, lab);
        invoices::insert(tx.conn(), &new, now).await.expect("made");
        invoices::update(tx.conn(), &new, now)
            .await
            .expect("written");
    }
    tx.commit().await.expect("committed");
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    Stock {
        member,
        review: review.expect("a review"),
        fault: fault.expect("ok").expect("a report"),
        complaint: complaint.expect("a complaint"),
        fault_picture: picture(lab, member, PictureUse::Fault).await,
        review_picture: picture(lab, member, PictureUse::Review).await,
        waiting: numbers[..2].to_vec(),
        issued: numbers[2].clone(),
        failed: numbers[3].clone(),
    }
}

async fn picture(lab: &Lab, member: MemberId, used_in: PictureUse) -> String {
    let kept = lab.app.keep_picture(member, b"\xff\xd8\xff\xe0JFIF").await;
    let address = kept.expect("kept");
    let name = name_of(&address).expect("a name").to_owned();
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let used = pictures::attach(tx.conn(), &name, member, used_in, "/1/").await;
    assert!(used.expect("ok"));
    tx.commit().await.expect("committed");
    name
}

pub(super) async fn cases(lab: &Lab, order_no: &str) -> Vec<Case> {
    let stock = stock(lab, order_no).await;
    let mut cases = marketing(&stock);
    cases.extend(coupons(lab, &stock).await);
    cases.extend(service(&stock));
    cases.extend(of_invoices(&stock));
    cases.extend(of_members(&stock));
    cases
}

fn marketing(_: &Stock) -> Vec<Case> {
    let admin = "/api/v1/admin";
    let one = format!("{admin}/activities/1");
    let activity = r#"{"name":"春季","cut":{"type":"service_discount_bp","off_bp":2000},"funded_by":"platform","valid_from":1729400000,"valid_until":1739400000}"#;
    let banner = r#"{"title":"夏季","image":"https://example.com/a.png","place":"home","valid_from":1729400000,"valid_until":1739400000}"#;
    let rules = r#"{"rules":{"points_cap":2000,"points_per_yuan":2},"levels":[]}"#;
    vec![
        write(
            "create_activity",
            Method::POST,
            &format!("{admin}/activities"),
            activity,
            &activity.replace("2000", "20000"),
        ),
        read(
            "list_activities",
            format!("{admin}/activities?open=true"),
            Some(("/api/v1/admin/activities?funded_by=x", 400)),
        ),
        read(
            "show_activity",
            one.clone(),
            Some(("/api/v1/admin/activities/9", 404)),
        ),
        write(
            "change_activity",
            Method::PUT,
            &one,
            activity,
            &activity.replace("1739400000", "1"),
        ),
        act(
            "publish_activity",
            Method::POST,
            &format!("{one}/publish"),
            Some("/api/v1/admin/activities/9/publish"),
        ),
        act(
            "close_activity",
            Method::POST,
            &format!("{one}/close"),
            Some("/api/v1/admin/activities/9/close"),
        ),
        write(
            "add_banner",
            Method::POST,
            &format!("{admin}/banners"),
            banner,
            &banner.replace("https", "http"),
        ),
        read(
            "list_banners",
            format!("{admin}/banners?place=home"),
            Some(("/api/v1/admin/banners?place=x", 422)),
        ),
        write(
            "change_banner",
            Method::PUT,
            &format!("{admin}/banners/1"),
            banner,
            &banner.replace("home", "nowhere"),
        ),
        act(
            "remove_banner",
            Method::DELETE,
            &format!("{admin}/banners/1"),
            Some("/api/v1/admin/banners/9"),
        ),
        read("show_points_rules", format!("{admin}/points-rules"), None),
        write(
            "set_points_rules",
            Method::PUT,
            &format!("{admin}/points-rules"),
            rules,
            &rules.replace("2000", "20000"),
        ),
        read("show_checkin_rules", format!("{admin}/checkin-rules"), None),
        write(
            "set_checkin_rules",
            Method::PUT,
            &format!("{admin}/checkin-rules"),
            r#"{"enabled":true,"ladder":[2,4]}"#,
            r#"{"enabled":true,"ladder":[]}"#,
        ),
    ]
}

async fn coupons(lab: &Lab, stock: &Stock) -> Vec<Case> {
    let admin = "/api/v1/admin";
    let says = r#"{"name":"立减1元","kind":{"type":"cash","value":100},"funded_by":"platform","valid":{"days":7},"stock":100}"#;
    let made = lab
        .post(&format!("{admin}/coupons"), says)
        .await
        .expect(200);
    let id = made.data()["coupon_id"].as_i64().expect("an id");
    let one = format!("{admin}/coupons/{id}");
    let granted = lab
        .app
        .grant_coupon(&Actor::trusted("anna"), id, &[stock.member])
        .await;
    let grant = granted.expect("granted")[0].id;
    let give = json!({"coupon_id": id, "members": [stock.member.0]}).to_string();
    let expires = lab.app.now().unix_seconds() + 86_400;
    let codes = json!({"count": 3, "expires_at": expires}).to_string();
    vec![
        write(
            "create_coupon",
            Method::POST,
            &format!("{admin}/coupons"),
            says,
            &says.replace("100", "0"),
        ),
        read(
            "list_coupons",
            format!("{admin}/coupons?open=true"),
            Some(("/api/v1/admin/coupons?page=0", 400)),
        ),
        read(
            "show_coupon",
            one.clone(),
            Some(("/api/v1/admin/coupons/99", 404)),
        ),
        write(
            "change_coupon",
            Method::PUT,
            &one,
            r#"{"name":"立减1元","stock":50,"claimable":true}"#,
            r#"{"name":"立减1元","stock":-1,"claimable":true}"#,
        ),
        Case {
            id: "make_coupon_codes",
            method: Method::POST,
            good: (format!("{one}/codes"), codes),
            bad: Some((
                format!("{one}/codes"),
                r#"{"count":0,"expires_at":1}"#.to_owned(),
                422,
            )),
        },
        read(
            "list_coupon_code_batches",
            format!("{admin}/coupon-code-batches?coupon_id={id}"),
            Some(("/api/v1/admin/coupon-code-batches?size=0", 400)),
        ),
        act(
            "export_coupon_codes",
            Method::POST,
            &format!("{admin}/coupon-code-batches/1/export"),
            Some("/api/v1/admin/coupon-code-batches/9/export"),
        ),
        act(
            "end_coupon_codes",
            Method::POST,
            &format!("{admin}/coupon-code-batches/1/end"),
            Some("/api/v1/admin/coupon-code-batches/9/end"),
        ),
        Case {
            id: "grant_coupons",
            method: Method::POST,
            good: (format!("{admin}/coupon-grants"), give),
            bad: Some((
                format!("{admin}/coupon-grants"),
                json!({"coupon_id": id, "members": []}).to_string(),
                422,
            )),
        },
        write(
            "grant_coupons_to_crowd",
            Method::POST,
            &format!("{admin}/coupon-grants/crowd"),
            &json!({"coupon_id": id, "level": 0}).to_string(),
            r#"{"coupon_id":1,"away_since":-1}"#,
        ),
        read(
            "list_coupon_grants",
            format!("{admin}/coupon-grants?state=unused"),
            Some(("/api/v1/admin/coupon-grants?state=x", 400)),
        ),
        write(
            "revoke_coupon_grant",
            Method::POST,
            &format!("{admin}/coupon-grants/{grant}/revoke"),
            r#"{"reason":"a mistake"}"#,
            r#"{"reason":" "}"#,
        ),
        write(
            "grant_member_coupon",
            Method::POST,
            &format!("{admin}/members/{}/coupons", stock.member),
            &json!({"coupon_id": id}).to_string(),
            r#"{"coupon_id":"one"}"#,
        ),
        act(
            "disable_coupon",
            Method::POST,
            &format!("{one}/disable"),
            Some("/api/v1/admin/coupons/99/disable"),
        ),
    ]
}

fn service(stock: &Stock) -> Vec<Case> {
    let admin = "/api/v1/admin";
    let review = format!("{admin}/reviews/{}", stock.review);
    let fault = format!("{admin}/fault-reports/{}", stock.fault);
    let complaint = format!("{admin}/complaints/{}", stock.complaint);
    let reply = r#"{"reply":"谢谢"}"#;
    let silent = r#"{"reply":" "}"#;
    let to = |one: &str, verb: &str| format!("{one}/{verb}");
    vec![
        read(
            "list_reviews",
            format!("{admin}/reviews?stars_max=4&sort=-stars"),
            Some(("/api/v1/admin/reviews?sort=colour", 400)),
        ),
        read(
            "show_review",
            review.clone(),
            Some(("/api/v1/admin/reviews/9", 404)),
        ),
        write(
            "reply_to_review",
            Method::POST,
            &to(&review, "reply"),
            reply,
            silent,
        ),
        write(
            "hide_review",
            Method::POST,
            &to(&review, "hide"),
            r#"{"hidden":true}"#,
            "{}",
        ),
        read(
            "list_fault_reports",
            format!("{admin}/fault-reports?phy_id={DEVICE}&sort=due_at"),
            Some(("/api/v1/admin/fault-reports?level=x", 400)),
        ),
        read(
            "show_fault_report",
            fault.clone(),
            Some(("/api/v1/admin/fault-reports/9", 404)),
        ),
        write(
            "assign_fault_report",
            Method::POST,
            &to(&fault, "assign"),
            r#"{"assignee":"clerk"}"#,
            r#"{"assignee":" "}"#,
        ),
        write(
            "move_fault_report",
            Method::POST,
            &to(&fault, "move"),
            r#"{"event":"begin"}"#,
            r#"{"event":"verify"}"#,
        ),
        write(
            "move_fault_report",
            Method::POST,
            &to(&fault, "move"),
            r#"{"event":"finish"}"#,
            r#"{"event":"jump"}"#,
        ),
        write(
            "reply_to_fault_report",
            Method::POST,
            &to(&fault, "reply"),
            reply,
            silent,
        ),
        write(
            "verify_fault_report",
            Method::POST,
            &to(&fault, "verify"),
            r#"{"note":"works"}"#,
            r#"{"not":"works"}"#,
        ),
        read(
            "list_complaints",
            format!("{admin}/complaints?type=billing"),
            Some(("/api/v1/admin/complaints?state=x", 400)),
        ),
        read(
            "show_complaint",
            complaint.clone(),
            Some(("/api/v1/admin/complaints/9", 404)),
        ),
        act(
            "take_complaint",
            Method::POST,
            &to(&complaint, "take"),
            Some("/api/v1/admin/complaints/9/take"),
        ),
        write(
            "reply_to_complaint",
            Method::POST,
            &to(&complaint, "reply"),
            reply,
            silent,
        ),
        act(
            "close_complaint",
            Method::POST,
            &to(&complaint, "close"),
            Some("/api/v1/admin/complaints/9/close"),
        ),
        read(
            "feedback_picture",
            format!("{admin}/feedback-pictures/{}", stock.fault_picture),
            Some(("/api/v1/admin/feedback-pictures/x", 404)),
        ),
        read(
            "review_picture",
            format!("{admin}/review-pictures/{}", stock.review_picture),
            Some(("/api/v1/admin/review-pictures/x", 404)),
        ),
    ]
}

fn of_invoices(stock: &Stock) -> Vec<Case> {
    let admin = "/api/v1/admin";
    let to = |number: &str, verb: &str| format!("{admin}/invoices/{number}/{verb}");
    let rules = r#"{"layout":{"layout":"one","charge":{"name":"*供电*充电费","tax_code":"1100101020000000000","rate_bp":1300}},"platform":{"name":"平台","tax_no":"91510100MA6CXXXX0X"},"drawer":"系统","review":"all"}"#;
    vec![
        read(
            "list_invoices",
            format!("{admin}/invoices?state=issued&kind=82"),
            Some(("/api/v1/admin/invoices?color=green", 400)),
        ),
        read(
            "show_invoice",
            format!("{admin}/invoices/{}", stock.issued),
            Some(("/api/v1/admin/invoices/IV1", 404)),
        ),
        act(
            "issue_invoice",
            Method::POST,
            &to(&stock.waiting[0], "issue"),
            Some(&to("IV1", "issue")),
        ),
        write(
            "reject_invoice",
            Method::POST,
            &to(&stock.waiting[1], "reject"),
            r#"{"reason":"no such buyer"}"#,
            r#"{"reason":" "}"#,
        ),
        act(
            "retry_invoice",
            Method::POST,
            &to(&stock.failed, "retry"),
            Some(&to("IV1", "retry")),
        ),
        write(
            "resend_invoice",
            Method::POST,
            &to(&stock.issued, "resend"),
            r#"{"email":"other@example.com"}"#,
            r#"{"email":"nowhere"}"#,
        ),
        write(
            "red_invoice",
            Method::POST,
            &to(&stock.issued, "red"),
            r#"{"reason":"wrong buyer","then":"release"}"#,
            r#"{"reason":"wrong buyer","then":"burn"}"#,
        ),
        read("show_invoice_rules", format!("{admin}/invoice-rules"), None),
        write(
            "set_invoice_rules",
            Method::PUT,
            &format!("{admin}/invoice-rules"),
            rules,
            &rules.replace("1300", "13000"),
        ),
    ]
}

fn of_members(stock: &Stock) -> Vec<Case> {
    let admin = "/api/v1/admin";
    let one = format!("{admin}/members/{}", stock.member);
    vec![
        write(
            "freeze_member",
            Method::POST,
            &format!("{one}/freeze"),
            r#"{"on":true}"#,
            "{}",
        ),
        write(
            "blacklist_member",
            Method::POST,
            &format!("{one}/blacklist"),
            r#"{"on":true,"remark":"fraud"}"#,
            r#"{"on":"yes"}"#,
        ),
        write(
            "adjust_member_points",
            Method::POST,
            &format!("{one}/points"),
            r#"{"points":100,"reason":"an apology","key":"A1"}"#,
            r#"{"points":0,"reason":"nothing","key":"A2"}"#,
        ),
        read(
            "list_member_points",
            format!("{one}/points"),
            Some(("/api/v1/admin/members/999999/points", 404)),
        ),
        read(
            "list_card_orders",
            format!("{admin}/card-orders?status=completed&sort=-kwh"),
            Some(("/api/v1/admin/card-orders?status=x", 400)),
        ),
    ]
}
