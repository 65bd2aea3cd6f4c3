use super::*;
use RefundEffect as E;
use RefundState as S;

fn refund(state: S, route: RefundRoute) -> Refund {
    Refund {
        state,
        amount: Fen(1000),
        route,
        applicant: "anna".into(),
    }
}

fn step(state: S, event: &RefundEvent) -> Result<(S, Vec<E>), NotPossible> {
    let step = refund(state, RefundRoute::Original).next(event);
    step.map(|step| (step.to, step.effects))
}

fn send(refunded: i64, days: i64) -> RefundEvent {
    RefundEvent::Send {
        payment: RefundedPayment {
            amount: Fen(5000),
            refunded: Fen(refunded),
            paid_at: Timestamp(0),
        },
        at: Timestamp(days * 86_400_000),
    }
}

fn approve(reviewer: &str) -> RefundEvent {
    RefundEvent::Approve {
        reviewer: reviewer.into(),
    }
}

fn success(journal: RefundJournal) -> (S, Vec<E>) {
    let effects = vec![E::Post(journal), E::CountAtPayment, E::TellMember];
    (S::Success, effects)
}

#[test]
fn what_follows_by_itself_is_granted_up_to_a_limit() {
    let state = |kind, amount| begin(kind, Fen(amount), AUTO_LIMIT).map(|step| step.to);
    assert_eq!(state(RefundKind::AutoUnused, 20_000), Ok(S::Approved));
    assert_eq!(state(RefundKind::Fault, 20_001), Ok(S::Requested));
    for kind in [
        RefundKind::Complaint,
        RefundKind::Admin,
        RefundKind::WalletWithdraw,
    ] {
        assert_eq!(state(kind, 1), Ok(S::Requested));
    }
    assert!(state(RefundKind::Fault, 0).is_err());
}

#[test]
fn two_people_grant() {
    assert_eq!(
        step(S::Requested, &approve("bert")),
        Ok((S::Approved, vec![]))
    );
    assert!(step(S::Requested, &approve("anna")).is_err());
    let reject = |reviewer: &str| RefundEvent::Reject {
        reviewer: reviewer.into(),
    };
    assert_eq!(
        step(S::Requested, &reject("bert")),
        Ok((S::Rejected, vec![E::TellMember]))
    );
    assert!(step(S::Requested, &reject("anna")).is_err());
    assert!(step(S::Approved, &approve("bert")).is_err());
}

#[test]
fn a_payment_covers_its_refunds_for_a_year() {
    let sent = vec![E::Post(RefundJournal::Begin), E::SendToChannel];
    assert_eq!(
        step(S::Approved, &send(4000, 365)),
        Ok((S::Processing, sent))
    );
    assert!(step(S::Approved, &send(4001, 1)).is_err());
    assert!(step(S::Approved, &send(0, 366)).is_err());
    assert!(step(S::Requested, &send(0, 1)).is_err());
    let to_wallet = refund(S::Approved, RefundRoute::Wallet);
    assert!(to_wallet.next(&send(0, 1)).is_err());
    let step = to_wallet.next(&RefundEvent::ToWallet).map(|step| step.to);
    assert_eq!(step, Ok(S::Success));
}

#[test]
fn the_channel_has_the_last_word() {
    assert_eq!(
        step(S::Processing, &RefundEvent::Succeeded),
        Ok(success(RefundJournal::Settle))
    );
    assert_eq!(
        step(S::Success, &RefundEvent::Succeeded),
        Ok((S::Success, vec![]))
    );
    assert_eq!(
        step(S::Processing, &RefundEvent::Closed),
        Ok((S::Failed, vec![E::Post(RefundJournal::Undo)]))
    );
    assert_eq!(
        step(S::Processing, &RefundEvent::Unclear),
        Ok((S::Processing, vec![E::Query]))
    );
    assert!(step(S::Success, &RefundEvent::Closed).is_err());
    let again: Vec<_> = S::ALL.iter().filter(|s| s.may_be_tried_anew()).collect();
    assert_eq!(again, [&S::Failed]);
}

#[test]
fn what_cannot_be_delivered_goes_another_way() {
    assert_eq!(
        step(S::Processing, &RefundEvent::Undeliverable),
        Ok((S::Abnormal, vec![E::Raise(AlarmCode::RefundAbnormal)]))
    );
    assert_eq!(
        step(S::Abnormal, &RefundEvent::ToWallet),
        Ok(success(RefundJournal::InflightToWallet))
    );
    assert_eq!(
        step(S::Abnormal, &RefundEvent::PaidOffline),
        Ok(success(RefundJournal::InflightToBank))
    );
    assert!(step(S::Processing, &RefundEvent::ToWallet).is_err());
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = RefundEvent> {
        prop_oneof![
            Just(approve("bert")),
            Just(RefundEvent::Reject {
                reviewer: "bert".into()
            }),
            (0_i64..6000, 0_i64..400).prop_map(|(refunded, days)| send(refunded, days)),
            Just(RefundEvent::Unclear),
            Just(RefundEvent::Succeeded),
            Just(RefundEvent::Undeliverable),
            Just(RefundEvent::Closed),
            Just(RefundEvent::ToWallet),
            Just(RefundEvent::PaidOffline),
        ]
    }

    proptest! {
        /// What was begun is ended exactly once, and a member gets his money at most once.
        #[test]
        fn postings_balance(events in prop::collection::vec(event(), 0..40)) {
            let mut state = S::Requested;
            let (mut begun, mut ended, mut given) = (0, 0, 0);
            for event in events {
                if let Ok((next, effects)) = step(state, &event) {
                    for effect in effects {
                        match effect {
                            E::Post(RefundJournal::Begin) => begun += 1,
                            E::Post(_) => ended += 1,
                            E::CountAtPayment => given += 1,
                            _ => {}
                        }
                    }
                    state = next;
                }
            }
            let under_way = matches!(state, S::Processing | S::Abnormal);
            prop_assert_eq!(begun - ended, i32::from(under_way));
            prop_assert_eq!(given, i32::from(state == S::Success));
        }
    }
}
