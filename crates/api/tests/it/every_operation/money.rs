//! Money at the console.

use super::{Case, act, read, write};
use crate::lab::{DEVICE, Lab};
use app::RechargeWish;
use axum::http::Method;
use channels::payment::PaymentMethod;
use domain::ledger::{Account, Asset, Income, Journal, JournalKind, postings};
use domain::reconcile::{Flaw, MovementKind};
use domain::refund::RefundState;
use domain::reservation::{NoShow, Reservation, ReservationState};
use kernel::{Fen, MemberId, OrderNo, PortNo};
use std::time::Duration;
use store::reconciliations::{self, NewDifference};
use store::refunds::{self, RefundRow};
use store::reservations::{self, ReservationRow};
use store::stations::{self, StationEntry};
use store::{devices, ledger, members, parking_handovers, parking_rules};

/// A partner who owes a yuan.
async fn owing_partner(lab: &Lab) {
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let paid = postings::partner_cleared("api-1:before", "api-1", Fen(-100));
    let posted = ledger::post(tx.conn(), &[paid], "test", lab.app.now()).await;
    posted.expect("posted");
    tx.commit().await.expect("committed");
}

/// A member with 50 yuan who wants 10 back, and a payment that can be paid.
async fn paying_member(lab: &Lab) -> Paying {
    let now = lab.app.now();
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let id = members::register(tx.conn(), "13900139000", now)
        .await
        .expect("made");
    let member = members::find(tx.conn(), id)
        .await
        .expect("read")
        .expect("there");
    tx.commit().await.expect("committed");
    let wish = RechargeWish {
        package: None,
        amount: Some(Fen(5000)),
        method: PaymentMethod::Mock,
        ip: None,
    };
    let paid = lab.app.recharge(&member, &wish).await.expect("begun");
    lab.app.pay_at_mock(&paid.payment.payment_no).expect("paid");
    for _ in 0..200 {
        if lab.app.wallet(id).await.expect("read").cash == Fen(5000) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let back = lab.app.withdraw_wallet(id, Fen(1000)).await.expect("asked");
    let open = lab.app.recharge(&member, &wish).await.expect("begun");
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    for (number, state) in STUCK {
        let row = RefundRow {
            refund_no: number.to_owned(),
            state,
            amount: Fen(1),
            applicant: "anna".to_owned(),
            ..back[0].clone()
        };
        refunds::insert(tx.conn(), &row, None).await.expect("made");
    }
    tx.commit().await.expect("committed");
    Paying {
        member: member.id,
        refund: back[0].refund_no.clone(),
        payment: open.payment.payment_no,
        recharge: paid.recharge.recharge_no,
    }
}

/// Refunds that wait for a person.
const STUCK: [(&str, RefundState); 3] = [
    ("RF2024102015000000000901", RefundState::Abnormal),
    ("RF2024102015000000000902", RefundState::Abnormal),
    ("RF2024102015000000000903", RefundState::Failed),
];

/// A member and what they are about.
struct Paying {
    member: i64,
    refund: String,
    payment: String,
    recharge: String,
}

/// The day before the lab's, on which nothing happened.
const YESTERDAY: &str = "2024-10-19";

/// 5 yuan that nobody knows, 5 that the member owes, and a difference of yesterday.
async fn left_over(lab: &Lab, member: i64) {
    let now = lab.app.now();
    let debt = Journal::of(JournalKind::Occupancy, "OC1", "OC1")
        .debit(Account::ReceivableMember(MemberId(member)), Fen(500))
        .credit(Account::Income(Income::Occupancy), Fen(500));
    let journals = [postings::unmatched("mock:42", Asset::Mock, Fen(500)), debt];
    let difference = NewDifference {
        flaw: Flaw::MissingHere,
        kind: MovementKind::Payment,
        document_no: "X1".to_owned(),
        channel_no: None,
        their: Fen(5),
        ours: Fen::ZERO,
        repaired: false,
        note: None,
    };
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    ledger::post(tx.conn(), &journals, "test", now)
        .await
        .expect("posted");
    reconciliations::put_difference(tx.conn(), "mock", YESTERDAY, &difference, now)
        .await
        .expect("written");
    tx.commit().await.expect("committed");
}

/// The close of a day.
async fn closing(lab: &Lab, member: i64) -> Vec<Case> {
    let admin = "/api/v1/admin";
    left_over(lab, member).await;
    vec![
        write(
            "run_reconciliation",
            Method::POST,
            &format!("{admin}/reconciliations"),
            &format!(r#"{{"channel":"mock","day":"{YESTERDAY}"}}"#),
            r#"{"channel":"mock","day":"2024-02-30"}"#,
        ),
        read(
            "list_reconciliations",
            format!("{admin}/reconciliations?channel=mock&from=2024-10-01"),
            Some(("/api/v1/admin/reconciliations?from=yesterday", 400)),
        ),
        read(
            "show_reconciliation",
            format!("{admin}/reconciliations/mock/{YESTERDAY}"),
            Some(("/api/v1/admin/reconciliations/mock/2024-10-18", 404)),
        ),
        read(
            "list_reconciliation_differences",
            format!("{admin}/reconciliation-differences?state=open"),
            Some(("/api/v1/admin/reconciliation-differences?flaw=x", 400)),
        ),
        write(
            "resolve_reconciliation_difference",
            Method::POST,
            &format!("{admin}/reconciliation-differences/1/resolve"),
            r#"{"note":"a test of the channel"}"#,
            r#"{"note":""}"#,
        ),
        write(
            "write_channel_payout",
            Method::POST,
            &format!("{admin}/channel-payouts"),
            r#"{"channel":"mock","amount_fen":100,"reference":"B-1"}"#,
            r#"{"channel":"cash","amount_fen":100,"reference":"B-1"}"#,
        ),
        read(
            "list_unmatched",
            format!("{admin}/unmatched?reference=mock:42"),
            Some(("/api/v1/admin/unmatched?size=0", 400)),
        ),
        write(
            "propose_unmatched",
            Method::POST,
            &format!("{admin}/unmatched/resolve"),
            &format!(
                r#"{{"reference":"mock:42","way":"wallet","member_id":{member},"reason":"paid twice"}}"#
            ),
            r#"{"reference":"mock:42","way":"wallet","reason":"paid twice"}"#,
        ),
        write(
            "propose_write_off",
            Method::POST,
            &format!("{admin}/members/{member}/write-off"),
            r#"{"amount_fen":500,"reason":"cannot be reached"}"#,
            r#"{"amount_fen":0,"reason":"cannot be reached"}"#,
        ),
    ]
}

/// A station with a car park, a charge that it was told of in vain, and a port that is kept.
struct Parked {
    station: i64,
    parking: i64,
    told: String,
    kept: String,
}

async fn parked(lab: &Lab, member: i64) -> Parked {
    let now = lab.app.now();
    let told = lab.order_on(1).await;
    let stop = serde_json::json!({"order_no": told});
    lab.post(&format!("/api/v1/third/devices/{DEVICE}/stop"), stop)
        .await;
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let entry = StationEntry {
        station_no: "S9".to_owned(),
        name: "S9".to_owned(),
        owner_org_id: 1,
        operator_org_id: None,
        agent_org_id: None,
        operation_mode: domain::org::OperationMode::SelfSelf,
        org_path: domain::org::PLATFORM_PATH.to_owned(),
        operator_path: None,
        area_code: None,
        address: None,
        lng: None,
        lat: None,
        station_type: 1,
        station_status: 50,
        service_tel: None,
        invoice_by: "platform".to_owned(),
        details: serde_json::json!({}),
        remark: None,
    };
    let station = stations::insert(tx.conn(), &entry, now)
        .await
        .expect("made");
    let terms = serde_json::json!({"vendor": "north", "lot_id": "P7", "plate": "required",
        "relief": {"type": "free_minutes", "minutes": 120}});
    let terms = serde_json::from_value(terms).expect("a rule");
    let parking = parking_rules::insert(tx.conn(), station, &terms, "anna", now).await;
    let parking = parking.expect("made");
    let device = devices::find_by_phy_id(tx.conn(), &DEVICE.parse().expect("an id")).await;
    let device = device.expect("read").expect("there").id;
    let charge: OrderNo = told.parse().expect("an order number");
    stations::take_devices(tx.conn(), station, &[DEVICE.parse().expect("an id")], now)
        .await
        .expect("moved");
    let begun = parking_handovers::begin(tx.conn(), charge, device, now).await;
    begun.expect("written");
    let row = parking_handovers::find(tx.conn(), charge).await;
    let mut row = row.expect("read").expect("there");
    "failed".clone_into(&mut row.state);
    row.next_at = None;
    let failed = parking_handovers::update(tx.conn(), &row, now).await;
    assert!(failed.expect("written"));
    let row = ReservationRow {
        reservation_no: "RS2024102015000000000100".to_owned(),
        device_id: device,
        phy_id: DEVICE.parse().expect("an id"),
        port_no: PortNo(9),
        station_id: None,
        says: Reservation {
            state: ReservationState::Reserved,
            member: MemberId(member),
            start: now,
            end: now + Duration::from_hours(1),
            fee: Fen::ZERO,
            no_show: NoShow::Free,
        },
        order_no: None,
        note: None,
        created_at: now,
    };
    reservations::insert(tx.conn(), &row).await.expect("kept");
    tx.commit().await.expect("committed");
    Parked {
        station,
        parking,
        told,
        kept: row.reservation_no,
    }
}

pub(super) async fn cases(lab: &Lab) -> Vec<Case> {
    let admin = "/api/v1/admin";
    let Paying {
        member,
        refund,
        payment,
        recharge,
    } = paying_member(lab).await;
    let [to_wallet, by_bank, again] = STUCK.map(|(number, _)| number);
    owing_partner(lab).await;
    let Parked {
        station,
        parking,
        told,
        kept,
    } = parked(lab, member).await;
    let grants = r#"{"vendor":"north","lot_id":"P7","plate":"required","relief":{"type":"percent","percent":50}}"#;
    let terms = r#"{"style":"flat","platform_cut_bp":500,"payees":[{"org_id":null,"pct":100}]}"#;
    let rule = format!(
        r#"{{"scope":"default","terms":{{"elec":{terms},"service":{terms},"reserve":{terms},"occupancy":{terms}}}}}"#
    );
    let mut closing = closing(lab, member).await;
    let cases = vec![
        act(
            "pay_at_mock",
            Method::POST,
            &format!("/api/pay/mock/{payment}"),
            None,
        ),
        read(
            "list_members",
            format!("{admin}/members?phone=13900139000"),
            Some(("/api/v1/admin/members?size=0", 400)),
        ),
        read(
            "show_member",
            format!("{admin}/members/{member}"),
            Some(("/api/v1/admin/members/999999", 404)),
        ),
        write(
            "change_member",
            Method::PUT,
            &format!("{admin}/members/{member}"),
            r#"{"level":2,"remark":"a regular"}"#,
            r#"{"state":"gone"}"#,
        ),
        read(
            "list_recharges",
            format!("{admin}/recharges?state=paid"),
            Some(("/api/v1/admin/recharges?page=0", 400)),
        ),
        write(
            "add_package",
            Method::POST,
            &format!("{admin}/recharge-packages"),
            r#"{"name":"充100送10","pay_fen":10000,"gift_fen":1000}"#,
            r#"{"name":"x","pay_fen":0}"#,
        ),
        read("list_packages", format!("{admin}/recharge-packages"), None),
        act(
            "end_package",
            Method::DELETE,
            &format!("{admin}/recharge-packages/1"),
            Some("/api/v1/admin/recharge-packages/9"),
        ),
        read(
            "list_refunds",
            format!("{admin}/refunds?state=requested"),
            Some(("/api/v1/admin/refunds?state=x", 400)),
        ),
        write(
            "decide_refund",
            Method::POST,
            &format!("{admin}/refunds/{refund}/decide"),
            r#"{"agree":true}"#,
            r#"{"agree":"perhaps"}"#,
        ),
        act(
            "refund_to_wallet",
            Method::POST,
            &format!("{admin}/refunds/{to_wallet}/to-wallet"),
            Some("/api/v1/admin/refunds/RF1/to-wallet"),
        ),
        write(
            "refund_paid_by_bank",
            Method::POST,
            &format!("{admin}/refunds/{by_bank}/paid-by-bank"),
            r#"{"voucher":"B-7"}"#,
            r#"{"voucher":""}"#,
        ),
        act(
            "retry_refund",
            Method::POST,
            &format!("{admin}/refunds/{again}/retry"),
            Some("/api/v1/admin/refunds/RF1/retry"),
        ),
        act(
            "query_recharge",
            Method::POST,
            &format!("{admin}/recharges/{recharge}/query"),
            Some("/api/v1/admin/recharges/RC1/query"),
        ),
        write(
            "refund_recharge",
            Method::POST,
            &format!("{admin}/recharges/{recharge}/refund"),
            r#"{"amount_fen":100,"reason":"asked by telephone"}"#,
            r#"{"amount_fen":100,"reason":""}"#,
        ),
        write(
            "add_card",
            Method::POST,
            &format!("{admin}/cards"),
            r#"{"card_no":"2000000001","limit_fen":10000,"kind":"stored"}"#,
            r#"{"card_no":"2000000001","limit_fen":10000,"kind":"account"}"#,
        ),
        read(
            "list_reservations",
            format!("{admin}/reservations?state=reserved"),
            Some(("/api/v1/admin/reservations?state=x", 400)),
        ),
        write(
            "set_reservation_rules",
            Method::PUT,
            &format!("{admin}/reservation-rules"),
            r#"{"enabled":true,"minutes":20,"fee_fen":0,"no_show":"free"}"#,
            r#"{"enabled":true,"minutes":0,"fee_fen":0,"no_show":"free"}"#,
        ),
        read(
            "reservation_rules",
            format!("{admin}/reservation-rules"),
            None,
        ),
        write(
            "cancel_reservation",
            Method::POST,
            &format!("{admin}/reservations/{kept}/cancel"),
            r#"{"reason":"the port is needed"}"#,
            r#"{"reason":" "}"#,
        ),
        read(
            "list_parking_rules",
            format!("{admin}/parking-rules?station_id=1"),
            Some(("/api/v1/admin/parking-rules?size=0", 400)),
        ),
        act(
            "end_parking_rule",
            Method::DELETE,
            &format!("{admin}/parking-rules/{parking}"),
            Some("/api/v1/admin/parking-rules/99"),
        ),
        write(
            "add_parking_rule",
            Method::POST,
            &format!("{admin}/parking-rules"),
            &format!(r#"{{"station_id":{station},"terms":{grants}}}"#),
            &format!(r#"{{"station_id":{station},"terms":{{}}}}"#),
        ),
        read(
            "list_parking_handovers",
            format!("{admin}/parking-handovers?state=failed"),
            Some(("/api/v1/admin/parking-handovers?state=x", 400)),
        ),
        act(
            "retry_parking_handover",
            Method::POST,
            &format!("{admin}/parking-handovers/{told}/retry"),
            Some("/api/v1/admin/parking-handovers/APP1729407600999/retry"),
        ),
        write(
            "bind_card",
            Method::POST,
            &format!("{admin}/cards/2000000001/bind"),
            &format!(r#"{{"member_id":{member}}}"#),
            r#"{"member_id":"anna"}"#,
        ),
        act(
            "lose_card",
            Method::POST,
            &format!("{admin}/cards/2000000001/loss"),
            Some("/api/v1/admin/cards/7/loss"),
        ),
        act(
            "find_card",
            Method::POST,
            &format!("{admin}/cards/2000000001/unloss"),
            Some("/api/v1/admin/cards/7/unloss"),
        ),
        act(
            "block_card",
            Method::POST,
            &format!("{admin}/cards/2000000001/block"),
            Some("/api/v1/admin/cards/7/block"),
        ),
        act(
            "unbind_card",
            Method::POST,
            &format!("{admin}/cards/2000000001/unbind"),
            Some("/api/v1/admin/cards/7/unbind"),
        ),
        write(
            "recharge_card",
            Method::POST,
            &format!("{admin}/cards/2000000001/recharge"),
            r#"{"amount_fen":10000,"key":"R1"}"#,
            r#"{"amount_fen":0,"key":"R2"}"#,
        ),
        write(
            "refund_card",
            Method::POST,
            &format!("{admin}/cards/2000000001/refund"),
            r#"{"amount_fen":100,"key":"P1"}"#,
            r#"{"amount_fen":100,"key":"a b"}"#,
        ),
        read(
            "card_balance",
            format!("{admin}/cards/2000000001/balance"),
            Some(("/api/v1/admin/cards/7/balance", 404)),
        ),
        read(
            "ledger_lines",
            format!("{admin}/ledger/lines?of=member"),
            Some(("/api/v1/admin/ledger/lines?of=gold", 400)),
        ),
        read(
            "ledger_sums",
            format!("{admin}/ledger/sums?of=asset"),
            Some(("/api/v1/admin/ledger/sums?of=gold", 400)),
        ),
        read("ledger_verify", format!("{admin}/ledger/verify"), None),
        read("list_partner_balances", format!("{admin}/partners"), None),
        write(
            "record_partner_payment",
            Method::POST,
            &format!("{admin}/partners/api-1/payments"),
            r#"{"amount_fen":100,"key":"2026-11"}"#,
            r#"{"amount_fen":0,"key":"2026-12"}"#,
        ),
        write(
            "add_split_rule",
            Method::POST,
            &format!("{admin}/split-rules"),
            &rule,
            r#"{"scope":"default","terms":{}}"#,
        ),
        read(
            "list_split_rules",
            format!("{admin}/split-rules"),
            Some(("/api/v1/admin/split-rules?size=0", 400)),
        ),
        act(
            "end_split_rule",
            Method::DELETE,
            &format!("{admin}/split-rules/1"),
            Some("/api/v1/admin/split-rules/9"),
        ),
        read(
            "list_earnings",
            format!("{admin}/earnings"),
            Some(("/api/v1/admin/earnings?size=0", 400)),
        ),
    ];
    closing.extend(cases);
    closing
}
