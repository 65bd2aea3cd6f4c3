//! Callbacks of Alipay, true and false.

use super::alipay_platform::{APP_ID, Parameters, SELLER_ID, config, form, notify, signed_text};
use super::clock;
use super::keys::{PLATFORM, STRANGER};
use channels::payment::alipay::Alipay;
use channels::payment::{
    Callback, ChannelError, MESSAGE_BYTES_MAX, Paid, PaymentChannel, PaymentState, RawCallback,
    RefundState, TransferState,
};
use kernel::{Fen, Timestamp};
use proptest::prelude::{any, proptest};

const PAID: [(&str, &str); 11] = [
    ("app_id", APP_ID),
    ("seller_id", SELLER_ID),
    ("notify_time", "2026-01-31 08:05:31"),
    ("notify_type", "trade_status_sync"),
    ("out_trade_no", "PAY202601310001"),
    ("trade_no", "2026013122001400001"),
    ("trade_status", "TRADE_SUCCESS"),
    ("total_amount", "50.00"),
    ("buyer_id", "2088102146225135"),
    ("gmt_payment", "2026-01-31 08:05:30"),
    ("subject", "充电 & 预付=+%"),
];

fn channel() -> Alipay {
    Alipay::new(config("https://openapi.alipay.com/gateway.do"), clock()).expect("a channel")
}

fn with(changes: &[(&'static str, &'static str)]) -> RawCallback {
    let unchanged = PAID
        .into_iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let fields: Vec<_> = unchanged.chain(changes.iter().copied()).collect();
    notify(&PLATFORM, &fields)
}

#[test]
fn a_payment_is_told_and_told_again() {
    let channel = channel();
    let callback = with(&[]);
    let expected = Callback::Payment {
        payment_no: "PAY202601310001".to_owned(),
        state: PaymentState::Paid(Paid {
            channel_no: "2026013122001400001".to_owned(),
            amount: Fen(5000),
            paid_at: Timestamp(1_769_817_930_000),
            payer: Some("2088102146225135".to_owned()),
        }),
    };
    assert_eq!(channel.verify_callback(&callback), Ok(expected.clone()));
    assert_eq!(channel.verify_callback(&callback), Ok(expected));
    let (accepted, rejected) = (channel.accept_callback(), channel.reject_callback("no"));
    assert_eq!((accepted.status, accepted.body.as_str()), (200, "success"));
    assert_eq!((rejected.status, rejected.body.as_str()), (200, "failure"));
}

#[test]
fn other_states_are_told() {
    let channel = channel();
    let state = |changes| match channel.verify_callback(&with(changes)) {
        Ok(Callback::Payment { state, .. }) => state,
        other => panic!("{other:?}"),
    };
    let waiting = state(&[("trade_status", "WAIT_BUYER_PAY"), ("gmt_payment", "")]);
    assert_eq!(waiting, PaymentState::NotPaid);
    let closed = state(&[("trade_status", "TRADE_CLOSED"), ("gmt_payment", "")]);
    assert_eq!(closed, PaymentState::Closed);
    let finished = state(&[("trade_status", "TRADE_FINISHED")]);
    assert!(matches!(finished, PaymentState::Paid(_)));
    let refunded = with(&[
        ("refund_fee", "10.00"),
        ("out_biz_no", "REF202601310001"),
        ("gmt_refund", "2026-01-31 08:06:01.123"),
    ]);
    let expected = Callback::Refund {
        payment_no: "PAY202601310001".to_owned(),
        refund_no: "REF202601310001".to_owned(),
        state: RefundState::Processing,
    };
    assert_eq!(
        channel.verify_callback(&refunded),
        Ok(expected),
        "to be asked for"
    );
}

