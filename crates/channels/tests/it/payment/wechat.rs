//! WeChat Pay on a good day.

use super::keys::MERCHANT;
use super::wechat_platform::{APP_ID, MCH_ID, NATIVE_APP_ID, Platform};
use super::{in_half_an_hour, refund, transfer};
use channels::payment::{
    BillKind, ChannelError, EntryKind, Paid, PaymentChannel, PaymentMethod, PaymentState, Prepay,
    RefundState, TransferState,
};
use jiff::civil::date;
use kernel::{Clock, Fen, Timestamp};
use serde_json::Value;
use std::time::Duration;

pub(super) const PAYMENT: &str = "PAY202601310001";
pub(super) const REFUND: &str = "REF202601310001";
pub(super) const TRANSFER: &str = "WD202601310001";

pub(super) fn prepay(platform: &Platform, method: PaymentMethod) -> Prepay {
    Prepay {
        payment_no: PAYMENT.to_owned(),
        amount: Fen(5000),
        description: "充电预付".to_owned(),
        payer: Some("o-payer-0001".to_owned()),
        method,
        notify_url: None,
        expires_at: in_half_an_hour(&platform.clock),
        client_ip: Some("203.0.113.7".parse().expect("an address")),
    }
}

pub(super) fn paid() -> Paid {
    Paid {
        channel_no: "4200000001202601310000000001".to_owned(),
        amount: Fen(5000),
        paid_at: Timestamp(1_769_817_930_000),
        payer: Some("o-payer-0001".to_owned()),
    }
}

/// A payment that is announced and paid.
pub(super) async fn paid_payment(platform: &Platform, channel: &impl PaymentChannel) {
    let prepay = prepay(platform, PaymentMethod::WechatMini);
    channel.create_prepay(&prepay).await.expect("announced");
    platform.books().pay(PAYMENT);
}

fn text<'a>(params: &'a Value, name: &str) -> &'a str {
    params[name].as_str().expect("a text")
}

#[tokio::test]
async fn the_mini_program_gets_signed_parameters() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    assert_eq!(channel.name().as_str(), "wechat");
    for method in [PaymentMethod::WechatMini, PaymentMethod::WechatJsapi] {
        let prepay = prepay(&platform, method);
        let ticket = channel.create_prepay(&prepay).await.expect("a ticket");
        let params = &ticket.client_params;
        assert_eq!(ticket.reference, "wx201410272009395522657a690389285100");
        assert_eq!(text(params, "appId"), APP_ID);
        assert_eq!(text(params, "signType"), "RSA");
        let package = text(params, "package");
        assert_eq!(package, format!("prepay_id={}", ticket.reference));
        let timestamp = platform.clock.now().unix_seconds().to_string();
        assert_eq!(text(params, "timeStamp"), timestamp);
        let nonce = text(params, "nonceStr");
        let message = format!("{APP_ID}\n{timestamp}\n{nonce}\n{package}\n");
        assert!(MERCHANT.verifies(message.as_bytes(), text(params, "paySign")));
    }
    let body = platform.last_body();
    assert_eq!(body["time_expire"], "2026-01-31T08:35:09+08:00");
    assert_eq!(body["amount"]["total"], 5000);
    assert_eq!(body["scene_info"]["payer_client_ip"], "203.0.113.7");
}

#[tokio::test]
async fn the_app_gets_signed_parameters_of_its_own() {
    let platform = Platform::start().await;
    let prepay = prepay(&platform, PaymentMethod::WechatApp);
    let ticket = platform.channel().create_prepay(&prepay).await;
    let params = ticket.expect("a ticket").client_params;
    assert_eq!(text(&params, "appid"), NATIVE_APP_ID);
    assert_eq!(text(&params, "partnerid"), MCH_ID);
    assert_eq!(text(&params, "package"), "Sign=WXPay");
    let (timestamp, nonce) = (text(&params, "timestamp"), text(&params, "noncestr"));
    let prepay_id = text(&params, "prepayid");
    let message = format!("{NATIVE_APP_ID}\n{timestamp}\n{nonce}\n{prepay_id}\n");
    assert!(MERCHANT.verifies(message.as_bytes(), text(&params, "sign")));
}

