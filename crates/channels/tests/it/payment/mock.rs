//! The mock by the book: what it says in one place it says in all others.

use super::{clock, in_half_an_hour, refund, transfer};
use channels::payment::mock::{MockChannel, MockConfig, OutgoingCallback, Script};
use channels::payment::{
    BillKind, Callback, ChannelError, EntryKind, Flow, MESSAGE_BYTES_MAX, Paid, PaymentChannel,
    PaymentMethod, PaymentState, Prepay, RawCallback, RefundState, TransferState,
};
use jiff::civil::date;
use kernel::{Clock, Fen, ManualClock, Permille};
use proptest::prelude::{any, proptest};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub(super) const PAYMENT: &str = "PAY202601310001";
pub(super) const REFUND: &str = "REF202601310001";
pub(super) const TRANSFER: &str = "WD202601310001";

fn config(secret: &str, merchant: &str) -> MockConfig {
    MockConfig {
        secret: secret.into(),
        merchant: merchant.to_owned(),
        notify_url: "http://127.0.0.1:8080/callbacks/mock".to_owned(),
        fee: Permille(6),
        script: Script::default(),
    }
}

pub(super) fn mock() -> (MockChannel, Arc<ManualClock>) {
    let clock = clock();
    let config = config("a secret of the mock", "openpile");
    let channel = MockChannel::new(config, clock.clone()).expect("a channel");
    (channel, clock)
}

/// A mock that behaves as this script says.
pub(super) fn scripted(script: &str) -> (MockChannel, Arc<ManualClock>) {
    let (channel, clock) = mock();
    channel.set_script(serde_json::from_str(script).expect("a script"));
    (channel, clock)
}

pub(super) fn prepay(clock: &ManualClock) -> Prepay {
    Prepay {
        payment_no: PAYMENT.to_owned(),
        amount: Fen(5000),
        description: "充电预付".to_owned(),
        payer: Some("payer-1".to_owned()),
        method: PaymentMethod::Mock,
        notify_url: None,
        expires_at: in_half_an_hour(clock),
        client_ip: None,
    }
}

/// What the callbacks that are due say, verified.
pub(super) fn told(channel: &MockChannel) -> Vec<Callback> {
    let due = channel.take_due_callbacks();
    due.iter()
        .map(|callback| channel.verify_callback(&callback.request).expect("signed"))
        .collect()
}

pub(super) fn code(error: &ChannelError) -> &str {
    match error {
        ChannelError::Refused { code, .. } => code,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn query_callback_and_bill_tell_the_same() {
    let (channel, clock) = mock();
    assert_eq!(channel.name().as_str(), "mock");
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::NotFound));
    let ticket = channel
        .create_prepay(&prepay(&clock))
        .await
        .expect("a ticket");
    let again = channel.create_prepay(&prepay(&clock)).await;
    assert_eq!(again, Ok(ticket.clone()), "the same payment");
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::NotPaid));
    clock.advance(Duration::from_secs(7));
    channel.pay(PAYMENT).expect("paid");
    let paid = Paid {
        channel_no: ticket.reference,
        amount: Fen(5000),
        paid_at: clock.now(),
        payer: Some("payer-1".to_owned()),
    };
    let state = PaymentState::Paid(paid.clone());
    assert_eq!(channel.query(PAYMENT).await, Ok(state.clone()));
    let payment_no = PAYMENT.to_owned();
    assert_eq!(told(&channel), [Callback::Payment { payment_no, state }]);
    assert_eq!(told(&channel), [], "handed out once");

    let back = refund(PAYMENT, REFUND, Fen(1421), Fen(5000));
    let state = channel.refund(&back).await.expect("done");
    assert!(matches!(
        state,
        RefundState::Success {
            amount: Fen(1421),
            ..
        }
    ));
    assert_eq!(
        channel.refund(&back).await,
        Ok(state.clone()),
        "the same refund"
    );
    assert_eq!(
        channel.query_refund(PAYMENT, REFUND).await,
        Ok(state.clone())
    );
    let refunded = Ok(PaymentState::Refunded(paid));
    assert_eq!(channel.query(PAYMENT).await, refunded);
    let out = transfer(TRANSFER, Fen(2000), None);
    let sent = channel.transfer(&out).await.expect("done");
    assert!(matches!(
        sent,
        TransferState::Success {
            amount: Some(Fen(2000)),
            ..
        }
    ));
    assert_eq!(
        channel.transfer(&out).await,
        Ok(sent.clone()),
        "the same transfer"
    );
    let expected = [
        Callback::Refund {
            payment_no: PAYMENT.to_owned(),
            refund_no: REFUND.to_owned(),
            state,
        },
        Callback::Transfer {
            transfer_no: TRANSFER.to_owned(),
            state: sent,
        },
    ];
    assert_eq!(told(&channel), expected);

    let day = date(2026, 1, 31);
    let bill = channel
        .download_bill(day, BillKind::Trade)
        .await
        .expect("a bill");
    let entries = bill.entries.iter();
    let trade: Vec<_> = entries
        .map(|it| (it.our_no.as_str(), it.amount, it.fee))
        .collect();
    assert_eq!(
        trade,
        [(PAYMENT, Fen(5000), Fen(30)), (REFUND, Fen(1421), Fen(0))]
    );
    let bill = channel
        .download_bill(day, BillKind::FundFlow)
        .await
        .expect("a bill");
    let entries = bill.entries.iter();
    let flow: Vec<_> = entries.map(|it| (it.kind, it.flow, it.amount)).collect();
    let expected = [
        (EntryKind::Payment, Flow::In, Fen(5000)),
        (EntryKind::Fee, Flow::Out, Fen(30)),
        (EntryKind::Refund, Flow::Out, Fen(1421)),
        (EntryKind::Transfer, Flow::Out, Fen(2000)),
    ];
    assert_eq!(flow, expected);
    let next_day = channel
        .download_bill(date(2026, 2, 1), BillKind::Trade)
        .await;
    assert_eq!(next_day.map(|bill| bill.entries), Ok(Vec::new()));
}

