//! Callbacks of WeChat Pay, true and false.

use super::keys::{FORMER, STRANGER};
use super::wechat::{PAYMENT, REFUND, TRANSFER, paid, paid_payment};
use super::wechat_platform::{FORMER_SERIAL, MCH_ID, Platform, Sealed};
use channels::payment::{
    Callback, ChannelError, MESSAGE_BYTES_MAX, PaymentChannel, PaymentState, RefundState,
    TransferState,
};
use kernel::{Fen, Timestamp};
use proptest::prelude::{ProptestConfig, any, proptest};
use serde_json::{Value, json};
use std::time::Duration;

async fn scene() -> (Platform, channels::payment::wechat::Wechat, Value) {
    let platform = Platform::start().await;
    let channel = platform.channel();
    paid_payment(&platform, &channel).await;
    let transaction = platform.books().payments[PAYMENT].clone();
    (platform, channel, transaction)
}

#[tokio::test]
async fn a_payment_is_told_and_told_again() {
    let (platform, channel, transaction) = scene().await;
    let sealed = Sealed::new("TRANSACTION.SUCCESS", &transaction);
    let callback = platform.send(&sealed);
    let expected = Callback::Payment {
        payment_no: PAYMENT.to_owned(),
        state: PaymentState::Paid(paid()),
    };
    assert_eq!(channel.verify_callback(&callback), Ok(expected.clone()));
    assert_eq!(channel.verify_callback(&callback), Ok(expected.clone()));
    let former = Sealed {
        serial: FORMER_SERIAL,
        key: &FORMER,
        ..sealed
    };
    let callback = platform.send(&former);
    assert_eq!(channel.verify_callback(&callback), Ok(expected));
    assert_eq!(channel.accept_callback().status, 204);
    let rejected = channel.reject_callback("no \"database\"");
    assert_eq!(rejected.status, 500);
    let body: Value = serde_json::from_str(&rejected.body).expect("JSON");
    assert_eq!(body, json!({"code": "FAIL", "message": "no \"database\""}));
}

#[tokio::test]
async fn a_refund_is_told() {
    let (platform, channel, _) = scene().await;
    let refund = |status: &str| {
        json!({
            "mchid": MCH_ID,
            "out_trade_no": PAYMENT,
            "transaction_id": "4200000001202601310000000001",
            "out_refund_no": REFUND,
            "refund_id": "50000000382019052709732678859",
            "refund_status": status,
            "success_time": "2026-01-31T08:06:01+08:00",
            "user_received_account": "招商银行信用卡0403",
            "amount": {"total": 5000, "refund": 1421, "payer_total": 5000, "payer_refund": 1421},
        })
    };
    let read = |event: &str, status: &str| {
        let callback = platform.send(&Sealed::new(event, &refund(status)));
        match channel.verify_callback(&callback).expect("a callback") {
            Callback::Refund {
                payment_no,
                refund_no,
                state,
            } => {
                assert_eq!((payment_no.as_str(), refund_no.as_str()), (PAYMENT, REFUND));
                state
            }
            other => panic!("{other:?}"),
        }
    };
    let success = RefundState::Success {
        channel_no: "50000000382019052709732678859".to_owned(),
        amount: Fen(1421),
        at: Some(Timestamp(1_769_817_961_000)),
    };
    assert_eq!(read("REFUND.SUCCESS", "SUCCESS"), success);
    let abnormal = read("REFUND.ABNORMAL", "ABNORMAL");
    assert!(matches!(abnormal, RefundState::Abnormal { .. }));
    let closed = read("REFUND.CLOSED", "CLOSED");
    assert!(matches!(closed, RefundState::Failed { .. }));
    let mut foreign = refund("SUCCESS");
    foreign["mchid"] = "1900000002".into();
    let callback = platform.send(&Sealed::new("REFUND.SUCCESS", &foreign));
    let verdict = channel.verify_callback(&callback);
    assert_eq!(verdict, Err(ChannelError::WrongMerchant));
}

#[tokio::test]
async fn a_transfer_is_told() {
    let (platform, channel, _) = scene().await;
    let mut transfer = json!({
        "out_bill_no": TRANSFER,
        "transfer_bill_no": "1330000071100999991182020050700019480001",
        "state": "SUCCESS",
        "mch_id": MCH_ID,
        "transfer_amount": 2000,
        "openid": "o-payee-0001",
        "fail_reason": "",
        "create_time": "2026-01-31T08:06:00+08:00",
        "update_time": "2026-01-31T08:06:00+08:00",
    });
    let read = |transfer: &Value| {
        let sealed = Sealed::new("MCHTRANSFER.BILL.FINISHED", transfer);
        channel.verify_callback(&platform.send(&sealed))
    };
    let expected = Callback::Transfer {
        transfer_no: TRANSFER.to_owned(),
        state: TransferState::Success {
            channel_no: "1330000071100999991182020050700019480001".to_owned(),
            amount: Some(Fen(2000)),
            at: Some(Timestamp(1_769_817_960_000)),
        },
    };
    assert_eq!(read(&transfer), Ok(expected));
    transfer["mch_id"] = "1900000002".into();
    assert_eq!(read(&transfer), Err(ChannelError::WrongMerchant));
    transfer
        .as_object_mut()
        .expect("an object")
        .remove("mch_id");
    assert_eq!(read(&transfer), Err(ChannelError::WrongMerchant));
}

