use super::*;
use WithdrawalEffect as E;
use WithdrawalEvent as V;
use WithdrawalState as S;
use kernel::{BasisPoints, Fen};

fn application() -> Application {
    Application {
        amount: Fen(20_000),
        applicant: Applicant::Merchant,
        account: Account::Verified,
        available: Fen(50_000),
        today: 0,
        today_fen: Fen::ZERO,
    }
}

fn withdrawal(state: S, method: WithdrawalMethod) -> Withdrawal {
    Withdrawal {
        state,
        amount: Fen(20_000),
        method,
        applicant: "anna".into(),
    }
}

fn step(state: S, event: &V) -> Result<(S, Vec<E>), NotPossible> {
    let withdrawal = withdrawal(state, WithdrawalMethod::WechatTransfer);
    let step = withdrawal.next(event, &WithdrawalRules::default());
    step.map(|step| (step.to, step.effects))
}

#[test]
fn the_fee_is_kept() {
    let amounts = WithdrawalRules::default().amounts(Fen(20_000));
    assert_eq!((amounts.fee, amounts.net), (Fen(120), Fen(19_880)));
    assert_eq!(WithdrawalRules::default().amounts(Fen(2000)).fee, Fen(12));
}

#[test]
fn applications_are_judged() {
    let rules = WithdrawalRules {
        max_fen_per_day: Some(Fen(30_000)),
        ..WithdrawalRules::default()
    };
    let (step, _) = rules.submit(&application()).expect("it may be made");
    assert_eq!(step, Transition::new(S::Submitted, [E::Freeze]));
    let refused = |change: fn(&mut Application)| {
        let mut application = application();
        change(&mut application);
        rules.submit(&application).is_err()
    };
    assert!(refused(|a| a.amount = Fen(999)));
    assert!(refused(|a| a.available = Fen(19_999)));
    assert!(refused(|a| a.applicant = Applicant::Other));
    assert!(refused(|a| a.account = Account::Unverified));
    assert!(refused(|a| a.today = 3));
    assert!(refused(|a| a.today_fen = Fen(10_001)));
    assert!(!refused(|a| a.today_fen = Fen(10_000)));
    let generous = WithdrawalRules {
        auto_limit: Fen(20_000),
        ..rules
    };
    let (step, _) = generous.submit(&application()).expect("it may be made");
    assert_eq!(step.effects, [E::Freeze, E::ApproveAtOnce]);
}

#[test]
fn rules_are_checked() {
    let field = |change: fn(&mut WithdrawalRules)| {
        let mut rules = WithdrawalRules::default();
        change(&mut rules);
        rules.check().map_err(|fault| fault.field)
    };
    assert_eq!(field(|_| ()), Ok(()));
    for (change, name) in [
        (
            (|r| r.min = Fen::ZERO) as fn(&mut WithdrawalRules),
            "min_fen",
        ),
        (|r| r.max_per_day = 0, "max_per_day"),
        (|r| r.max_fen_per_day = Some(Fen(999)), "max_fen_per_day"),
        (|r| r.fee_bp = BasisPoints(10_001), "fee_bp"),
        (|r| r.tax_bp = BasisPoints(9940), "tax_bp"),
        (|r| r.auto_limit = Fen(-1), "auto_limit_fen"),
        (|r| r.auto_limit = Fen(2_000_001), "second_reviewer_fen"),
    ] {
        assert_eq!(field(change), Err(name.to_owned()));
    }
}

#[test]
fn before_it_is_granted() {
    let by = |by: &str| V::Cancel { by: by.into() };
    assert_eq!(
        step(S::Submitted, &by("anna")),
        Ok((S::Cancelled, vec![E::Release]))
    );
    assert!(step(S::Submitted, &by("bert")).is_err());
    assert!(step(S::Approved, &by("anna")).is_err());
    let reject = |reason: &str| V::Reject {
        reason: reason.into(),
    };
    assert_eq!(
        step(S::Submitted, &reject("wrong account")),
        Ok((S::Rejected, vec![E::Release, E::TellApplicant]))
    );
    assert!(step(S::Submitted, &reject(" ")).is_err());
}

