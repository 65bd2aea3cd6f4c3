//! What members may have on paper.

use super::desk::{Desk, operator, title};
use app::staff::Actor;
use app::{AppError, Buyer, InvoiceWish, Review, Settings};
use domain::invoice::{InvoiceKind, InvoiceRefusal, InvoiceState, Seller};
use kernel::{Fen, MemberId, OrderNo};
use store::{Db, PageRequest};

fn wish(orders: &[OrderNo]) -> InvoiceWish {
    InvoiceWish {
        orders: orders.to_vec(),
        buyer: Buyer::Default,
        email: None,
        remark: None,
    }
}

fn field(result: Result<store::invoices::Invoice, AppError>) -> String {
    match result {
        Err(AppError::Invalid { field, .. } | AppError::Semantic { field, .. }) => field,
        other => panic!("no field: {other:?}"),
    }
}

testkit::both_engines! {
    async fn only_cash_is_on_paper_and_only_once(db: &Db) {
        let mut desk = Desk::new(db, 600, 5000).await;
        let first = desk.charge(300).await;
        let second = desk.charge(200).await;
        let app = desk.scene.app.clone();
        let member = desk.member.member_id();
        let open = app.orders_to_invoice(member, PageRequest::default()).await.expect("read");
        let seen: Vec<_> = open.items.iter().map(|row| (row.order_no, row.amount, row.refusal)).collect();
        assert_eq!(seen, [(second, Fen(150), None), (first, Fen(450), None)], "1.50 of 3.00 was given");

        let invoice = desk.asked(&[first, second]).await;
        assert_eq!((invoice.amount, invoice.state), (Fen(600), InvoiceState::Issuing));
        let detail = app.member_invoice(member, invoice.req_no.as_str()).await.expect("read");
        let total: i64 = detail.lines.iter().map(|line| line.gross().0).sum();
        assert_eq!(total, 600);
        assert_eq!(detail.orders.len(), 2);
        assert_eq!(detail.lines.first().map(|line| line.quantity.to_string()).as_deref(), Some("2"));
        let again = desk.ask(&[second], InvoiceKind::General, "另一家").await;
        assert!(matches!(again, Err(AppError::Conflict("an order is on an invoice already"))), "{again:?}");
        let open = app.orders_to_invoice(member, PageRequest::default()).await.expect("read");
        assert!(open.items.is_empty());
        let stranger = app.member_invoice(MemberId(member.0 + 1), invoice.req_no.as_str()).await;
        assert!(matches!(stranger, Err(AppError::NotFound(_))));
        let nonsense = app.member_invoice(member, "IV1").await;
        assert!(matches!(nonsense, Err(AppError::NotFound(_))));
    }

    async fn wishes_name_what_is_wrong(db: &Db) {
        let mut desk = Desk::new(db, 2000, 0).await;
        let order = desk.charge(200).await;
        let app = desk.scene.app.clone();
        let member = desk.member.member_id();
        assert_eq!(field(app.ask_for_invoice(member, wish(&[])).await), "orders");
        assert_eq!(field(app.ask_for_invoice(member, wish(&[order])).await), "title_id");
        let saved = app.add_invoice_title(member, &title(InvoiceKind::General, "甲"), false).await.expect("added");
        assert!(saved.is_default, "the first is the default");
        assert_eq!(field(app.ask_for_invoice(member, wish(&[order, order])).await), "orders");
        let mut bad = wish(&[order]);
        bad.email = Some("nowhere".to_owned());
        assert_eq!(field(app.ask_for_invoice(member, bad).await), "email");
        let mut long = wish(&[order]);
        long.remark = Some("x".repeat(201));
        assert_eq!(field(app.ask_for_invoice(member, long).await), "remark");
        let stranger = app.add_invoice_title(MemberId(member.0), &title(InvoiceKind::General, "乙"), true).await.expect("added");
        let mut other = wish(&[order]);
        other.buyer = Buyer::Saved(stranger.id + 1);
        assert!(matches!(app.ask_for_invoice(member, other).await, Err(AppError::NotFound("title"))));
        let unknown: OrderNo = "APP1729407600999".parse().expect("legal");
        let lost = app.ask_for_invoice(member, wish(&[order, unknown])).await;
        assert!(matches!(lost, Err(AppError::NotFound("order"))));

        app.ask_order_refund(&Actor::trusted("anna"), order, Fen(100), "投诉").await.expect("asked for");
        assert_eq!(field(app.ask_for_invoice(member, wish(&[order])).await), "orders");
        let open = app.orders_to_invoice(member, PageRequest::default()).await.expect("read");
        assert_eq!(open.items[0].refusal, Some(InvoiceRefusal::Refunding));
    }

    async fn who_has_no_tax_number_issues_nothing(db: &Db) {
        let mut settings = operator();
        settings.invoices.platform = Seller::default();
        let mut desk = Desk::with(db, settings, 2000, 0).await;
        let order = desk.charge(200).await;
        let asked = desk.ask(&[order], InvoiceKind::General, "甲").await;
        assert!(matches!(asked, Err(AppError::Conflict("the seller issues no invoices yet"))), "{asked:?}");
    }

    async fn a_member_gives_up_what_waits(db: &Db) {
        let mut settings: Settings = operator();
        settings.invoices.review = Review::All;
        let mut desk = Desk::with(db, settings, 2000, 0).await;
        let order = desk.charge(200).await;
        let invoice = desk.asked(&[order]).await;
        assert_eq!(invoice.state, InvoiceState::Submitted);
        let app = desk.scene.app.clone();
        let number = invoice.req_no.as_str();
        let member = desk.member.member_id();
        let resent = app.resend_own_invoice(member, number, None).await;
        assert!(matches!(resent, Err(AppError::Conflict(_))));
        let gone = app.cancel_own_invoice(member, number).await.expect("given up");
        assert_eq!(gone.state, InvoiceState::Cancelled);
        assert!(matches!(app.cancel_own_invoice(member, number).await, Err(AppError::Conflict(_))));
        desk.asked(&[order]).await;
    }
}