#[tokio::test]
async fn browser_and_qr_code_get_an_address() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    let h5 = prepay(&platform, PaymentMethod::WechatH5);
    let ticket = channel.create_prepay(&h5).await.expect("a ticket");
    assert!(text(&ticket.client_params, "h5_url").starts_with("https://wx.tenpay.com/"));
    let native = prepay(&platform, PaymentMethod::WechatNative);
    let ticket = channel.create_prepay(&native).await.expect("a ticket");
    assert!(text(&ticket.client_params, "code_url").starts_with("weixin://"));
    assert_eq!(ticket.reference, PAYMENT);
}

#[tokio::test]
async fn what_the_platform_would_not_take_is_not_sent() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    let good = prepay(&platform, PaymentMethod::WechatMini);
    let bad = [
        Prepay {
            payment_no: "PAY01".to_owned(),
            ..good.clone()
        },
        Prepay {
            payment_no: "9".repeat(33),
            ..good.clone()
        },
        Prepay {
            payment_no: "PAY/../../001".to_owned(),
            ..good.clone()
        },
        Prepay {
            amount: Fen(0),
            ..good.clone()
        },
        Prepay {
            amount: Fen(i64::from(i32::MAX) + 1),
            ..good.clone()
        },
        Prepay {
            payer: None,
            ..good.clone()
        },
        Prepay {
            method: PaymentMethod::WechatH5,
            client_ip: None,
            ..good.clone()
        },
        Prepay {
            method: PaymentMethod::AlipayMini,
            ..good.clone()
        },
    ];
    for prepay in bad {
        let error = channel.create_prepay(&prepay).await.expect_err("refused");
        assert!(
            matches!(error, ChannelError::Invalid(_)),
            "{prepay:?}: {error}"
        );
        assert!(!error.is_outcome_unknown());
    }
    assert!(channel.query("a?b=c/d").await.is_err());
    assert!(channel.close("").await.is_err());
    assert!(channel.query_refund(PAYMENT, "../..").await.is_err());
    assert!(channel.query_transfer("x y").await.is_err());
    assert_eq!(platform.requests(), 0);
}

#[tokio::test]
async fn long_texts_are_cut_to_what_the_platform_takes() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    let long = "充".repeat(500);
    let mut prepay = prepay(&platform, PaymentMethod::WechatMini);
    prepay.description.clone_from(&long);
    channel.create_prepay(&prepay).await.expect("taken");
    platform.books().pay(PAYMENT);
    let mut back = refund(PAYMENT, REFUND, Fen(100), Fen(5000));
    back.reason.clone_from(&long);
    channel.refund(&back).await.expect("taken");
    assert_eq!(platform.last_body()["reason"], "充".repeat(26));
    let mut out = transfer(TRANSFER, Fen(100), None);
    out.remark = long;
    channel.transfer(&out).await.expect("taken");
}

#[tokio::test]
async fn a_payment_is_announced_paid_and_given_back() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::NotFound));
    let prepay = prepay(&platform, PaymentMethod::WechatMini);
    channel.create_prepay(&prepay).await.expect("announced");
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::NotPaid));
    platform.books().pay(PAYMENT);
    let expected = Ok(PaymentState::Paid(paid()));
    assert_eq!(channel.query(PAYMENT).await, expected);

    let unknown = channel.query_refund(PAYMENT, REFUND).await;
    assert_eq!(unknown, Ok(RefundState::NotFound));
    let back = refund(PAYMENT, REFUND, Fen(1421), Fen(5000));
    let done = RefundState::Success {
        channel_no: "50000000382019052709732678859".to_owned(),
        amount: Fen(1421),
        at: Some(Timestamp(1_769_817_961_000)),
    };
    assert_eq!(channel.refund(&back).await, Ok(done.clone()));
    assert_eq!(channel.refund(&back).await, Ok(done.clone()), "repeated");
    assert_eq!(channel.query_refund(PAYMENT, REFUND).await, Ok(done));
    assert_eq!(platform.books().refunds.len(), 1);
    platform.books().payments.get_mut(PAYMENT).expect("known")["trade_state"] = "REFUND".into();
    let expected = Ok(PaymentState::Refunded(paid()));
    assert_eq!(channel.query(PAYMENT).await, expected);
}

