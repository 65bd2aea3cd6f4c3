//! A member with paid orders, an issuer that tests command, and a letter box.

use crate::plans::{ebike, in_force};
use crate::scene::{DEVICE, NOON, Pile, Scene, end, id, settings};
use app::staff::Actor;
use app::{AppError, Buyer, InvoiceWish, Outside, PayBy, Settings};
use channels::invoice::{LocalIssuer, LocalIssuerSettings};
use channels::mail::{Mail, MailChannel, MailFault, Sending};
use device::ChargeKey;
use domain::invoice::{BuyerKind, InvoiceKind, InvoiceState, InvoiceTitle, Seller};
use domain::ledger::{Asset, postings};
use domain::request::start_plan;
use kernel::{Fen, ManualClock, OrderNo};
use serde_json::json;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use store::invoices::Invoice;
use store::members::{self, Member};
use store::{Db, ledger};

/// What the issuer takes for anything.
pub(crate) const DELAY_S: u64 = 10;

/// Keeps letters, or refuses them.
#[derive(Debug, Default)]
pub(crate) struct LetterBox {
    pub(crate) letters: Mutex<Vec<Mail>>,
    pub(crate) fault: Mutex<Option<MailFault>>,
}

impl LetterBox {
    pub(crate) fn subjects(&self) -> Vec<String> {
        let letters = self.letters.lock().expect("not poisoned");
        letters.iter().map(|mail| mail.subject.clone()).collect()
    }
}

impl MailChannel for LetterBox {
    fn send<'a>(&'a self, mail: &'a Mail) -> Sending<'a> {
        let fault = self.fault.lock().expect("not poisoned").clone();
        if fault.is_none() {
            self.letters
                .lock()
                .expect("not poisoned")
                .push(mail.clone());
        }
        Box::pin(async move { fault.map_or(Ok(()), Err) })
    }
}

pub(crate) struct Desk {
    pub(crate) scene: Scene,
    pub(crate) issuer: Arc<LocalIssuer>,
    pub(crate) letters: Arc<LetterBox>,
    pub(crate) member: Member,
    pile: Pile,
    charges: u16,
}

/// The platform may issue.
pub(crate) fn operator() -> Settings {
    let mut settings = settings();
    settings.invoices.platform = Seller {
        name: "某某充电运营有限公司".to_owned(),
        tax_no: "91510100MA6CXXXX0X".to_owned(),
        ..Seller::default()
    };
    settings
}

/// A buyer.
pub(crate) fn title(kind: InvoiceKind, name: &str) -> InvoiceTitle {
    InvoiceTitle {
        kind,
        buyer_kind: BuyerKind::Company,
        title: name.to_owned(),
        tax_no: Some("91510100MA6CYYYY0Y".to_owned()),
        address_phone: None,
        bank_account: None,
        email: Some("buyer@example.com".to_owned()),
        mobile: None,
    }
}

impl Desk {
    /// A member with so much cash and gift, at a device that charges 1.50 yuan per kWh.
    pub(crate) async fn new(db: &Db, cash: i64, gift: i64) -> Self {
        Self::with(db, operator(), cash, gift).await
    }

    pub(crate) async fn with(db: &Db, settings: Settings, cash: i64, gift: i64) -> Self {
        let clock = Arc::new(ManualClock::at(NOON));
        let manner = LocalIssuerSettings {
            delay: Duration::from_secs(DELAY_S),
            refuses: Some("李四".to_owned()),
        };
        let issuer = Arc::new(LocalIssuer::new(clock.clone(), manner));
        let letters = Arc::new(LetterBox::default());
        let outside = Outside {
            mail: letters.clone(),
            issuer: issuer.clone(),
            ..Outside::default()
        };
        let scene = Scene::among(db, settings, clock, outside).await;
        let plan = json!({"mode": "energy", "unit_price_fen": 150});
        in_force(&scene, ebike(plan)).await;
        let now = scene.app.now();
        let mut tx = db.begin().await.expect("a transaction");
        let member = members::register(tx.conn(), "13800138000", now)
            .await
            .expect("registered");
        let topped = postings::recharge("RC1", member, Asset::Mock, Fen(cash), Fen(gift));
        ledger::post(tx.conn(), &[topped], "test", now)
            .await
            .expect("posted");
        let row = members::find(tx.conn(), member)
            .await
            .expect("read")
            .expect("there");
        tx.commit().await.expect("committed");
        let pile = scene.connect(DEVICE).await;
        Self {
            scene,
            issuer,
            letters,
            member: row,
            pile,
            charges: 0,
        }
    }