#[tokio::test]
async fn a_channel_stands_behind_the_trait() {
    let (mock, clock) = mock();
    let channel: Arc<dyn PaymentChannel> = Arc::new(mock.clone());
    let prepay = prepay(&clock);
    let payer = tokio::spawn(async move { channel.create_prepay(&prepay).await });
    payer.await.expect("it runs").expect("announced");
    mock.leave(PAYMENT).expect("still open");
    mock.pay(PAYMENT).expect("paid");
    assert!(mock.leave(PAYMENT).is_err());
    assert_eq!(mock.script(), Script::default());
}

#[tokio::test]
async fn the_books_allow_nothing_twice() {
    let (channel, clock) = mock();
    let good = prepay(&clock);
    channel.create_prepay(&good).await.expect("announced");
    let other = Prepay {
        amount: Fen(1),
        ..good.clone()
    };
    let error = channel
        .create_prepay(&other)
        .await
        .expect_err("another amount");
    assert_eq!(code(&error), "OUT_TRADE_NO_USED");
    let early = refund(PAYMENT, REFUND, Fen(1), Fen(5000));
    let error = channel.refund(&early).await.expect_err("not paid");
    assert_eq!(code(&error), "ORDER_NOT_PAID");
    channel.pay(PAYMENT).expect("paid");
    let error = channel.pay(PAYMENT).expect_err("paid before");
    assert_eq!(code(&error), "ORDER_PAID");
    let error = channel.close(PAYMENT).await.expect_err("paid");
    assert_eq!(code(&error), "ORDER_PAID");
    let error = channel.create_prepay(&good).await.expect_err("paid");
    assert_eq!(code(&error), "ORDER_PAID");

    let half = refund(PAYMENT, REFUND, Fen(3000), Fen(5000));
    channel.refund(&half).await.expect("done");
    let other = refund(PAYMENT, REFUND, Fen(1), Fen(5000));
    let error = channel.refund(&other).await.expect_err("another refund");
    assert_eq!(code(&error), "OUT_REFUND_NO_USED");
    let rest = refund(PAYMENT, "REF202601310002", Fen(2001), Fen(5000));
    let error = channel.refund(&rest).await.expect_err("too much");
    assert_eq!(code(&error), "REFUND_ABOVE_PAYMENT");
    let unknown = channel.query_refund(PAYMENT, "REF202601310002").await;
    assert_eq!(unknown, Ok(RefundState::NotFound));

    channel
        .transfer(&transfer(TRANSFER, Fen(1), None))
        .await
        .expect("done");
    let other = transfer(TRANSFER, Fen(2), None);
    let error = channel
        .transfer(&other)
        .await
        .expect_err("another transfer");
    assert_eq!(code(&error), "ALREADY_EXISTS");
    assert!(channel.pay("PAY999999").is_err());
    assert!(channel.confirm_transfer(TRANSFER).is_err());
    assert!(channel.cancel_transfer(TRANSFER).await.is_err());
}