#[tokio::test]
async fn states_of_payments_and_refunds_are_read() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    paid_payment(&platform, &channel).await;
    for (word, state) in [
        ("CLOSED", PaymentState::Closed),
        ("REVOKED", PaymentState::Closed),
        ("USERPAYING", PaymentState::Paying),
        ("PAYERROR", PaymentState::NotPaid),
    ] {
        platform.books().payments.get_mut(PAYMENT).expect("known")["trade_state"] = word.into();
        assert_eq!(channel.query(PAYMENT).await, Ok(state), "{word}");
    }
    platform.books().payments.get_mut(PAYMENT).expect("known")["trade_state"] = "SUCCESS".into();
    platform.books().refund_status = Some("PROCESSING");
    let back = refund(PAYMENT, REFUND, Fen(1), Fen(5000));
    assert_eq!(channel.refund(&back).await, Ok(RefundState::Processing));
    for (word, is_expected) in [
        (
            "ABNORMAL",
            (|it| matches!(it, RefundState::Abnormal { .. })) as fn(&RefundState) -> bool,
        ),
        ("CLOSED", |it| matches!(it, RefundState::Failed { .. })),
    ] {
        platform.books().refunds.get_mut(REFUND).expect("known")["status"] = word.into();
        let state = channel
            .query_refund(PAYMENT, REFUND)
            .await
            .expect("a state");
        assert!(is_expected(&state), "{word}: {state:?}");
    }
    platform.books().refunds.get_mut(REFUND).expect("known")["status"] = "MELTED".into();
    let state = channel.query_refund(PAYMENT, REFUND).await;
    assert!(matches!(state, Err(ChannelError::Malformed(_))));
}

#[tokio::test]
async fn closing_is_idempotent_but_not_for_what_is_paid() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    assert_eq!(channel.close(PAYMENT).await, Ok(()), "never announced");
    let prepay = prepay(&platform, PaymentMethod::WechatMini);
    channel.create_prepay(&prepay).await.expect("announced");
    assert_eq!(channel.close(PAYMENT).await, Ok(()));
    assert_eq!(channel.close(PAYMENT).await, Ok(()), "closed before");
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::Closed));
    platform.books().pay(PAYMENT);
    let error = channel.close(PAYMENT).await.expect_err("paid");
    assert!(matches!(error, ChannelError::Refused { ref code, .. } if code == "ORDER_PAID"));
}

#[tokio::test]
async fn a_transfer_waits_for_its_payee() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    let out = transfer(TRANSFER, Fen(200_000), Some("张三"));
    let waits = |package_info: Option<&str>| TransferState::WaitUserConfirm {
        package_info: package_info.map(str::to_owned),
    };
    let begun = channel.transfer(&out).await;
    assert_eq!(begun, Ok(waits(Some("affffddafdfafddffda=="))));
    assert_eq!(
        platform.books().transfers[TRANSFER]["user_name_in_clear"],
        "张三"
    );
    assert_eq!(channel.query_transfer(TRANSFER).await, Ok(waits(None)));
    // The platform refuses the repeat; its state is what counts.
    assert_eq!(channel.transfer(&out).await, Ok(waits(None)));
    for (word, state) in [
        ("ACCEPTED", TransferState::Processing),
        ("PROCESSING", TransferState::Processing),
        ("TRANSFERING", TransferState::Processing),
        ("CANCELLED", TransferState::Cancelled),
        (
            "SUCCESS",
            TransferState::Success {
                channel_no: "1330000071100999991182020050700019480001".to_owned(),
                amount: Some(Fen(200_000)),
                at: Some(Timestamp(1_769_817_960_000)),
            },
        ),
    ] {
        platform.books().transfers.get_mut(TRANSFER).expect("known")["state"] = word.into();
        assert_eq!(channel.query_transfer(TRANSFER).await, Ok(state), "{word}");
    }
    let facts = ("FAIL", "PAYEE_ACCOUNT_ABNORMAL");
    {
        let mut books = platform.books();
        let bill = books.transfers.get_mut(TRANSFER).expect("known");
        (bill["state"], bill["fail_reason"]) = (facts.0.into(), facts.1.into());
    }
    let reason = facts.1.to_owned();
    let state = channel.query_transfer(TRANSFER).await;
    assert_eq!(state, Ok(TransferState::Failed { reason }));
}

