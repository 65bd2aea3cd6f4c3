//! Alipay, on good days and bad ones.

use super::alipay_platform::{Parameters, Platform, check_parameters, config};
use super::faults::Fault;
use super::{clock, in_half_an_hour, refund, transfer};
use channels::payment::alipay::{Alipay, AlipayConfig};
use channels::payment::{
    BillKind, ChannelError, EntryKind, MESSAGE_BYTES_MAX, Paid, PaymentChannel, PaymentMethod,
    PaymentState, Prepay, RefundState, TransferState,
};
use encoding_rs::GB18030;
use jiff::civil::date;
use kernel::{Clock, Fen, Timestamp};
use proptest::prelude::{ProptestConfig, any, proptest};
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const PAYMENT: &str = "PAY202601310001";
const REFUND: &str = "REF202601310001";
const TRANSFER: &str = "WD202601310001";

fn prepay(platform: &Platform, method: PaymentMethod) -> Prepay {
    Prepay {
        payment_no: PAYMENT.to_owned(),
        amount: Fen(5000),
        description: "充电 & 预付=".to_owned(),
        payer: Some("014ynNEx-open-id".to_owned()),
        method,
        notify_url: None,
        expires_at: in_half_an_hour(&platform.clock),
        client_ip: None,
    }
}

fn paid() -> Paid {
    Paid {
        channel_no: "2026013122001400001".to_owned(),
        amount: Fen(5000),
        paid_at: Timestamp(1_769_817_930_000),
        payer: Some("014ynNEx-open-id".to_owned()),
    }
}

/// A payment that is announced and paid.
async fn paid_payment(platform: &Platform, channel: &Alipay) {
    let prepay = prepay(platform, PaymentMethod::AlipayMini);
    channel.create_prepay(&prepay).await.expect("announced");
    platform.books().pay(PAYMENT);
}

#[tokio::test]
async fn the_mini_program_gets_a_trade() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    assert_eq!(channel.name().as_str(), "alipay");
    let mut prepay = prepay(&platform, PaymentMethod::AlipayMini);
    let ticket = channel.create_prepay(&prepay).await.expect("a ticket");
    assert_eq!(ticket.reference, "2026013122001400001");
    assert_eq!(
        ticket.client_params,
        json!({"tradeNO": "2026013122001400001"})
    );
    let content = platform.last_content();
    assert_eq!(content["total_amount"], "50.00");
    assert_eq!(content["time_expire"], "2026-01-31 08:35:09");
    assert_eq!(content["buyer_open_id"], "014ynNEx-open-id");
    prepay.payer = Some("2088102146225135".to_owned());
    channel.create_prepay(&prepay).await.expect("a ticket");
    assert_eq!(platform.last_content()["buyer_id"], "2088102146225135");
}

#[tokio::test]
async fn the_app_gets_a_signed_order_without_a_call() {
    let platform = Platform::start().await;
    let prepay = prepay(&platform, PaymentMethod::AlipayApp);
    let ticket = platform.channel().create_prepay(&prepay).await;
    let ticket = ticket.expect("a ticket");
    assert_eq!(platform.requests(), 0);
    let order = ticket.client_params["orderString"].as_str().expect("text");
    let parameters: Parameters = form_urlencoded::parse(order.as_bytes())
        .into_owned()
        .collect();
    let now = platform.clock.now().unix_seconds();
    check_parameters(&parameters, now).expect("properly signed");
    assert_eq!(parameters["method"], "alipay.trade.app.pay");
    assert_eq!(parameters["notify_url"], "https://pay.example.com/alipay");
    let content: Value = serde_json::from_str(&parameters["biz_content"]).expect("JSON");
    assert_eq!(content["product_code"], "QUICK_MSECURITY_PAY");
    assert_eq!(content["total_amount"], "50.00");
}

