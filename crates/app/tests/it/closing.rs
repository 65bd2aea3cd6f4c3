//! The close of a day: a channel's bill beside our books.

use crate::paying::Shop;
use app::staff::Actor;
use app::{AppError, ChannelPayout};
use channels::payment::{ChannelName, PaymentChannel, PaymentMethod, Prepay};
use domain::day::Day;
use domain::ledger::{Account, Asset, Expense, Journal, MemberPurse, postings};
use domain::payer::{Payer, Sums};
use domain::payment::PaymentState;
use domain::reconcile::Flaw;
use domain::refund::RefundState;
use kernel::{BasisPoints, Clock, Fen, OrderNo};
use serde_json::json;
use std::time::Duration;
use store::alarms::{self, AlarmFilter, AlarmRow};
use store::audit_logs::AuditFilter;
use store::ledger::{self, LineFilter};
use store::reconciliations::{DayFilter, DifferenceFilter, DifferenceRow, ReconciliationRow};
use store::refunds::RefundFilter;
use store::{Db, PageRequest};

const MOCK: ChannelName = ChannelName::Mock;

impl Shop {
    /// A top-up that is paid and called back.
    async fn paid(&self, fen: i64) -> app::Cashier {
        let cashier = self.recharge(fen).await;
        self.mock.pay(&cashier.payment.payment_no).expect("paid");
        self.clock.advance(Duration::from_secs(5));
        self.callbacks().await;
        cashier
    }

    /// The present day, once it is over.
    fn end_day(&self) -> Day {
        let day = Day::of(self.clock.now());
        let left = day.next().begins().since(self.clock.now());
        self.clock.advance(left + Duration::from_hours(1));
        day
    }

    async fn compare(&self, day: Day) -> ReconciliationRow {
        let row = self.app.reconcile(MOCK, day, "anna").await;
        row.expect("compared")
    }

    async fn differences(&self) -> Vec<DifferenceRow> {
        let filter = DifferenceFilter::default();
        let page = self.app.list_differences(&filter, PageRequest::default());
        page.await.expect("read").items
    }

    async fn alarms(&self, code: &str) -> Vec<AlarmRow> {
        let mut view = self.app.db().view().await.expect("a connection");
        let filter = AlarmFilter {
            open: true,
            code: Some(code.to_owned()),
            ..AlarmFilter::default()
        };
        let page = alarms::list(view.conn(), &filter, PageRequest::default());
        page.await.expect("read").items
    }

    async fn journals(&self) -> i64 {
        let mut view = self.app.db().view().await.expect("a connection");
        ledger::verify(view.conn()).await.expect("read").journals
    }

    async fn post(&self, journal: Journal) {
        let mut tx = self.app.db().begin().await.expect("a transaction");
        ledger::post(tx.conn(), &[journal], "test", self.clock.now())
            .await
            .expect("posted");
        tx.commit().await.expect("committed");
    }
}

fn flaws(rows: &[DifferenceRow]) -> Vec<(Flaw, &str)> {
    rows.iter()
        .map(|row| (row.flaw, row.state.as_str()))
        .collect()
}

