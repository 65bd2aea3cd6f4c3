//! Invoices: titles, rows, the orders on them, and the work that they cause.

use crate::fixtures::{NOW, device, later, pending};
use domain::document_no::{DocumentKind, DocumentNo};
use domain::invoice::{
    AfterRed, BuyerKind, FileForm, InvoiceColor, InvoiceFile, InvoiceItem, InvoiceKind,
    InvoiceState, InvoiceTitle, IssuedBy, Line, LineKind, Quantity, RedStatus, Seller, Unit,
    UnitPrice,
};
use domain::ledger::postings::Capture;
use domain::order::{OrderStatus, SettleStatus};
use domain::org::Scope;
use domain::payer::{Payer, Sums};
use domain::refund::{RefundKind, RefundRoute, RefundState};
use domain::settlement::{Place, Settled};
use kernel::{BasisPoints, Energy, Fen, MemberId, OrderNo, OrgId, Timestamp};
use std::time::Duration;
use store::invoice_tasks::{self, TaskKind};
use store::invoices::{self, Invoice, InvoiceFilter};
use store::order_money::{self, MoneyState, OrderMoney};
use store::refunds::{self, RefundRow};
use store::{Db, PageRequest, constraint, invoice_orders, invoice_titles, members, orders};

fn company() -> InvoiceTitle {
    InvoiceTitle {
        kind: InvoiceKind::General,
        buyer_kind: BuyerKind::Company,
        title: "成都某某科技有限公司".to_owned(),
        tax_no: Some("91510100MA6CXXXX0X".to_owned()),
        address_phone: None,
        bank_account: None,
        email: Some("a@example.com".to_owned()),
        mobile: None,
    }
}

fn req_no(sequence: u32) -> DocumentNo {
    DocumentNo::compose(DocumentKind::Invoice, NOW, sequence, 0).expect("legal")
}

fn invoice(sequence: u32, member: MemberId) -> Invoice {
    Invoice {
        id: 0,
        req_no: req_no(sequence),
        member: Some(member),
        seller_org: OrgId(1),
        org_path: "/1/".to_owned(),
        seller: Seller {
            name: "平台".to_owned(),
            ..Seller::default()
        },
        color: InvoiceColor::Blue,
        title: company(),
        amount: Fen(3579),
        tax: Fen(412),
        remark: None,
        state: InvoiceState::Submitted,
        invoice_no: None,
        issued_at: None,
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
        created_at: NOW,
        updated_at: NOW,
    }
}

fn line() -> Line {
    Line {
        item: InvoiceItem {
            name: "*供电*充电电费".to_owned(),
            tax_code: "1100101020000000000".to_owned(),
            rate_bp: BasisPoints(1300),
        },
        unit: Unit::Kwh,
        quantity: Quantity(523_000_000),
        unit_price: UnitPrice(605_544_933),
        net: Fen(3167),
        tax: Fen(412),
        kind: LineKind::Normal,
    }
}

async fn member(db: &Db) -> MemberId {
    let mut tx = db.begin().await.expect("a transaction");
    let id = members::register(tx.conn(), "13800138000", NOW)
        .await
        .expect("registered");
    tx.commit().await.expect("committed");
    id
}

/// An order that a member paid with 20 yuan of cash and 5 of gifts.
async fn paid(db: &Db, member: MemberId, port: u16) -> OrderNo {
    let id = device(db, &format!("8221022500052{port}")).await;
    let mut order = pending(&format!("APP172940760000{port}"), id, port);
    let payer = Payer::Wallet { member };
    order.payer = Some(Box::new(payer.clone()));
    let mut tx = db.begin().await.expect("a transaction");
    orders::insert(tx.conn(), &mut order)
        .await
        .expect("a free port");
    order.status = OrderStatus::Completed;
    order.settle_status = SettleStatus::Settled;
    order.end_time = Some(later(i64::from(port)));
    order.energy = Energy::from_centi_kwh(1000);
    assert!(orders::update(tx.conn(), &mut order).await.expect("ok"));
    let mut money = OrderMoney {
        order_no: order.order_no,
        payer,
        card_no: None,
        place: Place::default(),
        state: MoneyState::Held,
        round: 0,
        held: Sums::NOTHING,
        reserved: Fen::ZERO,
        limit: Fen::ZERO,
        settled: None,
        wishes: domain::settlement::Wishes::default(),
        refunded: Fen::ZERO,
        counted: None,
    };
    order_money::insert(tx.conn(), &money, NOW)
        .await
        .expect("ok");
    money.state = MoneyState::Settled;
    money.settled = Some(Settled {
        round: 1,
        elec: Fen(1800),
        service: Fen(700),
        capture: Capture {
            held: Sums {
                cash: Fen(2000),
                gift: Fen(500),
            },
            ..Capture::default()
        },
        shares: Vec::new(),
        released: Sums::NOTHING,
        reduced: domain::settlement::Reduced::default(),
        returned: Vec::new(),
    });
    order_money::update(tx.conn(), &money, NOW)
        .await
        .expect("ok");
    tx.commit().await.expect("committed");
    order.order_no
}