#[tokio::test]
async fn a_callback_that_is_not_the_platforms_is_not_believed() {
    let (platform, channel, transaction) = scene().await;
    let sealed = || Sealed::new("TRANSACTION.SUCCESS", &transaction);
    let verdict = |sealed: Sealed<'_>| channel.verify_callback(&platform.send(&sealed));
    let forged = verdict(Sealed {
        key: &STRANGER,
        ..sealed()
    });
    assert_eq!(forged, Err(ChannelError::BadSignature));
    let unknown = verdict(Sealed {
        serial: "NOBODYS",
        ..sealed()
    });
    assert_eq!(unknown, Err(ChannelError::BadSignature));
    let mixed = verdict(Sealed {
        serial: FORMER_SERIAL,
        ..sealed()
    });
    assert_eq!(mixed, Err(ChannelError::BadSignature));
    assert!(
        verdict(Sealed {
            age_s: 300,
            ..sealed()
        })
        .is_ok()
    );
    for age_s in [301, -301, 86_400] {
        let old = verdict(Sealed { age_s, ..sealed() });
        assert_eq!(old, Err(ChannelError::Expired));
    }
    let other_key = "another key of exactly 32 bytes!";
    let unreadable = verdict(Sealed {
        api_v3_key: other_key,
        ..sealed()
    });
    assert!(matches!(unreadable, Err(ChannelError::Malformed(_))));

    let mut tampered = platform.send(&sealed());
    let last = tampered.body.len() - 2;
    tampered.body[last] ^= 1;
    let tampered = channel.verify_callback(&tampered);
    assert_eq!(tampered, Err(ChannelError::BadSignature));
    for name in ["serial", "signature", "timestamp", "nonce"] {
        let mut bare = platform.send(&sealed());
        bare.headers.remove(format!("wechatpay-{name}"));
        let verdict = channel.verify_callback(&bare);
        assert_eq!(verdict, Err(ChannelError::BadSignature), "{name}");
    }
    // The platform probes now and then whether signatures are checked at all.
    let mut probe = platform.send(&sealed());
    let name = "wechatpay-signature";
    let signature = probe.header(name).expect("signed");
    let signature = format!("WECHATPAY/SIGNTEST/{signature}");
    probe
        .headers
        .insert(name, signature.parse().expect("legal"));
    let verdict = channel.verify_callback(&probe);
    assert_eq!(verdict, Err(ChannelError::BadSignature));
    // A replay of a true callback does not grow younger.
    let replayed = platform.send(&sealed());
    platform.clock.advance(Duration::from_secs(301));
    let verdict = channel.verify_callback(&replayed);
    assert_eq!(verdict, Err(ChannelError::Expired));
}

#[tokio::test]
async fn a_callback_for_others_is_not_ours() {
    let (platform, channel, transaction) = scene().await;
    for (name, value) in [("mchid", "1900000002"), ("appid", "wx9999999999999999")] {
        let mut foreign = transaction.clone();
        foreign[name] = value.into();
        let callback = platform.send(&Sealed::new("TRANSACTION.SUCCESS", &foreign));
        let verdict = channel.verify_callback(&callback);
        assert_eq!(verdict, Err(ChannelError::WrongMerchant), "{name}");
    }
    let other = platform.send(&Sealed::new("COMPLAINT.CREATE", &json!({})));
    let event = "COMPLAINT.CREATE".to_owned();
    assert_eq!(
        channel.verify_callback(&other),
        Ok(Callback::Other { event })
    );
}

#[tokio::test]
async fn callbacks_without_sense_are_malformed() {
    let (platform, channel, transaction) = scene().await;
    let mut contents: Vec<Vec<u8>> = [
        &b""[..],
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{\"mchid\":1}",
    ]
    .map(<[u8]>::to_vec)
    .to_vec();
    for name in [
        "transaction_id",
        "success_time",
        "amount",
        "trade_state",
        "mchid",
    ] {
        let mut incomplete = transaction.clone();
        incomplete.as_object_mut().expect("an object").remove(name);
        contents.push(incomplete.to_string().into_bytes());
    }
    for (name, value) in [
        ("success_time", json!("yesterday")),
        ("amount", json!({"total": -1})),
    ] {
        let mut wrong = transaction.clone();
        wrong[name] = value;
        contents.push(wrong.to_string().into_bytes());
    }
    for content in contents {
        let shown = String::from_utf8_lossy(&content).into_owned();
        let sealed = Sealed {
            content,
            ..Sealed::new("TRANSACTION.SUCCESS", &Value::Null)
        };
        let verdict = channel.verify_callback(&platform.send(&sealed));
        assert!(
            matches!(verdict, Err(ChannelError::Malformed(_))),
            "{shown}"
        );
    }
    let huge = platform.send_bytes(vec![b'['; MESSAGE_BYTES_MAX + 1]);
    let verdict = channel.verify_callback(&huge);
    assert!(matches!(verdict, Err(ChannelError::Malformed(_))));
    let deep = platform.send_bytes(vec![b'['; MESSAGE_BYTES_MAX]);
    let verdict = channel.verify_callback(&deep);
    assert!(matches!(verdict, Err(ChannelError::Malformed(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_callback_panics(body in any::<Vec<u8>>(), nonce in any::<String>()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let (platform, channel) = runtime.block_on(async {
            let platform = Platform::start().await;
            let channel = platform.channel();
            (platform, channel)
        });
        let _ = channel.verify_callback(&platform.send_bytes(body.clone()));
        for event in ["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "MCHTRANSFER.BILL.FINISHED"] {
            let sealed = Sealed { content: body.clone(), ..Sealed::new(event, &Value::Null) };
            let _ = channel.verify_callback(&platform.send(&sealed));
            let broken = json!({"event_type": event, "resource": {
                "algorithm": "AEAD_AES_256_GCM", "ciphertext": nonce, "nonce": nonce}});
            let _ = channel.verify_callback(&platform.send_bytes(broken.to_string().into_bytes()));
        }
    }
}
