//! WeChat Pay on a bad day, and everything that is not WeChat Pay.

use super::faults::Fault;
use super::wechat::{PAYMENT, REFUND, TRANSFER, paid_payment, prepay};
use super::wechat_platform::{Platform, config};
use super::{clock, refund, transfer};
use channels::payment::wechat::{Wechat, WechatConfig};
use channels::payment::{
    BILL_BYTES_MAX, BillKind, ChannelError, MESSAGE_BYTES_MAX, PaymentChannel, PaymentMethod,
    PaymentState, RefundState, TransferState,
};
use jiff::civil::date;
use kernel::Fen;
use proptest::prelude::{ProptestConfig, any, proptest};
use serde_json::json;
use std::time::{Duration, Instant};

fn refusal(status: u16, code: &str) -> Fault {
    Fault::Signed(status, json!({"code": code, "message": "不行"}))
}

#[tokio::test]
async fn an_answer_that_is_not_the_platforms_is_not_believed() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    paid_payment(&platform, &channel).await;
    for (fault, expected) in [
        (Fault::Tampered, ChannelError::BadSignature),
        (Fault::Forged, ChannelError::BadSignature),
        (Fault::UnknownSerial, ChannelError::BadSignature),
        (Fault::Unsigned, ChannelError::BadSignature),
        (Fault::Old, ChannelError::Expired),
    ] {
        platform.plan([fault.clone()]);
        let error = channel.query(PAYMENT).await.expect_err("not believed");
        assert_eq!(error, expected, "{fault:?}");
        assert!(error.is_outcome_unknown());
    }
    platform.plan([Fault::FormerKey]);
    assert!(channel.query(PAYMENT).await.is_ok(), "both keys count");
}

#[tokio::test]
async fn no_answer_in_time_leaves_the_outcome_unknown() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    paid_payment(&platform, &channel).await;
    let begun = Instant::now();
    let impatient = platform.impatient_channel();
    platform.plan([Fault::Hang]);
    let error = impatient.query(PAYMENT).await.expect_err("no answer");
    assert!(matches!(error, ChannelError::Unreachable(_)), "{error}");
    assert!(error.is_outcome_unknown());
    assert!(begun.elapsed() < Duration::from_secs(5));

    // The refund was made; the same number finds it, and it is made once.
    platform.plan([Fault::Lost]);
    let back = refund(PAYMENT, REFUND, Fen(100), Fen(5000));
    let error = impatient.refund(&back).await.expect_err("no answer");
    assert!(error.is_outcome_unknown());
    let state = channel.query_refund(PAYMENT, REFUND).await;
    assert!(matches!(state, Ok(RefundState::Success { .. })));
    assert!(channel.refund(&back).await.is_ok());
    assert_eq!(platform.books().refunds.len(), 1);

    platform.plan([Fault::Lost]);
    let out = transfer(TRANSFER, Fen(100), None);
    let error = impatient.transfer(&out).await.expect_err("no answer");
    assert!(error.is_outcome_unknown());
    let state = channel.query_transfer(TRANSFER).await;
    assert!(matches!(state, Ok(TransferState::WaitUserConfirm { .. })));
}

#[tokio::test]
async fn nobody_there_leaves_the_outcome_unknown() {
    let channel = Wechat::new(config("http://127.0.0.1:9"), clock()).expect("a channel");
    let error = channel.query(PAYMENT).await.expect_err("nobody there");
    assert!(matches!(error, ChannelError::Unreachable(_)), "{error}");
    assert!(!error.to_string().contains(PAYMENT), "{error}");
}

