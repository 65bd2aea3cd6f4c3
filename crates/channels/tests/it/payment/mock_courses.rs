//! The mock by its script: everything that can go otherwise.

use super::mock::{PAYMENT, REFUND, TRANSFER, code, prepay, scripted, told};
use super::{refund, transfer};
use channels::payment::mock::Script;
use channels::payment::{
    BillKind, Callback, ChannelError, PaymentChannel, PaymentState, RefundState, TransferState,
};
use jiff::civil::date;
use kernel::Fen;
use std::time::Duration;
use tokio::time::Instant;

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[tokio::test]
async fn a_refusal_has_no_effect() {
    let (channel, clock) = scripted(
        r#"{"calls":[{"call":"prepay","times":1,"outcome":{"kind":"refuse","code":"RULE_LIMIT"}}]}"#,
    );
    let error = channel.create_prepay(&prepay(&clock)).await;
    assert_eq!(code(&error.expect_err("refused")), "RULE_LIMIT");
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::NotFound));
    channel
        .create_prepay(&prepay(&clock))
        .await
        .expect("the rule is used up");
}

#[tokio::test]
async fn an_unknown_outcome_may_be_either() {
    for happens in [true, false] {
        let (channel, _) = scripted(&format!(
            r#"{{"calls":[{{"call":"transfer","number_prefix":"WD","times":1,
                "outcome":{{"kind":"unreachable","happens":{happens}}}}}]}}"#
        ));
        let out = transfer(TRANSFER, Fen(2000), None);
        let error = channel.transfer(&out).await.expect_err("no answer");
        assert!(error.is_outcome_unknown());
        let state = channel.query_transfer(TRANSFER).await.expect("a state");
        assert_eq!(state != TransferState::NotFound, happens);
        assert_eq!(told(&channel).len(), usize::from(happens));
        // The same number again is right in both cases.
        channel.transfer(&out).await.expect("an answer");
        let bill = channel.download_bill(date(2026, 1, 31), BillKind::FundFlow);
        assert_eq!(bill.await.expect("a bill").entries.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn answers_take_their_time() {
    let (channel, clock) = scripted(
        r#"{"calls":[{"call":"query","delay_ms":3000},{"call":"prepay","delay_ms":60000}]}"#,
    );
    let begun = Instant::now();
    let error = channel.create_prepay(&prepay(&clock)).await;
    assert!(matches!(error, Err(ChannelError::Unreachable(_))));
    assert_eq!(begun.elapsed(), seconds(10), "no call takes longer");
    let begun = Instant::now();
    let state = channel.query(PAYMENT).await;
    assert_eq!(state, Ok(PaymentState::NotPaid), "it happened");
    assert_eq!(begun.elapsed(), seconds(3));
}

#[tokio::test]
async fn callbacks_come_late_twice_or_never() {
    let (channel, clock) = scripted(r#"{"callbacks":{"delay_ms":5000,"copies":2,"gap_ms":15000}}"#);
    channel
        .create_prepay(&prepay(&clock))
        .await
        .expect("announced");
    channel.pay(PAYMENT).expect("paid");
    assert_eq!(told(&channel), []);
    clock.advance(seconds(5));
    let first = told(&channel);
    assert_eq!(first.len(), 1);
    clock.advance(seconds(14));
    assert_eq!(told(&channel), []);
    clock.advance(seconds(1));
    assert_eq!(told(&channel), first, "the same again");

    let (channel, clock) = scripted(r#"{"callbacks":{"copies":0}}"#);
    channel
        .create_prepay(&prepay(&clock))
        .await
        .expect("announced");
    channel.pay(PAYMENT).expect("paid");
    clock.advance(seconds(100_000));
    assert_eq!(told(&channel), []);
    let state = channel.query(PAYMENT).await;
    assert!(
        matches!(state, Ok(PaymentState::Paid(_))),
        "a query finds it"
    );
}

#[tokio::test]
async fn payers_pay_of_their_own_accord_or_leave() {
    let (channel, clock) = scripted(r#"{"payer":{"kind":"pays","after_ms":3000}}"#);
    channel
        .create_prepay(&prepay(&clock))
        .await
        .expect("announced");
    clock.advance(seconds(2));
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::NotPaid));
    clock.advance(seconds(1));
    let state = channel.query(PAYMENT).await.expect("a state");
    assert!(matches!(state, PaymentState::Paid(paid) if paid.amount == Fen(5000)));

    let (channel, clock) = scripted(r#"{"payer":{"kind":"leaves","after_ms":3000}}"#);
    channel
        .create_prepay(&prepay(&clock))
        .await
        .expect("announced");
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::Paying));
    clock.advance(seconds(3));
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::NotPaid));
    clock.advance(seconds(1800));
    assert_eq!(
        channel.query(PAYMENT).await,
        Ok(PaymentState::Closed),
        "expired"
    );
    assert_eq!(told(&channel), []);
    let error = channel.pay(PAYMENT).expect_err("too late");
    assert_eq!(code(&error), "ORDER_CLOSED");
}