#[tokio::test]
async fn what_the_platform_would_not_take_is_not_sent() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    let good = prepay(&platform, PaymentMethod::AlipayMini);
    let bad = [
        Prepay {
            payment_no: "支付0001".to_owned(),
            ..good.clone()
        },
        Prepay {
            amount: Fen(0),
            ..good.clone()
        },
        Prepay {
            amount: Fen(10_000_000_001),
            ..good.clone()
        },
        Prepay {
            payer: Some(String::new()),
            ..good.clone()
        },
        Prepay {
            method: PaymentMethod::WechatMini,
            ..good.clone()
        },
    ];
    for prepay in bad {
        let error = channel.create_prepay(&prepay).await.expect_err("refused");
        assert!(matches!(error, ChannelError::Invalid(_)), "{prepay:?}");
    }
    let above = refund(PAYMENT, REFUND, Fen(5001), Fen(5000));
    assert!(channel.refund(&above).await.is_err());
    let cancelled = channel.cancel_transfer(TRANSFER).await;
    assert!(matches!(cancelled, Err(ChannelError::Unsupported(_))));
    assert_eq!(platform.requests(), 0);
    let most = Prepay {
        amount: Fen(10_000_000_000),
        ..good
    };
    channel
        .create_prepay(&most)
        .await
        .expect("the most there is");
    assert_eq!(platform.last_content()["total_amount"], "100000000.00");
}

#[tokio::test]
async fn a_payment_is_announced_paid_and_given_back() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::NotFound));
    let prepay = prepay(&platform, PaymentMethod::AlipayMini);
    channel.create_prepay(&prepay).await.expect("announced");
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::NotPaid));
    platform.books().pay(PAYMENT);
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::Paid(paid())));

    let unknown = channel.query_refund(PAYMENT, REFUND).await;
    assert_eq!(unknown, Ok(RefundState::NotFound));
    let back = refund(PAYMENT, REFUND, Fen(1421), Fen(5000));
    let success = |at| RefundState::Success {
        channel_no: "2026013122001400001".to_owned(),
        amount: Fen(1421),
        at,
    };
    let dated = Some(Timestamp(1_769_817_961_000));
    assert_eq!(channel.refund(&back).await, Ok(success(None)));
    assert_eq!(channel.refund(&back).await, Ok(success(dated)), "repeated");
    let asked = channel.query_refund(PAYMENT, REFUND).await;
    assert_eq!(asked, Ok(success(dated)));
    assert_eq!(platform.books().refunds.len(), 1);

    platform.books().trades.get_mut(PAYMENT).expect("known")["trade_status"] =
        "TRADE_CLOSED".into();
    let expected = Ok(PaymentState::Refunded(paid()));
    assert_eq!(channel.query(PAYMENT).await, expected);
}

#[tokio::test]
async fn a_refund_without_a_state_was_not_made() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    paid_payment(&platform, &channel).await;
    let back = refund(PAYMENT, REFUND, Fen(1421), Fen(5000));
    channel.refund(&back).await.expect("done");
    let mut answer = platform.books().refunds[REFUND].clone();
    answer["code"] = "10000".into();
    let mut stateless = answer.clone();
    stateless
        .as_object_mut()
        .expect("an object")
        .remove("refund_status");
    platform.plan([Fault::Signed(200, stateless.clone())]);
    let state = channel.query_refund(PAYMENT, REFUND).await;
    assert_eq!(state, Ok(RefundState::NotFound));
    answer["refund_status"] = "REFUND_PROCESSING".into();
    platform.plan([Fault::Signed(200, answer)]);
    let state = channel.query_refund(PAYMENT, REFUND).await;
    assert_eq!(state, Ok(RefundState::Processing));
    // Accepted, but no money moved yet and the query knows nothing yet.
    let accepted = json!({"code": "10000", "trade_no": "2026013122001400001", "fund_change": "N"});
    platform.plan([Fault::Signed(200, accepted), Fault::Signed(200, stateless)]);
    assert_eq!(channel.refund(&back).await, Ok(RefundState::Processing));
}

#[tokio::test]
async fn closing_is_idempotent_but_not_for_what_is_paid() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    assert_eq!(channel.close(PAYMENT).await, Ok(()), "never opened");
    let prepay = prepay(&platform, PaymentMethod::AlipayMini);
    channel.create_prepay(&prepay).await.expect("announced");
    assert_eq!(channel.close(PAYMENT).await, Ok(()));
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::Closed));
    channel.create_prepay(&prepay).await.expect("announced");
    platform.books().pay(PAYMENT);
    let error = channel.close(PAYMENT).await.expect_err("paid");
    assert!(!error.is_outcome_unknown(), "{error}");
}

