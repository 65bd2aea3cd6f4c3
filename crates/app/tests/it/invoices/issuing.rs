//! From the wish to the paper.

use super::desk::{DELAY_S, Desk};
use app::AppError;
use app::staff::Actor;
use channels::mail::MailFault;
use domain::invoice::{InvoiceKind, InvoiceState};
use store::Db;
use store::PageRequest;
use store::audit_logs::AuditFilter;

testkit::both_engines! {
    async fn an_invoice_is_issued_and_mailed(db: &Db) {
        let mut desk = Desk::new(db, 2000, 0).await;
        let order = desk.charge(523).await;
        let invoice = desk.asked(&[order]).await;
        desk.work().await;
        assert_eq!(desk.state(&invoice).await, InvoiceState::Issuing);
        desk.wait(DELAY_S + 5).await;
        let issued = desk.read(&invoice).await;
        assert_eq!(issued.state, InvoiceState::Issued);
        let number = issued.invoice_no.clone().expect("a number");
        assert_eq!(number.len(), 20);
        assert!(issued.mailed_at.is_some());
        assert_eq!(desk.letters.subjects(), [format!("电子发票 {number}")]);
        let letter = desk.letters.letters.lock().expect("whole")[0].clone();
        assert_eq!(letter.to, "buyer@example.com");
        assert_eq!(letter.attachments[0].name, format!("{number}.html"));
        let app = desk.scene.app.clone();
        let member = desk.member.member_id();
        let req_no = invoice.req_no.as_str();
        let file = app.member_invoice_file(member, req_no, None).await.expect("a file");
        assert!(!file.bytes.is_empty());
        let none = app.member_invoice_file(member, req_no, Some("pdf")).await;
        assert!(matches!(none, Err(AppError::NotFound("file"))));
        let odd = app.member_invoice_file(member, req_no, Some("doc")).await;
        assert!(matches!(odd, Err(AppError::Invalid { .. })));
        assert_eq!(app.work_on_invoices().await.expect("ok"), 0, "nothing is left to do");

        let to = Some("other@example.com".to_owned());
        app.resend_own_invoice(member, req_no, to).await.expect("sent once more");
        desk.work().await;
        let last = desk.letters.letters.lock().expect("whole").last().map(|mail| mail.to.clone());
        assert_eq!(last.as_deref(), Some("other@example.com"));
    }

    /// The answer is lost: the issuer is asked, and nothing is issued twice.
    async fn an_unclear_issuer_is_asked_before_anything_is_sent_again(db: &Db) {
        let mut desk = Desk::new(db, 2000, 0).await;
        let order = desk.charge(200).await;
        desk.issuer.swallow_next();
        let invoice = desk.asked(&[order]).await;
        desk.work().await;
        assert_eq!(desk.issuer.documents().len(), 1);
        desk.issuer.lose_next();
        desk.wait(60).await;
        assert_eq!(desk.state(&invoice).await, InvoiceState::Issued);
        assert_eq!(desk.issuer.documents().len(), 1);
    }

    async fn what_an_issuer_refuses_can_be_given_up_or_tried_again(db: &Db) {
        let mut desk = Desk::new(db, 2000, 0).await;
        let order = desk.charge(200).await;
        let invoice = desk.ask(&[order], InvoiceKind::General, "李四").await.expect("accepted");
        desk.work().await;
        let failed = desk.read(&invoice).await;
        assert_eq!(failed.state, InvoiceState::Failed);
        assert!(failed.fail_reason.is_some_and(|why| why.contains("李四")));
        let app = desk.scene.app.clone();
        let actor = Actor::trusted("anna");
        let number = invoice.req_no.as_str();
        app.retry_invoice(&actor, number).await.expect("once more");
        desk.work().await;
        assert_eq!(desk.state(&invoice).await, InvoiceState::Failed);
        app.cancel_own_invoice(desk.member.member_id(), number).await.expect("given up");
        desk.asked(&[order]).await;
    }

    async fn a_special_invoice_waits_for_the_seller(db: &Db) {
        let mut desk = Desk::new(db, 4000, 0).await;
        let (first, second) = (desk.charge(200).await, desk.charge(200).await);
        let one = desk.ask(&[first], InvoiceKind::Special, "甲").await.expect("accepted");
        let two = desk.ask(&[second], InvoiceKind::Special, "乙").await.expect("accepted");
        desk.work().await;
        assert_eq!(desk.state(&one).await, InvoiceState::Submitted);
        let app = desk.scene.app.clone();
        let actor = Actor::trusted("anna");
        let silent = app.reject_invoice(&actor, two.req_no.as_str(), "  ").await;
        assert!(matches!(silent, Err(AppError::Invalid { .. })));
        let rejected = app.reject_invoice(&actor, two.req_no.as_str(), "税号不符").await.expect("rejected");
        assert_eq!(rejected.fail_reason.as_deref(), Some("税号不符"));
        let mut stranger = actor.clone();
        stranger.org_type = domain::org::OrgType::Merchant;
        "/1/7/".clone_into(&mut stranger.org_path);
        let none = app.issue_invoice(&stranger, one.req_no.as_str()).await;
        assert!(matches!(none, Err(AppError::NotFound("invoice"))));
        app.issue_invoice(&actor, one.req_no.as_str()).await.expect("issued");
        let twice = app.issue_invoice(&actor, one.req_no.as_str()).await;
        assert!(matches!(twice, Err(AppError::Conflict(_))));
        desk.wait(20).await;
        assert_eq!(desk.state(&one).await, InvoiceState::Issued);
        let lines = app.list_audit(&AuditFilter::default(), PageRequest::default()).await.expect("read");
        let actions: Vec<&str> = lines.items.iter().map(|line| line.action.as_str()).collect();
        assert_eq!(actions, ["finance.invoice.issue", "finance.invoice.reject"]);
    }

    async fn a_letter_that_cannot_be_sent_is_tried_again_or_given_up(db: &Db) {
        let mut desk = Desk::new(db, 2000, 0).await;
        let order = desk.charge(200).await;
        let invoice = desk.asked(&[order]).await;
        let later = MailFault::NotSent("busy".to_owned());
        *desk.letters.fault.lock().expect("whole") = Some(later);
        desk.wait(DELAY_S + 6).await;
        assert_eq!(desk.state(&invoice).await, InvoiceState::Issued);
        assert!(desk.read(&invoice).await.mailed_at.is_none());
        let never = MailFault::Refused("nobody there".to_owned());
        *desk.letters.fault.lock().expect("whole") = Some(never);
        desk.wait(20).await;
        let given_up = desk.read(&invoice).await;
        assert_eq!(given_up.mail_error.as_deref(), Some("nobody there"));
        *desk.letters.fault.lock().expect("whole") = None;
        let actor = Actor::trusted("anna");
        desk.scene.app.resend_invoice(&actor, invoice.req_no.as_str(), None).await.expect("once more");
        desk.work().await;
        let sent = desk.read(&invoice).await;
        assert!(sent.mailed_at.is_some() && sent.mail_error.is_none());
    }
}
