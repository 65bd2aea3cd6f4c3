//! Reviews, fault reports and complaints.

use crate::fixtures::{NOW, device, later, order_no, phy, stored};
use crate::promotions::member;
use domain::feedback::{ComplaintState, TicketLevel, TicketState};
use domain::org::Scope;
use store::complaints::{self, ComplaintFilter, NewComplaint};
use store::fault_reports::{self, FaultFilter, LogEntry, NewFault};
use store::reviews::{self, NewReview, ReviewFilter};
use store::{Db, PageRequest};

const ORDER: &str = "APP1729407600001";
const ID: &str = "82210225000520";

testkit::both_engines! {
    async fn a_charge_is_reviewed_once(db: &Db) {
        let who = member(db, "13800138000").await;
        let id = device(db, ID).await;
        stored(db, ORDER, id, 1).await;
        let new = NewReview {
            order_no: order_no(ORDER),
            member_id: who.0,
            stars: 5,
            tags: vec!["干净".to_owned()],
            text: "很好".to_owned(),
            images: vec!["https://example.com/a.jpg".to_owned()],
        };
        let mut tx = db.begin().await.expect("a transaction");
        let made = reviews::insert(tx.conn(), &new, NOW).await.expect("ok").expect("made");
        assert_eq!(reviews::insert(tx.conn(), &new, NOW).await.expect("ok"), None, "once");
        let absent = NewReview { order_no: order_no("APP1729407600009"), ..new.clone() };
        assert_eq!(reviews::insert(tx.conn(), &absent, NOW).await.expect("ok"), None);
        assert!(reviews::reply(tx.conn(), made, "谢谢", "anna", later(1)).await.expect("ok"));
        let found = reviews::find(tx.conn(), made).await.expect("ok").expect("there");
        assert_eq!((found.says, found.org_path.as_str()), (new, "/1/"));
        assert_eq!(found.reply.as_deref(), Some("谢谢"));
        assert!(reviews::set_state(tx.conn(), made, "hidden").await.expect("ok"));
        let page = PageRequest::default();
        for (state, sees) in [("shown", 0), ("hidden", 1)] {
            let filter = ReviewFilter { state: Some(state.to_owned()), ..ReviewFilter::default() };
            let list = reviews::list(tx.conn(), &Scope::Everything, &filter, None, page).await;
            assert_eq!(list.expect("ok").total, sees, "{state}");
        }
        let elsewhere = Scope::Within("/1/9/".to_owned());
        let list = reviews::list(tx.conn(), &elsewhere, &ReviewFilter::default(), None, page).await;
        assert_eq!(list.expect("ok").total, 0);
    }

    async fn a_fault_is_worked_on(db: &Db) {
        let who = member(db, "13800138000").await;
        device(db, ID).await;
        let new = NewFault {
            member_id: who.0,
            phy_id: phy(ID),
            port_no: Some(2),
            kind: "plug".to_owned(),
            text: "拔不出来".to_owned(),
            images: Vec::new(),
            level: TicketLevel::Major,
            due_at: later(8 * 3600),
        };
        let mut tx = db.begin().await.expect("a transaction");
        let id = fault_reports::insert(tx.conn(), &new, NOW).await.expect("ok").expect("made");
        let absent = NewFault { phy_id: phy("99999999999999"), ..new.clone() };
        assert_eq!(fault_reports::insert(tx.conn(), &absent, NOW).await.expect("ok"), None);
        let mut report = fault_reports::lock(tx.conn(), id).await.expect("ok").expect("there");
        assert_eq!((&report.says, report.state), (&new, TicketState::New));
        report.state = TicketState::Assigned;
        report.assignee = Some("ben".to_owned());
        report.log.push(LogEntry {
            at: NOW.0,
            by: "anna".to_owned(),
            did: "assign".to_owned(),
            text: Some("ben".to_owned()),
        });
        fault_reports::update(tx.conn(), &report, later(1)).await.expect("ok");
        let found = fault_reports::find(tx.conn(), id).await.expect("ok").expect("there");
        assert_eq!((found.log, found.updated_at), (report.log, later(1)));
        let page = PageRequest::default();
        for (assignee, sees) in [("ben", 1), ("eva", 0)] {
            let filter = FaultFilter { assignee: Some(assignee.to_owned()), ..FaultFilter::default() };
            let list = fault_reports::list(tx.conn(), &Scope::Everything, &filter, None, page).await;
            assert_eq!(list.expect("ok").total, sees);
        }
    }

    async fn a_complaint_is_answered(db: &Db) {
        let who = member(db, "13800138000").await;
        let id = device(db, ID).await;
        stored(db, ORDER, id, 1).await;
        let order = order_no(ORDER);
        let new = NewComplaint {
            member_id: who.0,
            order_no: order,
            kind: "billing".to_owned(),
            text: "多扣了".to_owned(),
            images: Vec::new(),
        };
        let mut tx = db.begin().await.expect("a transaction");
        let id = complaints::insert(tx.conn(), &new, NOW).await.expect("ok").expect("made");
        assert_eq!(complaints::open_of(tx.conn(), order).await.expect("ok"), 1);
        let mut complaint = complaints::lock(tx.conn(), id).await.expect("ok").expect("there");
        assert_eq!((&complaint.says, complaint.state), (&new, ComplaintState::New));
        complaint.state = ComplaintState::Closed;
        complaint.reply = Some("已退".to_owned());
        complaint.replied_at = Some(later(1));
        complaints::update(tx.conn(), &complaint, later(1)).await.expect("ok");
        assert_eq!(complaints::open_of(tx.conn(), order).await.expect("ok"), 0);
        let filter = ComplaintFilter { order_no: Some(order), ..ComplaintFilter::default() };
        let page = PageRequest::default();
        let list = complaints::list(tx.conn(), &Scope::Everything, &filter, page).await.expect("ok");
        assert_eq!(list.items[0].reply.as_deref(), Some("已退"));
    }
}