#[tokio::test]
async fn a_refusal_counts_only_when_the_number_is_unknown() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    paid_payment(&platform, &channel).await;
    let back = refund(PAYMENT, REFUND, Fen(100), Fen(5000));
    let out = transfer(TRANSFER, Fen(100), None);

    // Refused, and the query finds nothing: definitive.
    platform.plan([refusal(403, "NOT_ENOUGH")]);
    let error = channel.refund(&back).await.expect_err("refused");
    assert!(matches!(error, ChannelError::Refused { ref code, .. } if code == "NOT_ENOUGH"));
    platform.plan([refusal(403, "NO_AUTH")]);
    let error = channel.transfer(&out).await.expect_err("refused");
    assert!(!error.is_outcome_unknown(), "{error}");

    // Refused, and the query fails: unknown.
    platform.plan([refusal(403, "NOT_ENOUGH"), refusal(500, "SYSTEM_ERROR")]);
    let error = channel.refund(&back).await.expect_err("unknown");
    assert!(error.is_outcome_unknown(), "{error}");
    platform.plan([refusal(400, "PARAM_ERROR"), Fault::Hang]);
    let error = platform
        .impatient_channel()
        .transfer(&out)
        .await
        .expect_err("unknown");
    assert!(error.is_outcome_unknown(), "{error}");

    // Refused, but the number exists: its state counts.
    channel.refund(&back).await.expect("refunded");
    channel.transfer(&out).await.expect("accepted");
    platform.plan([refusal(400, "INVALID_REQUEST")]);
    let state = channel.refund(&back).await;
    assert!(matches!(state, Ok(RefundState::Success { .. })));

    // It exists, but is another one than what was asked for.
    platform.plan([refusal(400, "INVALID_REQUEST")]);
    let other = refund(PAYMENT, REFUND, Fen(101), Fen(5000));
    assert!(channel.refund(&other).await.is_err());
    let other = transfer(TRANSFER, Fen(101), None);
    let error = channel.transfer(&other).await.expect_err("refused");
    assert!(matches!(error, ChannelError::Refused { ref code, .. } if code == "ALREADY_EXISTS"));
}

#[tokio::test]
async fn errors_of_the_platform_are_told_apart() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    let prepay = prepay(&platform, PaymentMethod::WechatMini);
    for (status, code, is_unknown) in [
        (400, "PARAM_ERROR", false),
        (401, "SIGN_ERROR", false),
        (403, "OUT_TRADE_NO_USED", false),
        (403, "RULE_LIMIT", false),
        (400, "SYSTEM_ERROR", true),
        (429, "FREQUENCY_LIMITED", true),
        (500, "SYSTEM_ERROR", true),
        (502, "BANK_ERROR", true),
        (202, "ACCEPTED", true),
    ] {
        platform.plan([refusal(status, code)]);
        let error = channel.create_prepay(&prepay).await.expect_err("an error");
        assert_eq!(error.is_outcome_unknown(), is_unknown, "{status} {code}");
        assert!(error.to_string().contains(code));
    }
    let html = b"<html>blocked</html>".to_vec();
    platform.plan([Fault::Raw(403, html.clone()), Fault::Raw(302, html)]);
    for _ in 0..2 {
        let error = channel.create_prepay(&prepay).await.expect_err("an error");
        assert!(error.is_outcome_unknown(), "{error}");
    }
    assert_eq!(platform.requests(), 9, "redirects are not followed");
}

#[tokio::test]
async fn a_bill_that_is_not_ready_is_no_empty_bill() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    platform.plan([refusal(400, "STATEMENT_CREATING")]);
    let day = date(2026, 1, 30);
    let error = channel.download_bill(day, BillKind::Trade).await;
    assert!(error.expect_err("not ready").is_outcome_unknown());
    // The token has run out by the time of the download.
    platform.books().bill = Some("x".to_owned());
    platform.plan_after_one([Fault::Raw(404, b"{\"code\":\"NOT_FOUND\"}".to_vec())]);
    let error = channel.download_bill(day, BillKind::Trade).await;
    assert!(error.expect_err("gone").is_outcome_unknown());
}

#[tokio::test]
async fn answers_about_others_are_not_taken_for_ours() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    paid_payment(&platform, &channel).await;
    let answer = |name: &str, value: &str| {
        let mut transaction = platform.books().payments[PAYMENT].clone();
        transaction[name] = value.into();
        transaction
    };
    for (name, value, expected) in [
        ("mchid", "1900000002", ChannelError::WrongMerchant),
        ("appid", "wx9", ChannelError::WrongMerchant),
        (
            "out_trade_no",
            "PAY999999",
            ChannelError::Malformed("an answer about another payment".to_owned()),
        ),
    ] {
        let transaction = answer(name, value);
        platform.plan([Fault::Signed(200, transaction)]);
        assert_eq!(channel.query(PAYMENT).await, Err(expected), "{name}");
    }
    let mut foreign = platform.books().payments[PAYMENT].clone();
    foreign["amount"] = json!({"total": 5000, "currency": "USD"});
    platform.plan([Fault::Signed(200, foreign)]);
    let error = channel.query(PAYMENT).await;
    assert!(matches!(error, Err(ChannelError::Malformed(_))));
}