#[tokio::test]
async fn money_comes_after_the_close() {
    let (channel, clock) = scripted(r#"{"payer":{"kind":"pays_after_close","after_ms":2000}}"#);
    channel
        .create_prepay(&prepay(&clock))
        .await
        .expect("announced");
    channel.close(PAYMENT).await.expect("closed");
    channel.close(PAYMENT).await.expect("closed before");
    assert_eq!(channel.query(PAYMENT).await, Ok(PaymentState::Closed));
    clock.advance(seconds(2));
    let late = told(&channel);
    assert_eq!(late.len(), 1);
    assert!(matches!(
        &late[0],
        Callback::Payment {
            state: PaymentState::Paid(_),
            ..
        }
    ));

    channel.set_script(Script::default());
    let payment_no = "PAY202601310002".to_owned();
    let other = channels::payment::Prepay {
        payment_no,
        ..prepay(&clock)
    };
    channel.create_prepay(&other).await.expect("announced");
    channel.close(&other.payment_no).await.expect("closed");
    channel
        .pay_anyway(&other.payment_no)
        .expect("paid too late");
    assert_eq!(told(&channel).len(), 1);
}

#[tokio::test]
async fn the_amount_is_wrong_everywhere() {
    let (channel, clock) = scripted(r#"{"amount_error":-1}"#);
    channel
        .create_prepay(&prepay(&clock))
        .await
        .expect("announced");
    channel.pay(PAYMENT).expect("paid");
    let state = channel.query(PAYMENT).await.expect("a state");
    assert!(matches!(&state, PaymentState::Paid(paid) if paid.amount == Fen(4999)));
    let payment_no = PAYMENT.to_owned();
    assert_eq!(told(&channel), [Callback::Payment { payment_no, state }]);
    let bill = channel.download_bill(date(2026, 1, 31), BillKind::Trade);
    assert_eq!(bill.await.expect("a bill").entries[0].amount, Fen(4999));
}

#[tokio::test]
async fn refunds_end_one_way_or_another() {
    for (outcome, is_expected) in [
        (
            "success",
            (|it| matches!(it, RefundState::Success { .. })) as fn(&RefundState) -> bool,
        ),
        ("abnormal", |it| matches!(it, RefundState::Abnormal { .. })),
        ("failed", |it| matches!(it, RefundState::Failed { .. })),
    ] {
        let (channel, clock) = scripted(&format!(
            r#"{{"refunds":{{"after_ms":9000,"outcome":"{outcome}"}},"callbacks":{{"copies":1}}}}"#
        ));
        channel
            .create_prepay(&prepay(&clock))
            .await
            .expect("announced");
        channel.pay(PAYMENT).expect("paid");
        assert_eq!(told(&channel).len(), 1);
        let back = refund(PAYMENT, REFUND, Fen(5000), Fen(5000));
        assert_eq!(channel.refund(&back).await, Ok(RefundState::Processing));
        // What is under way goes on as it began.
        channel.set_script(Script::default());
        clock.advance(seconds(9));
        let state = channel
            .query_refund(PAYMENT, REFUND)
            .await
            .expect("a state");
        assert!(is_expected(&state), "{outcome}: {state:?}");
        assert_eq!(told(&channel).len(), 1);
        let trade = channel.download_bill(date(2026, 1, 31), BillKind::Trade);
        let entries = trade.await.expect("a bill").entries.len();
        assert_eq!(entries, if outcome == "success" { 2 } else { 1 });
        // Only what definitively failed may be tried again under a new number.
        let again = refund(PAYMENT, "REF202601310002", Fen(5000), Fen(5000));
        assert_eq!(channel.refund(&again).await.is_ok(), outcome == "failed");
    }
}

#[tokio::test]
async fn transfers_wait_fail_and_are_taken_back() {
    let out = transfer(TRANSFER, Fen(2000), None);
    let (channel, clock) = scripted(
        r#"{"transfers":{"confirmation":{"kind":"waits"},"after_ms":4000,"outcome":"failed"}}"#,
    );
    let state = channel.transfer(&out).await.expect("accepted");
    assert!(matches!(
        state,
        TransferState::WaitUserConfirm {
            package_info: Some(_)
        }
    ));
    channel.confirm_transfer(TRANSFER).expect("confirmed");
    let state = channel.query_transfer(TRANSFER).await;
    assert_eq!(state, Ok(TransferState::Processing));
    assert!(channel.cancel_transfer(TRANSFER).await.is_err());
    clock.advance(seconds(4));
    let state = channel.query_transfer(TRANSFER).await;
    assert!(matches!(state, Ok(TransferState::Failed { .. })));
    assert_eq!(told(&channel).len(), 1);

    let (channel, _) = scripted(r#"{"transfers":{"confirmation":{"kind":"waits"}}}"#);
    channel.transfer(&out).await.expect("accepted");
    for _ in 0..2 {
        let state = channel.cancel_transfer(TRANSFER).await;
        assert_eq!(state, Ok(TransferState::Cancelled));
    }
    assert!(channel.confirm_transfer(TRANSFER).is_err());
    assert_eq!(told(&channel).len(), 1);

    let (channel, clock) =
        scripted(r#"{"transfers":{"confirmation":{"kind":"comes","after_ms":1000}}}"#);
    channel.transfer(&out).await.expect("accepted");
    clock.advance(seconds(1));
    let state = channel.query_transfer(TRANSFER).await;
    assert!(matches!(state, Ok(TransferState::Success { .. })));
}