#[tokio::test]
async fn a_transfer_is_made_and_asked_for() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    let unknown = channel.query_transfer(TRANSFER).await;
    assert_eq!(unknown, Ok(TransferState::NotFound));
    let out = transfer(TRANSFER, Fen(2000), Some("张三"));
    let success = |amount| TransferState::Success {
        channel_no: "20260131110070000006720000000001".to_owned(),
        amount,
        at: Some(Timestamp(1_769_817_962_000)),
    };
    assert_eq!(channel.transfer(&out).await, Ok(success(None)));
    let content = platform.last_content();
    assert_eq!(content["trans_amount"], "20.00");
    assert_eq!(content["payee_info"]["name"], "张三");
    let asked = channel.query_transfer(TRANSFER).await;
    assert_eq!(asked, Ok(success(Some(Fen(2000)))));
    for (word, is_failed) in [
        ("DEALING", false),
        ("WAIT_PAY", false),
        ("FAIL", true),
        ("REFUND", true),
    ] {
        platform.books().transfers.get_mut(TRANSFER).expect("known")["status"] = word.into();
        let state = channel.query_transfer(TRANSFER).await.expect("a state");
        assert_eq!(matches!(state, TransferState::Failed { .. }), is_failed);
        assert_eq!(state == TransferState::Processing, !is_failed);
    }
}

#[tokio::test]
async fn an_answer_that_is_not_the_platforms_is_not_believed() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    paid_payment(&platform, &channel).await;
    for fault in [Fault::Tampered, Fault::Forged, Fault::Unsigned] {
        platform.plan([fault.clone()]);
        let error = channel.query(PAYMENT).await.expect_err("not believed");
        assert_eq!(error, ChannelError::BadSignature, "{fault:?}");
        assert!(error.is_outcome_unknown());
    }
}

#[tokio::test]
async fn no_answer_in_time_leaves_the_outcome_unknown() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    paid_payment(&platform, &channel).await;
    platform.plan([Fault::Lost]);
    let back = refund(PAYMENT, REFUND, Fen(100), Fen(5000));
    let error = platform.impatient_channel().refund(&back).await;
    let error = error.expect_err("no answer");
    assert!(matches!(error, ChannelError::Unreachable(_)), "{error}");
    assert!(channel.refund(&back).await.is_ok());
    assert_eq!(platform.books().refunds.len(), 1);
}

#[tokio::test]
async fn errors_of_the_platform_are_told_apart() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    for (code, sub_code, is_unknown) in [
        ("40004", "ACQ.SELLER_BALANCE_NOT_ENOUGH", false),
        ("40006", "isv.insufficient-isv-permissions", false),
        ("40004", "ACQ.SYSTEM_ERROR", true),
        ("20000", "isp.unknow-error", true),
    ] {
        let answer = json!({"code": code, "msg": "x", "sub_code": sub_code, "sub_msg": "不行"});
        platform.plan([Fault::Signed(200, answer)]);
        let back = refund(PAYMENT, REFUND, Fen(100), Fen(5000));
        let error = channel.refund(&back).await.expect_err("an error");
        assert_eq!(error.is_outcome_unknown(), is_unknown, "{sub_code}");
        assert!(error.to_string().contains(sub_code));
    }
    for raw in [
        Fault::Raw(500, Vec::new()),
        Fault::Raw(302, b"{}".to_vec()),
        Fault::Raw(200, b"{}".to_vec()),
        Fault::Raw(200, b"<html>".to_vec()),
        Fault::Raw(200, vec![b' '; MESSAGE_BYTES_MAX + 1]),
    ] {
        platform.plan([raw]);
        let error = channel.query(PAYMENT).await.expect_err("an error");
        assert!(error.is_outcome_unknown(), "{error}");
    }
    // A key that the gateway does not know.
    let config = AlipayConfig {
        private_key: super::keys::STRANGER.private_pem().into(),
        ..platform.config()
    };
    let stranger = Alipay::new(config, platform.clock.clone()).expect("a channel");
    let error = stranger.query(PAYMENT).await.expect_err("refused");
    assert!(
        error.to_string().contains("isv.invalid-signature"),
        "{error}"
    );
}

