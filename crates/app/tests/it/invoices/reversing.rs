//! Money went back, or something on the paper was wrong.

use super::desk::{Desk, operator, title};
use app::staff::Actor;
use app::{AppError, Review};
use domain::invoice::{AfterRed, InvoiceColor, InvoiceKind, InvoiceState as S, RedStatus};
use kernel::Fen;
use store::Db;
use store::invoices::Invoice;

/// Colour, state and amount of each.
fn seen(all: &[Invoice]) -> Vec<(InvoiceColor, S, i64)> {
    all.iter()
        .map(|invoice| (invoice.color, invoice.state, invoice.amount.0))
        .collect()
}

use InvoiceColor::{Blue, Red};

testkit::both_engines! {
    async fn a_refund_reverses_and_issues_the_rest_anew(db: &Db) {
        let mut desk = Desk::new(db, 4000, 0).await;
        let (first, second) = (desk.charge(400).await, desk.charge(200).await);
        let invoice = desk.asked(&[first, second]).await;
        desk.wait(20).await;
        desk.refund(first, 100).await;
        assert_eq!(seen(&desk.all().await), [(Blue, S::RedApplying, 900), (Red, S::Submitted, -900)]);
        desk.wait(60).await;
        let all = desk.all().await;
        assert_eq!(seen(&all), [(Blue, S::Reversed, 900), (Red, S::Issued, -900), (Blue, S::Issued, 800)]);
        assert_eq!(all[1].original_invoice_no, all[0].invoice_no);
        assert_eq!(all[2].replaces_req_no.as_ref(), Some(&invoice.req_no));
        assert_eq!(all[2].title, invoice.title);
        let document = desk.issuer.documents();
        let red = document.iter().find(|document| document.color == Red).expect("a red one");
        assert!(red.lines.iter().all(|line| line.net < Fen::ZERO));
        assert_eq!(desk.letters.subjects().len(), 3, "the buyer has all of them");
        // All of it goes back.
        desk.refund(first, 500).await;
        desk.refund(second, 300).await;
        desk.wait(60).await;
        let all = desk.all().await;
        assert_eq!(seen(&all)[2..], [(Blue, S::Reversed, 800), (Red, S::Issued, -800)], "nothing is left");
    }

    async fn an_order_without_an_invoice_needs_nothing(db: &Db) {
        let mut desk = Desk::new(db, 2000, 0).await;
        let order = desk.charge(200).await;
        desk.refund(order, 100).await;
        assert!(desk.all().await.is_empty());
        let invoice = desk.asked(&[order]).await;
        assert_eq!(invoice.amount, Fen(200), "what was kept");
    }

    async fn what_is_not_issued_is_put_together_anew(db: &Db) {
        let mut settings = operator();
        settings.invoices.review = Review::All;
        let mut desk = Desk::with(db, settings, 4000, 0).await;
        let (first, second) = (desk.charge(400).await, desk.charge(200).await);
        let invoice = desk.asked(&[first, second]).await;
        desk.refund(first, 600).await;
        let left = desk.read(&invoice).await;
        assert_eq!((left.state, left.amount), (S::Submitted, Fen(300)));
        let detail = desk.scene.app.invoice(&Actor::trusted("anna"), invoice.req_no.as_str()).await.expect("read");
        let total: i64 = detail.lines.iter().map(|line| line.gross().0).sum();
        assert_eq!(total, 300);
        assert_eq!(detail.orders.iter().filter(|row| row.living).count(), 1);
        desk.refund(second, 300).await;
        assert_eq!(desk.state(&invoice).await, S::Cancelled);
    }

    async fn a_refund_while_the_issuer_has_it_reverses_it_at_once(db: &Db) {
        let mut desk = Desk::new(db, 2000, 0).await;
        let order = desk.charge(400).await;
        let invoice = desk.asked(&[order]).await;
        desk.work().await;
        desk.refund(order, 100).await;
        assert_eq!(desk.state(&invoice).await, S::Issuing);
        desk.wait(80).await;
        let states = seen(&desk.all().await);
        assert_eq!(states, [(Blue, S::Reversed, 600), (Red, S::Issued, -600), (Blue, S::Issued, 500)]);
        assert_eq!(desk.letters.subjects().len(), 2, "the first one is not sent any more");
    }

    async fn a_reversal_that_is_refused_leaves_the_invoice(db: &Db) {
        let mut desk = Desk::new(db, 2000, 0).await;
        let order = desk.charge(400).await;
        let invoice = desk.asked(&[order]).await;
        desk.wait(20).await;
        let app = desk.scene.app.clone();
        let actor = Actor::trusted("anna");
        let number = invoice.req_no.as_str();
        let silent = app.red_invoice(&actor, number, "", AfterRed::Release).await;
        assert!(matches!(silent, Err(AppError::Invalid { .. })));
        desk.issuer.judge_red(RedStatus::NotPassed);
        app.red_invoice(&actor, number, "抬头有误", AfterRed::Release).await.expect("applied for");
        desk.wait(30).await;
        assert_eq!(seen(&desk.all().await), [(Blue, S::Issued, 600), (Red, S::Rejected, -600)]);
        assert!(desk.read(&invoice).await.fail_reason.is_some());
        assert_eq!(desk.scene.open_alarms().await, ["invoice_not_reversed"]);

        // Once more, to the right buyer; the application has to be corrected in between.
        desk.issuer.judge_red(RedStatus::ToBeCorrected);
        let then = AfterRed::ReissueTo { title: title(InvoiceKind::General, "对的公司") };
        app.red_invoice(&actor, number, "抬头有误", then).await.expect("applied for");
        desk.issuer.swallow_next();
        desk.wait(30).await;
        let blue = desk.read(&invoice).await;
        assert_eq!((blue.state, blue.red_status), (S::RedApplying, Some(RedStatus::ToBeCorrected)));
        assert_eq!(desk.scene.open_alarms().await, ["invoice_not_reversed"], "the same one stays");
        desk.issuer.judge_red(RedStatus::Passed);
        desk.wait(120).await;
        let all = desk.all().await;
        assert_eq!(all.last().map(|invoice| invoice.title.title.as_str()), Some("对的公司"));
        assert_eq!(desk.state(&invoice).await, S::Reversed);
        assert!(desk.scene.open_alarms().await.is_empty(), "it is solved");
    }

    /// Money went back, the issuer does not take its paper back: that is not forgotten.
    async fn a_refund_that_cannot_be_shown_keeps_its_alarm(db: &Db) {
        let mut desk = Desk::new(db, 2000, 0).await;
        let order = desk.charge(400).await;
        let invoice = desk.asked(&[order]).await;
        desk.wait(20).await;
        desk.issuer.judge_red(RedStatus::NotPassed);
        desk.refund(order, 100).await;
        desk.wait(60).await;
        assert_eq!(desk.state(&invoice).await, S::Issued);
        assert_eq!(desk.scene.open_alarms().await, ["invoice_not_reversed"]);
        let filter = store::alarms::AlarmFilter { open: true, ..Default::default() };
        let page = store::PageRequest::default();
        let mut view = db.view().await.expect("a connection");
        let raised = store::alarms::list(view.conn(), &filter, page).await.expect("read");
        drop(view);
        let raised = &raised.items[0];
        assert_eq!((raised.level.as_str(), raised.object_id.as_str()), ("C", invoice.req_no.as_str()));
        // Nothing solves it by itself.
        desk.wait(120).await;
        assert_eq!(desk.scene.open_alarms().await, ["invoice_not_reversed"]);
        desk.issuer.judge_red(RedStatus::Passed);
        let number = invoice.req_no.as_str();
        let anna = Actor::trusted("anna");
        desk.scene.app.red_invoice(&anna, number, "订单退款", AfterRed::Reissue).await.expect("applied for");
        desk.wait(120).await;
        assert_eq!(desk.state(&invoice).await, S::Reversed);
        let last = desk.all().await.pop().expect("a new one");
        assert_eq!((last.state, last.amount), (S::Issued, Fen(500)));
        assert!(desk.scene.open_alarms().await.is_empty());
    }

    async fn a_reversed_order_may_be_on_another_invoice(db: &Db) {
        let mut desk = Desk::new(db, 2000, 0).await;
        let order = desk.charge(400).await;
        let invoice = desk.asked(&[order]).await;
        desk.wait(20).await;
        let actor = Actor::trusted("anna");
        let number = invoice.req_no.as_str();
        desk.scene.app.red_invoice(&actor, number, "客户要求", AfterRed::Release).await.expect("applied for");
        desk.wait(60).await;
        assert_eq!(desk.state(&invoice).await, S::Reversed);
        desk.asked(&[order]).await;
    }
}