#[tokio::test]
async fn a_transfer_is_taken_back() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    let unknown = channel.query_transfer(TRANSFER).await;
    assert_eq!(unknown, Ok(TransferState::NotFound));
    let out = transfer(TRANSFER, Fen(199_999), None);
    channel.transfer(&out).await.expect("accepted");
    let cancelled = channel.cancel_transfer(TRANSFER).await;
    assert_eq!(cancelled, Ok(TransferState::Cancelling));
    let again = channel.cancel_transfer(TRANSFER).await;
    assert!(matches!(again, Err(ChannelError::Refused { .. })));
}

#[tokio::test]
async fn the_name_is_required_from_2000_yuan_and_left_out_of_trifles() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    let nameless = transfer(TRANSFER, Fen(200_000), None);
    let error = channel.transfer(&nameless).await.expect_err("not sent");
    assert!(matches!(error, ChannelError::Invalid(_)));
    assert_eq!(platform.requests(), 0);
    let trifle = transfer(TRANSFER, Fen(29), Some("张三"));
    channel.transfer(&trifle).await.expect("accepted");
    assert_eq!(platform.last_body().get("user_name"), None);
    assert!(!format!("{trifle:?}").contains("张三"));
}

#[tokio::test]
async fn bills_are_fetched_and_checked() {
    let platform = Platform::start().await;
    let channel = platform.channel();
    let day = date(2026, 1, 30);
    let empty = channel.download_bill(day, BillKind::Trade).await;
    assert_eq!(empty.map(|bill| bill.entries), Ok(Vec::new()));
    platform.books().bill = Some(
        "交易时间,微信订单号,商户订单号,交易状态,微信退款单号,商户退款单号,手续费,订单金额,申请退款金额\n\
         `2026-01-30 08:05:09,`4200001,`PAY0001,`SUCCESS,`0,`0,`0.30000,`50.00,`0.00\n\
         总交易单数,手续费总金额,订单总金额,申请退款总金额\n`1,`0.30000,`50.00,`0.00\n"
            .to_owned(),
    );
    let bill = channel.download_bill(day, BillKind::Trade).await;
    let entries = bill.expect("a bill").entries;
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (entries[0].kind, entries[0].amount),
        (EntryKind::Payment, Fen(5000))
    );
    assert_eq!(entries[0].fee, Fen(30));
    // The other list has other columns.
    let other = channel.download_bill(day, BillKind::FundFlow).await;
    assert!(matches!(other, Err(ChannelError::Malformed(_))));
    platform.books().bill_hash = Some("00".repeat(20));
    let damaged = channel.download_bill(day, BillKind::Trade).await;
    assert!(matches!(damaged, Err(ChannelError::Malformed(_))));
}

#[tokio::test]
async fn a_clock_that_is_off_makes_every_call_fail_with_a_reason() {
    let platform = Platform::start().await;
    let ahead = kernel::ManualClock::at(platform.clock.now() + Duration::from_mins(10));
    let config = platform.config();
    let channel = channels::payment::wechat::Wechat::new(config, std::sync::Arc::new(ahead));
    let error = channel.expect("a channel").query(PAYMENT).await;
    let error = error.expect_err("refused");
    assert!(error.to_string().contains("SIGN_ERROR"), "{error}");
}