fn asked_back(order: OrderNo) -> RefundRow {
    RefundRow {
        refund_no: "RF1".to_owned(),
        payment_no: None,
        biz_no: order.to_string(),
        member: None,
        amount: Fen(100),
        kind: RefundKind::Admin,
        route: RefundRoute::Wallet,
        state: RefundState::Requested,
        reason: "x".to_owned(),
        applicant: "anna".to_owned(),
        auditor: None,
        channel_refund_no: None,
        asked: 0,
        finished_at: None,
        created_at: NOW,
    }
}

testkit::both_engines! {
    async fn one_title_is_the_default(db: &Db) {
        let member = member(db).await;
        let mut tx = db.begin().await.expect("a transaction");
        let first = invoice_titles::insert(tx.conn(), member, &company(), NOW).await.expect("ok");
        let second = invoice_titles::insert(tx.conn(), member, &company(), NOW).await.expect("ok");
        assert!(invoice_titles::make_default(tx.conn(), member, first).await.expect("ok"));
        assert!(invoice_titles::make_default(tx.conn(), member, second).await.expect("ok"));
        let default = invoice_titles::default_of(tx.conn(), member).await.expect("ok");
        assert_eq!(default.map(|title| title.id), Some(second));
        let list = invoice_titles::list(tx.conn(), member, 20).await.expect("ok");
        assert_eq!(list.iter().map(|title| title.id).collect::<Vec<_>>(), [second, first]);
        assert_eq!(list[0].title, company());
        let stranger = MemberId(member.0 + 1);
        assert!(invoice_titles::find(tx.conn(), stranger, first).await.expect("ok").is_none());
        assert!(!invoice_titles::update(tx.conn(), stranger, first, &company(), NOW).await.expect("ok"));
        assert!(!invoice_titles::make_default(tx.conn(), stranger, first).await.expect("ok"));
        assert!(!invoice_titles::remove(tx.conn(), stranger, first).await.expect("ok"));
        assert!(invoice_titles::remove(tx.conn(), member, first).await.expect("ok"));
        tx.commit().await.expect("committed");
    }

    async fn an_invoice_comes_back_as_it_was(db: &Db) {
        let member = member(db).await;
        let mut tx = db.begin().await.expect("a transaction");
        let mut known = invoice(1, member);
        known.id = invoices::insert(tx.conn(), &known, NOW).await.expect("new");
        invoices::put_items(tx.conn(), &known.req_no, &[line(), line()]).await.expect("ok");
        invoices::put_items(tx.conn(), &known.req_no, &[line()]).await.expect("ok");
        assert_eq!(invoices::items(tx.conn(), &known.req_no).await.expect("ok"), [line()]);
        known.state = InvoiceState::RedApplying;
        known.invoice_no = Some("24510000000000000001".to_owned());
        known.issued_at = Some(later(5));
        known.files = vec![InvoiceFile { form: FileForm::Pdf, url: Some("https://example.com/1".to_owned()) }];
        known.red_status = Some(RedStatus::UnderReview);
        known.red_reason = Some("订单退款".to_owned());
        known.after_red = Some(AfterRed::ReissueTo { title: company() });
        known.red_when_issued = true;
        known.mailed_at = Some(later(9));
        known.fail_reason = Some("no".to_owned());
        known.mail_error = Some("full".to_owned());
        invoices::update(tx.conn(), &known, NOW).await.expect("ok");
        let read = invoices::lock(tx.conn(), &known.req_no).await.expect("ok").expect("there");
        assert_eq!(read, known);
        let list = |filter: InvoiceFilter| filter;
        for (filter, found) in [
            (list(InvoiceFilter::default()), 1),
            (list(InvoiceFilter { member: Some(member), scope: Scope::Within("/1/".to_owned()), ..InvoiceFilter::default() }), 1),
            (list(InvoiceFilter { state: Some(InvoiceState::Issued), ..InvoiceFilter::default() }), 0),
            (list(InvoiceFilter { kind: Some(InvoiceKind::General), color: Some(InvoiceColor::Blue),
                seller: Some(OrgId(1)), title: Some(company().title), invoice_no: known.invoice_no.clone(),
                from: Some(NOW), until: Some(later(1)), ..InvoiceFilter::default() }), 1),
            (list(InvoiceFilter { scope: Scope::Within("/1/7/".to_owned()), ..InvoiceFilter::default() }), 0),
        ] {
            let page = invoices::list(tx.conn(), &filter, PageRequest::default()).await.expect("ok");
            assert_eq!(page.total, found, "{filter:?}");
        }
        tx.commit().await.expect("committed");
    }

    async fn an_order_is_on_one_living_invoice(db: &Db) {
        let member = member(db).await;
        let (first, second) = (paid(db, member, 1).await, paid(db, member, 2).await);
        let open = || async {
            let mut view = db.view().await.expect("a connection");
            let page = invoice_orders::list_open(view.conn(), member, NOW, PageRequest::default()).await;
            page.expect("ok").items
        };
        let rows = open().await;
        assert_eq!(rows.iter().map(|row| row.order_no).collect::<Vec<_>>(), [second, first]);
        assert_eq!((rows[0].issued_by, rows[0].member), (IssuedBy::Platform, Some(member)));
        let mut tx = db.begin().await.expect("a transaction");
        for sequence in [1, 2] {
            invoices::insert(tx.conn(), &invoice(sequence, member), NOW).await.expect("new");
        }
        invoice_orders::hold(tx.conn(), &req_no(1), &[(first, Fen(2000)), (second, Fen(2000))]).await.expect("ok");
        tx.commit().await.expect("committed");
        assert!(open().await.is_empty());

        let mut tx = db.begin().await.expect("a transaction");
        let taken = invoice_orders::hold(tx.conn(), &req_no(2), &[(second, Fen(2000))]).await;
        assert!(taken.expect_err("twice").violates(constraint::ONE_INVOICE_PER_ORDER));
        tx.rollback().await.expect("undone");

        let mut tx = db.begin().await.expect("a transaction");
        let held = invoice_orders::holder_of(tx.conn(), second).await.expect("ok");
        assert_eq!(held, Some((req_no(1), Fen(2000))));
        invoice_orders::release(tx.conn(), &req_no(1)).await.expect("ok");
        invoice_orders::hold(tx.conn(), &req_no(1), &[(first, Fen(1500))]).await.expect("held anew");
        invoice_orders::hold(tx.conn(), &req_no(2), &[(second, Fen(2000))]).await.expect("free");
        let covered = invoice_orders::of_invoice(tx.conn(), &req_no(1)).await.expect("ok");
        let seen: Vec<_> = covered.iter().map(|row| (row.order_no, row.amount_fen, row.living)).collect();
        assert!(seen.contains(&(first, Fen(1500), true)) && seen.contains(&(second, Fen(2000), false)));
        refunds::insert(tx.conn(), &asked_back(first), None).await.expect("ok");
        let sold = invoice_orders::lock_sold(tx.conn(), &[second, first]).await.expect("ok");
        assert_eq!(sold.iter().map(|row| row.order_no).collect::<Vec<_>>(), [first, second]);
        assert_eq!((sold[0].refunding, sold[1].refunding), (true, false));
        assert_ne!(sold[0].invoice_id, sold[1].invoice_id);
        tx.commit().await.expect("committed");
    }

    async fn work_is_taken_once(db: &Db) {
        let member = member(db).await;
        let lease = Duration::from_mins(1);
        let mut tx = db.begin().await.expect("a transaction");
        invoices::insert(tx.conn(), &invoice(1, member), NOW).await.expect("new");
        for kind in [TaskKind::Issue, TaskKind::Mail] {
            invoice_tasks::insert(tx.conn(), &req_no(1), kind, NOW).await.expect("ok");
        }
        tx.commit().await.expect("committed");
        let mut lent = db.direct().await.expect("a connection");
        let early = Timestamp(NOW.0 - 1);
        assert!(!invoice_tasks::is_due(lent.conn(), early).await.expect("ok"));
        assert!(invoice_tasks::is_due(lent.conn(), NOW).await.expect("ok"));
        let taken = invoice_tasks::claim(lent.conn(), NOW, lease, 8).await.expect("ok");
        assert_eq!(taken.len(), 2);
        assert!(invoice_tasks::claim(lent.conn(), NOW, lease, 8).await.expect("ok").is_empty());
        let (issue, mail) = (&taken[0], &taken[1]);
        assert_eq!((issue.kind, issue.attempts), (TaskKind::Issue, 1));
        assert!(invoice_tasks::postpone(lent.conn(), issue, later(5), Some("slow")).await.expect("ok"));
        assert!(invoice_tasks::finish(lent.conn(), mail).await.expect("ok"));
        assert!(!invoice_tasks::finish(lent.conn(), mail).await.expect("ok"));
        let waiting = invoice_tasks::waiting(lent.conn(), &req_no(1)).await.expect("ok");
        assert_eq!(waiting, [(TaskKind::Issue, Some("slow".to_owned()))]);
        let again = invoice_tasks::claim(lent.conn(), later(5), lease, 8).await.expect("ok");
        assert_eq!(again[0].attempts, 2);
        assert!(!invoice_tasks::finish(lent.conn(), issue).await.expect("ok"), "an old claim");
        invoice_tasks::drop_kind(lent.conn(), &req_no(1), TaskKind::Issue).await.expect("ok");
        assert!(invoice_tasks::waiting(lent.conn(), &req_no(1)).await.expect("ok").is_empty());
    }
}