#[tokio::test]
async fn answers_about_others_are_not_taken_for_ours() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    paid_payment(&platform, &channel).await;
    let mut other = platform.books().trades[PAYMENT].clone();
    other["code"] = "10000".into();
    other["out_trade_no"] = "PAY999999".into();
    platform.plan([Fault::Signed(200, other.clone())]);
    assert!(channel.query(PAYMENT).await.is_err());
    other["out_trade_no"] = PAYMENT.into();
    for amount in ["50.001", "-50.00", "fifty", ""] {
        other["total_amount"] = amount.into();
        platform.plan([Fault::Signed(200, other.clone())]);
        let state = channel.query(PAYMENT).await;
        assert!(matches!(state, Err(ChannelError::Malformed(_))), "{amount}");
    }
}

#[tokio::test]
async fn bills_are_fetched_and_unpacked() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    let day = date(2026, 1, 30);
    let empty = channel.download_bill(day, BillKind::Trade).await;
    assert_eq!(empty.map(|bill| bill.entries), Ok(Vec::new()));
    let list = "#支付宝业务明细查询\n\
        支付宝交易号,商户订单号,业务类型,完成时间,订单金额（元）,退款批次号/请求号,服务费（元）\n\
        2026013022001\t,PAY0001\t,交易,2026-01-30 08:05:09,50.00,,-0.30\n\
        #---业务明细列表结束---\n#交易合计：1笔\n#退款合计：0笔\n";
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.start_file("20880_业务明细(汇总).csv", options)
        .expect("a file");
    zip.write_all(b"sums").expect("written");
    zip.start_file("20880_业务明细.csv", options)
        .expect("a file");
    zip.write_all(&GB18030.encode(list).0).expect("written");
    platform.books().bill = Some(zip.finish().expect("an archive").into_inner());
    let bill = channel.download_bill(day, BillKind::Trade).await;
    let entries = bill.expect("a bill").entries;
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (entries[0].kind, entries[0].fee),
        (EntryKind::Payment, Fen(30))
    );
    platform.books().bill_url = Some("https://alipay.com.example.net/bill");
    let strange = channel.download_bill(day, BillKind::Trade).await;
    assert!(matches!(strange, Err(ChannelError::Malformed(_))));
}

#[test]
fn secrets_are_not_shown_and_mistakes_are_named() {
    let good = config("https://openapi.alipay.com/gateway.do");
    let channel = Alipay::new(good.clone(), clock()).expect("a channel");
    let shown = format!("{good:?} {channel:?}");
    assert!(!shown.contains(&super::keys::MERCHANT.private_bare()[100..160]));
    let own = super::keys::MERCHANT.public_bare();
    for (config, named) in [
        (
            AlipayConfig {
                private_key: "x".into(),
                ..good.clone()
            },
            "private_key",
        ),
        (
            AlipayConfig {
                platform_key: own,
                ..good.clone()
            },
            "platform_key",
        ),
        (
            AlipayConfig {
                app_id: String::new(),
                ..good.clone()
            },
            "app_id",
        ),
        (
            AlipayConfig {
                seller_id: "a&b".to_owned(),
                ..good.clone()
            },
            "seller_id",
        ),
        (
            AlipayConfig {
                app_cert_sn: None,
                ..good.clone()
            },
            "app_cert_sn",
        ),
        (
            AlipayConfig {
                base_url: "http://x.example.com".to_owned(),
                ..good
            },
            "base_url",
        ),
    ] {
        let error = Alipay::new(config, clock())
            .expect_err("refused")
            .to_string();
        assert!(error.contains(named), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_answer_panics(body in any::<Vec<u8>>()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let platform = Platform::start().await;
            let channel = platform.channel();
            let signed = Fault::SignedBytes(body.clone());
            platform.plan([Fault::Raw(200, body.clone()), signed.clone(), signed]);
            assert!(channel.query(PAYMENT).await.is_err());
            assert!(channel.query_refund(PAYMENT, REFUND).await.is_err());
            assert!(channel.query_transfer(TRANSFER).await.is_err());
        });
    }
}