#[test]
fn who_grants_depends_on_the_amount() {
    let granted = |amount: i64, approval: Approval| {
        let rules = WithdrawalRules {
            auto_limit: Fen(100),
            second_reviewer_above: Fen(1000),
            ..WithdrawalRules::default()
        };
        let withdrawal = Withdrawal {
            amount: Fen(amount),
            ..withdrawal(S::Submitted, WithdrawalMethod::Bank)
        };
        let step = withdrawal.next(&V::Approve(approval), &rules);
        step.map(|step| step.to) == Ok(S::Approved)
    };
    let one = |name: &str| Approval::One(name.into());
    let two = |first: &str, second: &str| Approval::Two(first.into(), second.into());
    assert!(granted(100, Approval::Automatic) && !granted(101, Approval::Automatic));
    assert!(granted(1000, one("bert")) && !granted(1001, one("bert")));
    assert!(!granted(1000, one("anna")));
    assert!(granted(1001, two("bert", "carl")));
    assert!(!granted(1001, two("bert", "bert")) && !granted(1001, two("bert", "anna")));
}

#[test]
fn the_channel_pays() {
    assert_eq!(
        step(S::Approved, &V::Send),
        Ok((S::Paying, vec![E::SendToChannel]))
    );
    assert_eq!(
        step(S::Paying, &V::Unclear),
        Ok((S::Paying, vec![E::Query]))
    );
    assert_eq!(
        step(S::Paying, &V::MustBeConfirmed),
        Ok((S::WaitConfirm, vec![E::ShowToPayee, E::TellApplicant]))
    );
    for state in [S::Paying, S::WaitConfirm] {
        let paid = vec![E::PayOut, E::TellApplicant];
        assert_eq!(step(state, &V::Succeeded), Ok((S::Success, paid)));
        let back = vec![E::Release, E::TellApplicant];
        assert_eq!(step(state, &V::Failed), Ok((S::Failed, back)));
    }
    let waited = |hours| V::NotConfirmed {
        waited: Duration::from_hours(hours),
    };
    assert!(step(S::WaitConfirm, &waited(23)).is_err());
    assert_eq!(
        step(S::WaitConfirm, &waited(24)),
        Ok((S::WaitConfirm, vec![E::CancelAtChannel, E::Query]))
    );
    assert!(step(S::Approved, &V::VoucherUploaded).is_err());
}

#[test]
fn the_bank_pays() {
    let approved = withdrawal(S::Approved, WithdrawalMethod::Bank);
    let rules = WithdrawalRules::default();
    let step = approved.next(&V::VoucherUploaded, &rules);
    let paid = Transition::new(S::Success, [E::PayOut, E::TellApplicant]);
    assert_eq!(step, Ok(paid));
    assert!(approved.next(&V::Send, &rules).is_err());
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = V> {
        prop_oneof![
            Just(V::Cancel { by: "anna".into() }),
            Just(V::Reject {
                reason: "no".into()
            }),
            Just(V::Approve(Approval::One("bert".into()))),
            Just(V::Send),
            Just(V::Unclear),
            Just(V::MustBeConfirmed),
            Just(V::NotConfirmed {
                waited: CONFIRM_TIME
            }),
            Just(V::Succeeded),
            Just(V::Failed),
            Just(V::VoucherUploaded),
        ]
    }

    proptest! {
        #[test]
        fn frozen_money_leaves_or_comes_back_once(
            events in prop::collection::vec(event(), 0..40),
            bank in any::<bool>(),
        ) {
            let method = if bank { WithdrawalMethod::Bank } else { WithdrawalMethod::WechatTransfer };
            let mut it = withdrawal(S::Submitted, method);
            let mut moved = 0;
            for event in events {
                if let Ok(step) = it.next(&event, &WithdrawalRules::default()) {
                    let moves = |e: &&E| matches!(e, E::Release | E::PayOut);
                    moved += step.effects.iter().filter(moves).count();
                    it.state = step.to;
                }
            }
            let over = matches!(it.state, S::Cancelled | S::Rejected | S::Success | S::Failed);
            prop_assert_eq!(moved, usize::from(over));
        }

        #[test]
        fn amounts_add_up(amount in 0_i64..100_000_000, fee in 0_i32..5000, tax in 0_i32..5000) {
            let rules = WithdrawalRules {
                fee_bp: BasisPoints(fee),
                tax_bp: BasisPoints(tax),
                ..WithdrawalRules::default()
            };
            let amounts = rules.amounts(Fen(amount));
            prop_assert_eq!(amounts.fee + amounts.tax + amounts.net, Fen(amount));
            prop_assert!(amounts.net >= Fen::ZERO || amount < 2);
        }
    }
}
