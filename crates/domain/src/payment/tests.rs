use super::*;
use PaymentEffect as E;
use PaymentState as S;

fn step(state: S, event: PaymentEvent) -> Result<(S, Vec<E>), NotPossible> {
    let payment = Payment {
        state,
        amount: Fen(5000),
    };
    payment.next(event).map(|step| (step.to, step.effects))
}

fn paid(amount: i64) -> PaymentEvent {
    PaymentEvent::Succeeded {
        amount: Fen(amount),
        addressee: Addressee::Us,
    }
}

fn seconds(seconds: u64) -> E {
    E::QueryAfter(Duration::from_secs(seconds))
}

#[test]
fn a_payer_gets_his_time() {
    let prepaid = |minutes| PaymentEvent::Prepaid {
        valid_for: Duration::from_mins(minutes),
    };
    assert_eq!(
        step(S::Created, prepaid(15)),
        Ok((S::Paying, vec![seconds(5)]))
    );
    assert!(step(S::Created, prepaid(4)).is_err());
    assert!(step(S::Created, prepaid(31)).is_err());
    assert!(step(S::Paying, prepaid(15)).is_err());
}

#[test]
fn money_is_posted_exactly_once() {
    let posted = vec![E::Post(PaymentJournal::Received), E::Deliver];
    for state in [S::Created, S::Paying] {
        assert_eq!(step(state, paid(5000)), Ok((S::Paid, posted.clone())));
    }
    for state in [S::Paid, S::PaidLate, S::PartRefunded, S::Refunded] {
        assert_eq!(step(state, paid(5000)), Ok((state, vec![])));
    }
}

#[test]
fn late_money_goes_back() {
    let effects = vec![
        E::Post(PaymentJournal::Unmatched),
        E::Raise(AlarmCode::LatePayment),
        E::RefundAll,
    ];
    assert_eq!(step(S::Closed, paid(5000)), Ok((S::PaidLate, effects)));
}

#[test]
fn money_that_does_not_fit_changes_nothing() {
    let raised = vec![E::Raise(AlarmCode::PaymentMismatch), E::RejectCallback];
    let strange = PaymentEvent::Succeeded {
        amount: Fen(5000),
        addressee: Addressee::Other,
    };
    for state in S::ALL.iter().copied() {
        assert_eq!(step(state, paid(4999)), Ok((state, raised.clone())));
        assert_eq!(step(state, strange), Ok((state, raised.clone())));
    }
}

#[test]
fn what_nobody_paid_is_closed() {
    let unpaid = |time| PaymentEvent::Unpaid { time, attempt: 1 };
    assert_eq!(
        step(S::Paying, unpaid(PayerTime::Running)),
        Ok((S::Paying, vec![seconds(15)]))
    );
    assert_eq!(
        step(S::Paying, unpaid(PayerTime::Over)),
        Ok((S::Closed, vec![E::CloseAtChannel]))
    );
    assert!(step(S::Paid, unpaid(PayerTime::Over)).is_err());
    assert_eq!(
        step(S::Paying, PaymentEvent::ClosedByChannel),
        Ok((S::Closed, vec![]))
    );
}

#[test]
fn a_silent_channel_is_asked_at_growing_intervals() {
    let failed = |attempt| step(S::Paying, PaymentEvent::QueryFailed { attempt });
    for (attempt, wait) in [(0, 5), (1, 15), (2, 30), (3, 60)] {
        assert_eq!(failed(attempt), Ok((S::Paying, vec![seconds(wait)])));
    }
    let given_up = vec![E::LeaveToReconciliation];
    assert_eq!(failed(8), Ok((S::Paying, given_up.clone())));
    assert_eq!(failed(u32::MAX), Ok((S::Paying, given_up)));
}

#[test]
fn refunds_never_exceed_the_payment() {
    let refunded = |total| PaymentEvent::Refunded { total: Fen(total) };
    assert_eq!(step(S::Paid, refunded(1)), Ok((S::PartRefunded, vec![])));
    assert_eq!(
        step(S::PartRefunded, refunded(5000)),
        Ok((S::Refunded, vec![]))
    );
    assert_eq!(step(S::PaidLate, refunded(5000)), Ok((S::Refunded, vec![])));
    assert!(step(S::Paid, refunded(5001)).is_err());
    assert!(step(S::Paid, refunded(0)).is_err());
    assert!(step(S::Paying, refunded(1)).is_err());
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = PaymentEvent> {
        prop_oneof![
            Just(PaymentEvent::Prepaid {
                valid_for: VALID_MIN
            }),
            (4999_i64..=5000).prop_map(paid),
            Just(PaymentEvent::Unpaid {
                time: PayerTime::Over,
                attempt: 3
            }),
            Just(PaymentEvent::Unpaid {
                time: PayerTime::Running,
                attempt: 3
            }),
            Just(PaymentEvent::QueryFailed { attempt: 2 }),
            Just(PaymentEvent::ClosedByChannel),
            (1_i64..6000).prop_map(|total| PaymentEvent::Refunded { total: Fen(total) }),
        ]
    }

    proptest! {
        #[test]
        fn whatever_a_channel_says_money_is_posted_once_and_delivered_at_most_once(
            events in prop::collection::vec(event(), 0..40),
        ) {
            let (mut state, mut posted, mut delivered) = (S::Created, 0, 0);
            for event in events {
                if let Ok((next, effects)) = step(state, event) {
                    posted += effects.iter().filter(|e| matches!(e, E::Post(_))).count();
                    delivered += effects.iter().filter(|e| **e == E::Deliver).count();
                    state = next;
                }
            }
            let has_money = !matches!(state, S::Created | S::Paying | S::Closed);
            prop_assert_eq!(posted, usize::from(has_money));
            prop_assert!(delivered <= posted);
        }
    }
}