    /// Charges and pays.
    pub(crate) async fn charge(&mut self, centi_kwh: i64) -> OrderNo {
        self.charges += 1;
        let port = self.charges;
        let body = json!({"port_no": port, "charge_mode": 4, "amount": 5000});
        let plan = start_plan(&body).expect("a legal request");
        let app = self.scene.app.clone();
        let started = app
            .start_for_member(
                &self.member,
                &id(DEVICE),
                plan,
                PayBy::Wallet,
                domain::settlement::Wishes::default(),
            )
            .await;
        let order = started.expect("started").order;
        self.pile.begins(&order).await;
        self.scene.advance(600);
        let report = end(ChargeKey::Order(order.order_no), port, 600, centi_kwh);
        self.pile.ends(report).await;
        order.order_no
    }

    /// Asks for an invoice to that buyer.
    pub(crate) async fn ask(
        &self,
        orders: &[OrderNo],
        kind: InvoiceKind,
        name: &str,
    ) -> Result<Invoice, AppError> {
        let wish = InvoiceWish {
            orders: orders.to_vec(),
            buyer: Buyer::Named(Box::new(title(kind, name))),
            email: None,
            remark: Some("谢谢".to_owned()),
        };
        self.scene
            .app
            .ask_for_invoice(self.member.member_id(), wish)
            .await
    }

    /// A general invoice that nobody refuses.
    pub(crate) async fn asked(&self, orders: &[OrderNo]) -> Invoice {
        let asked = self
            .ask(orders, InvoiceKind::General, "成都某某科技有限公司")
            .await;
        asked.expect("accepted")
    }

    /// Does what is due now.
    pub(crate) async fn work(&self) {
        self.scene.app.work_on_invoices().await.expect("a database");
    }

    /// Lets time pass, and everything be done that falls due.
    pub(crate) async fn wait(&self, seconds: u64) {
        for _ in 0..seconds {
            self.scene.advance(1);
            self.work().await;
        }
    }

    pub(crate) async fn read(&self, invoice: &Invoice) -> Invoice {
        let mut view = self.scene.app.db().view().await.expect("a connection");
        let found = store::invoices::find(view.conn(), &invoice.req_no).await;
        found.expect("read").expect("there")
    }

    pub(crate) async fn state(&self, invoice: &Invoice) -> InvoiceState {
        self.read(invoice).await.state
    }

    /// All of the member's, the oldest first.
    pub(crate) async fn all(&self) -> Vec<Invoice> {
        let member = self.member.member_id();
        let page = self
            .scene
            .app
            .member_invoices(member, store::PageRequest::default())
            .await;
        let mut items = page.expect("read").items;
        items.reverse();
        items
    }

    /// Gives money of an order back: one asks, another agrees.
    pub(crate) async fn refund(&self, order: OrderNo, amount: i64) {
        let app = &self.scene.app;
        let (anna, ben) = (Actor::trusted("anna"), Actor::trusted("ben"));
        let asked = app
            .ask_order_refund(&anna, order, Fen(amount), "投诉")
            .await;
        let number = asked.expect("asked for").refund_no;
        app.decide_refund(&ben, &number, true)
            .await
            .expect("agreed");
    }
}