#[tokio::test]
async fn what_no_platform_would_take_it_does_not_take() {
    let (channel, clock) = mock();
    for bad in [
        Prepay {
            payment_no: "x".to_owned(),
            ..prepay(&clock)
        },
        Prepay {
            amount: Fen(-1),
            ..prepay(&clock)
        },
    ] {
        let error = channel.create_prepay(&bad).await.expect_err("refused");
        assert!(matches!(error, ChannelError::Invalid(_)));
    }
    let late = Prepay {
        expires_at: clock.now(),
        ..prepay(&clock)
    };
    assert!(channel.create_prepay(&late).await.is_err());
}

#[test]
fn callbacks_are_signed() {
    let (channel, clock) = mock();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime
        .block_on(channel.create_prepay(&prepay(&clock)))
        .expect("announced");
    channel.pay(PAYMENT).expect("paid");
    let due = channel.take_due_callbacks();
    assert_eq!(due.len(), 1);
    let OutgoingCallback { url, request } = &due[0];
    assert_eq!(url, "http://127.0.0.1:8080/callbacks/mock");
    let read = channel.verify_callback(request).expect("signed");
    assert_eq!(
        channel.verify_callback(request),
        Ok(read),
        "replayed: the same"
    );

    let mut tampered = request.clone();
    let text = String::from_utf8(tampered.body).expect("JSON");
    tampered.body = text.replace("5000", "5001").into_bytes();
    let verdict = channel.verify_callback(&tampered);
    assert_eq!(verdict, Err(ChannelError::BadSignature));
    for name in ["mock-timestamp", "mock-nonce", "mock-signature"] {
        let mut bare = request.clone();
        bare.headers.remove(name);
        let verdict = channel.verify_callback(&bare);
        assert_eq!(verdict, Err(ChannelError::BadSignature));
    }
    let elsewhere = |secret, merchant| {
        let config = config(secret, merchant);
        MockChannel::new(config, clock.clone()).expect("a channel")
    };
    let verdict = elsewhere("another secret, as long", "openpile").verify_callback(request);
    assert_eq!(verdict, Err(ChannelError::BadSignature));
    let verdict = elsewhere("a secret of the mock", "others").verify_callback(request);
    assert_eq!(verdict, Err(ChannelError::WrongMerchant));
    clock.advance(Duration::from_secs(301));
    let verdict = channel.verify_callback(request);
    assert_eq!(verdict, Err(ChannelError::Expired));
    assert!(!format!("{channel:?}").contains("a secret"));
    assert!(MockChannel::new(config("short", "openpile"), clock).is_err());
}

#[tokio::test]
async fn callbacks_come_to_a_sink() {
    let (channel, clock) = mock();
    let (sink, mut callbacks) = mpsc::channel(1);
    let stop = CancellationToken::new();
    let running = tokio::spawn(channel.clone().run(sink, stop.clone()));
    for number in ["PAY000001", "PAY000002", "PAY000003"] {
        let payment_no = number.to_owned();
        let prepay = Prepay {
            payment_no,
            ..prepay(&clock)
        };
        channel.create_prepay(&prepay).await.expect("announced");
        channel.pay(number).expect("paid");
    }
    for number in ["PAY000001", "PAY000002", "PAY000003"] {
        let callback = callbacks.recv().await.expect("a callback");
        let read = channel.verify_callback(&callback.request).expect("signed");
        assert!(matches!(read, Callback::Payment { payment_no, .. } if payment_no == number));
    }
    stop.cancel();
    running.await.expect("it ends");
}

proptest! {
    #[test]
    fn no_callback_panics(body in any::<Vec<u8>>(), signature in "[0-9a-f]{0,80}") {
        let (channel, clock) = mock();
        let mut raw = RawCallback { body, ..RawCallback::default() };
        assert!(channel.verify_callback(&raw).is_err());
        let timestamp = clock.now().unix_seconds().into();
        raw.headers.insert("mock-timestamp", timestamp);
        raw.headers.insert("mock-nonce", "n".parse().expect("legal"));
        raw.headers.insert("mock-signature", signature.parse().expect("legal"));
        assert!(channel.verify_callback(&raw).is_err());
        raw.body = vec![b'['; MESSAGE_BYTES_MAX + 1];
        assert!(channel.verify_callback(&raw).is_err());
    }
}