#[tokio::test]
async fn answers_without_end_are_cut_off() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    platform.plan([Fault::SignedBytes(vec![b' '; MESSAGE_BYTES_MAX + 1])]);
    let error = channel.query(PAYMENT).await.expect_err("too long");
    assert!(matches!(error, ChannelError::Malformed(_)), "{error}");
    assert!(error.is_outcome_unknown());
    platform.books().bill = Some("0".repeat(BILL_BYTES_MAX + 1));
    let error = channel
        .download_bill(date(2026, 1, 30), BillKind::Trade)
        .await;
    assert!(matches!(error, Err(ChannelError::Malformed(_))));
}

#[test]
fn secrets_are_not_shown() {
    let config = config("https://api.mch.weixin.qq.com");
    let shown = format!("{config:?}");
    let channel = Wechat::new(config, clock()).expect("a channel");
    let shown = shown + &format!("{channel:?}");
    assert!(shown.contains("1900000001"));
    assert!(!shown.contains(super::wechat_platform::API_V3_KEY));
    let key = super::keys::MERCHANT.private_pem();
    let line = key.lines().nth(3).expect("a line of the key");
    assert!(!shown.contains(line));
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    let good = config("https://api.mch.weixin.qq.com");
    let stranger = super::keys::MERCHANT.public_pem();
    let cases: [(WechatConfig, &str); 9] = [
        (
            WechatConfig {
                refund_notify_url: "https://pay.example.com/?kind=refund".to_owned(),
                ..good.clone()
            },
            "refund_notify_url",
        ),
        (
            WechatConfig {
                api_v3_key: "short".into(),
                ..good.clone()
            },
            "api_v3_key",
        ),
        (
            WechatConfig {
                private_key: "nonsense".into(),
                ..good.clone()
            },
            "private_key",
        ),
        (
            WechatConfig {
                platform_serial: "X".to_owned(),
                ..good.clone()
            },
            "platform_serial",
        ),
        (
            WechatConfig {
                base_url: "http://pay.example.com".to_owned(),
                ..good.clone()
            },
            "base_url",
        ),
        (
            WechatConfig {
                base_url: "nowhere".to_owned(),
                ..good.clone()
            },
            "base_url",
        ),
        (
            WechatConfig {
                mch_id: "1\"2".to_owned(),
                ..good.clone()
            },
            "mch_id",
        ),
        (
            WechatConfig {
                app_id: String::new(),
                ..good.clone()
            },
            "app_id",
        ),
        (
            WechatConfig {
                platform_keys: [("K".to_owned(), stranger)].into(),
                ..good
            },
            "merchant's own",
        ),
    ];
    for (config, named) in cases {
        let error = Wechat::new(config, clock())
            .expect_err("refused")
            .to_string();
        assert!(error.contains(named), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_answer_panics(body in any::<Vec<u8>>(), status in 100_u16..600) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let platform = Platform::start().await;
            let channel = platform.channel();
            let status = status.max(200);
            let raw = Fault::Raw(status, body.clone());
            let signed = Fault::SignedBytes(body.clone());
            platform.plan([raw, signed.clone(), signed.clone(), signed]);
            let state = channel.query(PAYMENT).await;
            assert!(state.is_err());
            let back = refund(PAYMENT, REFUND, Fen(1), Fen(1));
            assert!(channel.refund(&back).await.is_err());
            let out = transfer(TRANSFER, Fen(1), None);
            assert!(channel.transfer(&out).await.is_err());
            let bill = channel.download_bill(date(2026, 1, 30), BillKind::Trade);
            assert!(bill.await.is_err());
            assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::NotFound));
        });
    }
}