testkit::both_engines! {
    async fn a_day_that_agrees_is_clean_and_stays_so(db: &Db) {
        let shop = Shop::with(db, app::Settings::default(), 6).await;
        shop.paid(10_000).await;
        shop.paid(5000).await;
        let anna = Actor::trusted("anna");
        let asked = shop.app.withdraw_wallet(shop.id(), Fen(2000)).await.expect("asked");
        shop.app.decide_refund(&anna, &asked[0].refund_no, true).await.expect("agreed");
        shop.app.send_refunds().await.expect("sent");
        let today = Day::of(shop.clock.now());
        let early = shop.app.reconcile(MOCK, today, "anna").await;
        assert!(matches!(early, Err(AppError::Conflict(_))), "the day is not over");
        let day = shop.end_day();
        let row = shop.compare(day).await;
        assert_eq!((row.state.as_str(), row.gap()), ("clean", Fen::ZERO));
        assert_eq!((row.their_count, row.their_in_fen, row.their_out_fen, row.fee_fen),
            (3, Fen(15_000), Fen(2000), Fen(90)));
        assert_eq!((row.our_count, row.our_in_fen, row.our_out_fen, row.our_fee_fen),
            (3, Fen(15_000), Fen(2000), Fen(90)));
        assert_eq!(shop.held(Account::Asset(Asset::Mock)).await, 15_000 - 2000 - 90);
        assert_eq!(shop.held(Account::Expense(Expense::ChannelFee)).await, 90);
        let journals = shop.journals().await;
        let again = shop.compare(day).await;
        assert_eq!(again.runs, 2);
        assert_eq!(ReconciliationRow { runs: 1, ..again }, row);
        assert_eq!(shop.journals().await, journals, "nothing is posted twice");
        assert!(shop.differences().await.is_empty());
        assert!(shop.alarms("reconcile_diff").await.is_empty());
        shop.assert_books_are_right().await;
    }

    /// Nobody called back, and nobody could be asked: the bill tells.
    async fn what_the_bill_says_paid_is_taken_as_paid(db: &Db) {
        let shop = Shop::open(db).await;
        shop.script(json!({"callbacks": {"copies": 0}, "refunds": {"after_ms": 60_000}}));
        let cashier = shop.recharge(5000).await;
        shop.mock.pay(&cashier.payment.payment_no).expect("paid");
        let day = shop.end_day();
        let row = shop.compare(day).await;
        assert_eq!((row.state.as_str(), row.our_in_fen), ("clean", Fen(5000)));
        assert_eq!(shop.cash().await, 5000);
        assert_eq!(shop.payment(&cashier).await, PaymentState::Paid);
        let found = shop.differences().await;
        assert_eq!(flaws(&found), [(Flaw::NotBooked, "repaired")]);
        assert_eq!(found[0].document_no, cashier.payment.payment_no);
        // The money of the evening is on the evening's day, though it was posted after midnight.
        let filter = LineFilter { event_type: Some("recharge".to_owned()), ..LineFilter::default() };
        let lines = shop.app.ledger_lines(&filter, PageRequest::default()).await.expect("read");
        assert!(lines.items.iter().all(|line| Day::of(line.posted_at) == day.next()));

        // A refund that the channel has made, and that we have heard nothing of.
        let anna = Actor::trusted("anna");
        let asked = shop.app.withdraw_wallet(shop.id(), Fen(1200)).await.expect("asked");
        let refund_no = asked[0].refund_no.clone();
        shop.app.decide_refund(&anna, &refund_no, true).await.expect("agreed");
        shop.app.send_refunds().await.expect("sent");
        let day = shop.end_day();
        let row = shop.compare(day).await;
        assert_eq!((row.state.as_str(), row.our_out_fen), ("clean", Fen(1200)));
        let page = shop.app.list_refunds(&RefundFilter::default(), PageRequest::default()).await;
        let refund = &page.expect("read").items[0];
        assert_eq!((refund.refund_no.as_str(), refund.state),
            (refund_no.as_str(), RefundState::Success));
        assert_eq!(shop.held(Account::RefundInflight).await, 0);
        assert_eq!(shop.cash().await, 3800);
        assert!(shop.alarms("reconcile_diff").await.is_empty());
        shop.assert_books_are_right().await;
    }

    /// Somebody paid under a number that is nobody's: the money is there, and waits.
    async fn unknown_money_waits_in_suspense(db: &Db) {
        let shop = Shop::open(db).await;
        let stranger = Prepay {
            payment_no: "STRANGE0001".to_owned(),
            amount: Fen(700),
            description: "x".to_owned(),
            payer: None,
            method: PaymentMethod::Mock,
            notify_url: None,
            expires_at: shop.clock.now() + Duration::from_mins(10),
            client_ip: None,
        };
        shop.mock.create_prepay(&stranger).await.expect("announced");
        shop.mock.pay("STRANGE0001").expect("paid");
        let day = shop.end_day();
        for run in 1..=2 {
            let row = shop.compare(day).await;
            assert_eq!((row.state.as_str(), row.gap(), row.runs), ("differs", Fen::ZERO, run));
            assert_eq!(shop.held(Account::SuspenseUnmatched).await, 700, "once");
            assert_eq!(flaws(&shop.differences().await), [(Flaw::MissingHere, "open")]);
        }
        let alarms = shop.alarms("reconcile_diff").await;
        assert_eq!(alarms.len(), 1);
        assert_eq!(alarms[0].object_id, format!("mock {day}"));
        let waiting = shop.app.list_unmatched(None, PageRequest::default()).await.expect("read");
        assert_eq!(waiting.items[0].amount_fen, Fen(700));
        assert!(waiting.items[0].reference.starts_with("mock:"), "{waiting:?}");
        shop.assert_books_are_right().await;

        let anna = Actor::trusted("anna");
        let id = shop.differences().await[0].id;
        assert!(shop.app.resolve_difference(&anna, id, " ").await.is_err(), "why?");
        let done = shop.app.resolve_difference(&anna, id, "a test of the channel").await;
        let done = done.expect("resolved");
        assert_eq!((done.state.as_str(), done.decided_by.as_deref()), ("resolved", Some("anna")));
        let twice = shop.app.resolve_difference(&anna, id, "again").await;
        assert!(matches!(twice, Err(AppError::Conflict(_))));
        assert!(shop.alarms("reconcile_diff").await.is_empty());
        let filter = AuditFilter { action: Some("reconcile.resolve".to_owned()), ..AuditFilter::default() };
        let lines = shop.app.list_audit(&filter, PageRequest::default()).await.expect("read");
        assert_eq!(lines.items.len(), 1);
        assert_eq!(lines.items[0].before.as_ref().expect("before")["state"], "open");
        let row = shop.compare(day).await;
        assert_eq!(row.state, "resolved", "what was looked at stays so");
        assert!(shop.alarms("reconcile_diff").await.is_empty());
        shop.assert_books_are_right().await;
    }

    /// The payer paid another sum: what has come is in suspense, the payment is not paid.
    async fn another_sum_is_not_the_payment(db: &Db) {
        let shop = Shop::open(db).await;
        let cashier = shop.recharge(5000).await;
        shop.script(json!({"amount_error": -4900, "callbacks": {"copies": 0}}));
        shop.mock.pay(&cashier.payment.payment_no).expect("paid");
        let day = shop.end_day();
        let row = shop.compare(day).await;
        assert_eq!((row.state.as_str(), row.gap()), ("differs", Fen::ZERO));
        let found = shop.differences().await;
        assert_eq!(flaws(&found), [(Flaw::AmountDiffers, "open")]);
        assert_eq!((found[0].their_fen, found[0].our_fen), (Fen(100), Fen(5000)));
        assert_eq!((shop.cash().await, shop.held(Account::SuspenseUnmatched).await), (0, 100));
        shop.compare(day).await;
        assert_eq!(shop.held(Account::SuspenseUnmatched).await, 100);
        assert_eq!(flaws(&shop.differences().await), [(Flaw::AmountDiffers, "open")]);
        shop.assert_books_are_right().await;
    }

    /// We have booked what the channel knows nothing of: the sums differ until that is accepted.
    async fn what_the_bill_lacks_is_found(db: &Db) {
        let shop = Shop::open(db).await;
        shop.paid(3000).await;
        let made_up = postings::recharge("RCX", shop.id(), Asset::Mock, Fen(800), Fen::ZERO)
            .at_channel("PYX", shop.clock.now());
        shop.post(made_up).await;
        let day = shop.end_day();
        let row = shop.compare(day).await;
        assert_eq!((row.state.as_str(), row.gap()), ("differs", Fen(-800)));
        let found = shop.differences().await;
        assert_eq!(flaws(&found), [(Flaw::MissingThere, "open")], "the sum is explained by it");
        assert_eq!((found[0].document_no.as_str(), found[0].our_fen), ("PYX", Fen(800)));
        let anna = Actor::trusted("anna");
        shop.app.resolve_difference(&anna, found[0].id, "tomorrow's bill").await.expect("resolved");
        let row = shop.app.reconciliation("mock", &day.to_string()).await.expect("there");
        assert_eq!((row.state.as_str(), row.accepted_fen), ("resolved", Fen(-800)));
        shop.assert_books_are_right().await;
        // Another posting into the day that was accepted breaks the rule.
        let later = postings::recharge("RCY", shop.id(), Asset::Mock, Fen(5), Fen::ZERO)
            .at_channel("PYY", day.begins());
        shop.post(later).await;
        let report = shop.app.verify_books().await.expect("read");
        assert_eq!(report.findings.len(), 1, "{report:?}");
        assert_eq!(report.findings[0].rule, "reconciled_days_stay");
        // A movement that names no document shows in the sums.
        let bare = postings::recharge("RCZ", shop.id(), Asset::Mock, Fen(9), Fen::ZERO);
        shop.post(bare).await;
        let day = shop.end_day();
        let row = shop.compare(day).await;
        assert_eq!((row.state.as_str(), row.gap()), ("differs", Fen(-9)));
        let found = shop.differences().await;
        assert_eq!(found[0].flaw, Flaw::SumDiffers);
    }

    /// Fees: the bill's, or the agreed ones where it names none; what deviates is shown.
    async fn fees_are_posted_once(db: &Db) {
        let mut settings = app::Settings::default();
        settings.money.channel_fee = BasisPoints(60);
        let shop = Shop::with(db, settings.clone(), 0).await;
        shop.paid(10_000).await;
        let day = shop.end_day();
        let row = shop.compare(day).await;
        assert_eq!((row.state.as_str(), row.fee_fen, row.our_fee_fen), ("clean", Fen(60), Fen(60)));
        shop.compare(day).await;
        assert_eq!(shop.held(Account::Expense(Expense::ChannelFee)).await, 60);
        assert!(shop.differences().await.is_empty());
        shop.assert_books_are_right().await;
    }

    async fn a_fee_that_was_not_agreed_is_shown(db: &Db) {
        let mut settings = app::Settings::default();
        settings.money.channel_fee = BasisPoints(60);
        let shop = Shop::with(db, settings, 10).await;
        shop.paid(10_000).await;
        let day = shop.end_day();
        let row = shop.compare(day).await;
        assert_eq!((row.state.as_str(), row.fee_fen, row.gap()), ("differs", Fen(100), Fen::ZERO));
        let found = shop.differences().await;
        assert_eq!(flaws(&found), [(Flaw::FeeDiffers, "open")]);
        assert_eq!((found[0].their_fen, found[0].our_fen), (Fen(100), Fen(60)));
        assert_eq!(shop.held(Account::Expense(Expense::ChannelFee)).await, 100, "the bill's");
    }

    /// The job: every day once, as soon as its bill is there, also after a pause.
    async fn days_are_closed_by_themselves(db: &Db) {
        let shop = Shop::open(db).await;
        assert_eq!(shop.app.close_days().await.expect("ran"), 0, "there is no business yet");
        shop.paid(3000).await;
        assert_eq!(shop.app.close_days().await.expect("ran"), 0, "the day is not over");
        let day = Day::of(shop.clock.now());
        let left = day.next().begins().since(shop.clock.now());
        shop.clock.advance(left);
        assert_eq!(shop.app.close_days().await.expect("ran"), 0, "its bill is not there yet");
        shop.clock.advance(Duration::from_mins(30));
        shop.script(json!({"calls": [{"call": "bill", "outcome": {"kind": "unreachable", "happens": false}}]}));
        assert_eq!(shop.app.close_days().await.expect("ran"), 0, "it cannot be had");
        assert!(shop.alarms("reconcile_diff").await.is_empty(), "which may be for a while");
        shop.clock.advance(Duration::from_hours(24));
        assert_eq!(shop.app.close_days().await.expect("ran"), 0);
        assert_eq!(shop.alarms("reconcile_diff").await[0].object_id, format!("mock {day}"));
        shop.script(json!({}));
        assert_eq!(shop.app.close_days().await.expect("ran"), 2, "both days");
        assert_eq!(shop.app.close_days().await.expect("ran"), 0, "once");
        assert!(shop.alarms("reconcile_diff").await.is_empty());
        let filter = DayFilter { state: Some("clean".to_owned()), ..DayFilter::default() };
        let days = shop.app.list_reconciliations(&filter, PageRequest::default()).await;
        let days = days.expect("read").items;
        let named: Vec<String> = days.iter().map(|row| row.day.clone()).collect();
        assert_eq!(named, [day.next().to_string(), day.to_string()]);
        shop.assert_books_are_right().await;
    }

    async fn a_payout_reaches_the_bank_once(db: &Db) {
        let shop = Shop::open(db).await;
        shop.paid(3000).await;
        let anna = Actor::trusted("anna");
        let payout = ChannelPayout {
            channel: MOCK, amount: Fen(2000), reference: "B-1".to_owned(),
        };
        for _ in 0..2 {
            let held = shop.app.channel_payout(&anna, &payout).await.expect("written");
            assert_eq!(held, (Fen(1000), Fen(2000)));
        }
        let other = ChannelPayout { amount: Fen(1), ..payout.clone() };
        let refused = shop.app.channel_payout(&anna, &other).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
        let more = ChannelPayout { amount: Fen(1001), reference: "B-2".to_owned(), ..payout.clone() };
        let refused = shop.app.channel_payout(&anna, &more).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
        for (amount, reference) in [(0, "B-3"), (-1, "B-3"), (1, ""), (1, "a b"), (1, "款")] {
            let wrong = ChannelPayout { amount: Fen(amount), reference: reference.to_owned(), ..payout.clone() };
            let refused = shop.app.channel_payout(&anna, &wrong).await;
            assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
        }
        let elsewhere = ChannelPayout { channel: ChannelName::Wechat, ..payout };
        let refused = shop.app.channel_payout(&anna, &elsewhere).await;
        assert!(matches!(refused, Err(AppError::NotFound(_))), "{refused:?}");
        let day = shop.end_day();
        assert_eq!(shop.compare(day).await.state, "clean", "payouts are not in the trade bill");
        shop.assert_books_are_right().await;
    }

    /// The night: every broken rule has an alarm that names it and its object, until it holds.
    async fn books_are_checked_every_night(db: &Db) {
        let shop = Shop::open(db).await;
        shop.paid(3000).await;
        assert!(shop.app.night_work().await.expect("ran"), "in the afternoon of the first day");
        assert!(!shop.app.night_work().await.expect("ran"), "once a night");
        assert!(shop.alarms("ledger_invariant").await.is_empty());
        // Held for an order that nobody knows.
        let order = OrderNo::compose("APP", 1_729_407_600, 1).expect("legal parts");
        let wallet = Payer::Wallet { member: shop.id() };
        let sums = Sums { cash: Fen(500), gift: Fen::ZERO };
        let frozen = postings::freeze(order, &wallet, sums);
        shop.post(frozen.clone()).await;
        shop.end_day();
        assert!(!shop.app.night_work().await.expect("ran"), "one o'clock is too early");
        shop.clock.advance(Duration::from_hours(2));
        assert!(shop.app.night_work().await.expect("ran"));
        let alarms = shop.alarms("ledger_invariant").await;
        let mut rules: Vec<&str> = alarms.iter().map(|alarm| alarm.object_id.as_str()).collect();
        rules.sort_unstable();
        assert_eq!(rules, ["orders_hold_capture_or_release", "wallets_freeze_what_orders_hold"]);
        let alarm = alarms.iter().find(|alarm| alarm.object_id == rules[0]).expect("there");
        assert_eq!(alarm.level, "C");
        assert!(alarm.message.contains(order.as_str()), "{}", alarm.message);
        assert_eq!(alarm.details["findings"][0]["found_fen"], 500);
        shop.post(frozen.reversed("never was")).await;
        shop.app.check_books().await.expect("checked");
        assert!(shop.alarms("ledger_invariant").await.is_empty(), "recovered");
        assert_eq!(shop.held(Account::Member(shop.id(), MemberPurse::Frozen)).await, 0);
    }
}