#[test]
fn a_transfer_is_told_by_a_message() {
    let content = r#"{"out_biz_no":"WD202601310001","order_id":"2026013111","status":"SUCCESS",
        "trans_amount":"20.00","pay_date":"2026-01-31 08:06:02"}"#;
    let pairs = [
        ("app_id", APP_ID),
        ("msg_method", "alipay.fund.trans.order.changed"),
        ("biz_content", content),
        ("sign_type", "RSA2"),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut message = Parameters::from(pairs);
    // Messages sign `sign_type` as well.
    let sign = PLATFORM.sign(signed_text(&message, &[]).as_bytes());
    message.insert("sign".to_owned(), sign);
    let expected = Callback::Transfer {
        transfer_no: "WD202601310001".to_owned(),
        state: TransferState::Success {
            channel_no: "2026013111".to_owned(),
            amount: Some(Fen(2000)),
            at: Some(Timestamp(1_769_817_962_000)),
        },
    };
    assert_eq!(channel().verify_callback(&form(&message)), Ok(expected));
    message.insert("app_id".to_owned(), "2021".to_owned());
    let verdict = channel().verify_callback(&form(&message));
    assert_eq!(verdict, Err(ChannelError::BadSignature));
}

#[test]
fn a_callback_that_is_not_the_platforms_is_not_believed() {
    let channel = channel();
    let forged = channel.verify_callback(&notify(&STRANGER, &PAID));
    assert_eq!(forged, Err(ChannelError::BadSignature));
    let true_one = with(&[]);
    let text = String::from_utf8(true_one.body).expect("a form");
    for (from, to) in [
        ("50.00", "0.01"),
        ("&sign_type=RSA2", ""),
        ("sign_type=RSA2", "sign_type=RSA"),
        ("sign=", "sing="),
        ("notify_time", "notify_tome"),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{from}");
        let callback = RawCallback {
            body: changed.into_bytes(),
            ..RawCallback::default()
        };
        let verdict = channel.verify_callback(&callback);
        assert_eq!(verdict, Err(ChannelError::BadSignature), "{from}");
    }
    // Of a doubled parameter the last one counts, for the signature as for the content.
    let doubled = format!("{text}&total_amount=0.01");
    let callback = RawCallback {
        body: doubled.into_bytes(),
        ..RawCallback::default()
    };
    let verdict = channel.verify_callback(&callback);
    assert_eq!(verdict, Err(ChannelError::BadSignature));
}

#[test]
fn a_callback_for_others_is_not_ours() {
    let channel = channel();
    for change in [
        ("app_id", "2021000000000002"),
        ("seller_id", "2088000000000002"),
        ("seller_id", ""),
    ] {
        let verdict = channel.verify_callback(&with(&[change]));
        assert_eq!(verdict, Err(ChannelError::WrongMerchant), "{change:?}");
    }
}

#[test]
fn callbacks_without_sense_are_malformed() {
    let channel = channel();
    for change in [
        ("total_amount", "50.005"),
        ("total_amount", "-50.00"),
        ("total_amount", ""),
        ("gmt_payment", "yesterday"),
        ("gmt_payment", ""),
        ("trade_status", "TRADE_EXPLODED"),
        ("out_trade_no", ""),
        ("trade_no", ""),
    ] {
        let verdict = channel.verify_callback(&with(&[change]));
        assert!(
            matches!(verdict, Err(ChannelError::Malformed(_))),
            "{change:?}"
        );
    }
    let body = vec![b'a'; MESSAGE_BYTES_MAX + 1];
    let huge = RawCallback {
        body,
        ..RawCallback::default()
    };
    let verdict = channel.verify_callback(&huge);
    assert!(matches!(verdict, Err(ChannelError::Malformed(_))));
}

proptest! {
    #[test]
    fn no_callback_panics(body in any::<Vec<u8>>(), value in any::<String>()) {
        let channel = channel();
        let raw = RawCallback { body, ..RawCallback::default() };
        assert!(channel.verify_callback(&raw).is_err());
        for name in ["total_amount", "gmt_payment", "trade_status", "out_biz_no", "biz_content"] {
            let mut fields = PAID.to_vec();
            fields.retain(|(known, _)| *known != name);
            fields.push((name, &value));
            if name == "biz_content" {
                fields.push(("msg_method", "alipay.fund.trans.order.changed"));
            }
            let _ = channel.verify_callback(&notify(&PLATFORM, &fields));
        }
    }
}
