use super::postings::{self, Capture, Share};
use super::{
    Account, Asset, Book, Expense, Income, Journal, JournalKind, MemberPurse, Overdrawn, PartyPurse,
};
use crate::payer::{Payer, Sums};
use kernel::{Fen, MemberId, OrderNo, OrgId};
use proptest::prelude::*;

const MEMBER: MemberId = MemberId(7);
const MERCHANT: OrgId = OrgId(2);
const AGENT: OrgId = OrgId(3);

fn order(number: i64) -> OrderNo {
    OrderNo::compose("APP", 1_729_407_600 + number, 1).expect("legal parts")
}

fn wallet() -> Payer {
    Payer::Wallet { member: MEMBER }
}

fn merchant(purse: PartyPurse) -> Account {
    Account::Merchant(MERCHANT, purse)
}

fn agent(purse: PartyPurse) -> Account {
    Account::Agent(AGENT, purse)
}

fn share(account: Account, amount: i64) -> Share {
    Share {
        account,
        amount: Fen(amount),
    }
}

fn cash(amount: i64) -> Sums {
    Sums {
        cash: Fen(amount),
        gift: Fen::ZERO,
    }
}

#[test]
fn every_account_is_read_back_from_its_code() {
    let accounts = [
        Account::Asset(Asset::Wechat),
        Account::Member(MEMBER, MemberPurse::FrozenGift),
        Account::ReceivableMember(MEMBER),
        Account::Card("1000000001".to_owned(), super::Purse::Cash),
        Account::ReceivableCard("1000000001".to_owned()),
        Account::Company(MERCHANT, super::Purse::Frozen),
        Account::ReceivableCompany(MERCHANT),
        Account::Prepay(order(1)),
        Account::ClearingOrder,
        merchant(PartyPurse::Pending),
        agent(PartyPurse::Available),
        Account::Partner("MA5D8GKH9".to_owned()),
        Account::Income(Income::CommissionElec),
        Account::Expense(Expense::ChannelFee),
        Account::RefundInflight,
        Account::TaxWithheld,
        Account::SuspenseUnmatched,
    ];
    for account in accounts {
        assert_eq!(account.to_string().parse(), Ok(account));
    }
    assert!("member:x:cash".parse::<Account>().is_err());
    assert!("member:1:pocket".parse::<Account>().is_err());
    for kind in JournalKind::ALL {
        assert_eq!(JournalKind::parse(kind.as_str()), Some(kind));
    }
}

/// The worked sequence: top-up, charge, split, refund, withdrawals.
#[test]
fn a_customer_s_year_adds_up_to_the_fen() {
    let mut book = Book::default();
    let no = order(1);
    let shares = [
        share(Account::Income(Income::CommissionElec), 117),
        share(Account::Income(Income::CommissionService), 246),
        share(agent(PartyPurse::Pending), 296),
        share(merchant(PartyPurse::Pending), 2920),
    ];
    let capture = Capture {
        held: cash(3579),
        ..Capture::default()
    };
    let [bill, split] = postings::settle(no, &wallet(), &capture, &shares, 1);
    let refund = [
        share(Account::Income(Income::CommissionElec), 32),
        share(Account::Income(Income::CommissionService), 69),
        share(agent(PartyPurse::Available), 83),
        share(merchant(PartyPurse::Available), 816),
    ];
    let journals = [
        postings::recharge("RC1", MEMBER, Asset::Wechat, Fen(10_000), Fen(1000)),
        postings::channel_fee("PY1", Asset::Wechat, Fen(60)),
        postings::freeze(no, &wallet(), cash(5000)),
        bill,
        split,
        postings::release(no, &wallet(), cash(1421), 1),
        postings::mature(&merchant, Fen(2920), "d1"),
        postings::mature(&agent, Fen(296), "d1"),
        postings::refund(
            no,
            "RF1",
            &refund,
            [(Account::Member(MEMBER, MemberPurse::Cash), Fen(1000))],
        ),
        postings::to_bank("2026-01-02", Asset::Wechat, Fen(4000)),
        postings::withdraw_request(&merchant, Fen(2000), "WD1"),
        postings::withdraw_paid(&merchant, Asset::Bank, Fen(2000), Fen(12), Fen::ZERO, "WD1"),
        postings::wallet_withdraw("RF2", MEMBER, Fen(3000)),
        postings::refund_paid("RF2", Asset::Wechat, Fen(3000)),
    ];
    for journal in &journals {
        assert_eq!(book.post(journal), Ok(true), "{}", journal.key);
        assert_eq!(book.post(journal), Ok(false), "a repeat changes nothing");
        assert_eq!(book.trial_balance(), Fen::ZERO);
    }
    let held: Vec<(String, i64)> = book
        .accounts()
        .map(|(account, fen)| (account.to_string(), fen.0))
        .collect();
    let expected = [
        ("asset:wechat", 2940),
        ("asset:bank", 2012),
        ("member:7:cash", 4421),
        ("member:7:gift", 1000),
        ("merchant:2:available", 104),
        ("agent:3:available", 213),
        ("income:commission_elec", 85),
        ("income:commission_service", 177),
        ("income:withdraw_fee", 12),
        ("expense:gift", 1000),
        ("expense:channel_fee", 60),
    ];
    let expected: Vec<(String, i64)> = expected
        .into_iter()
        .map(|(code, fen)| (code.to_owned(), fen))
        .collect();
    assert_eq!(held, expected);
}

/// J16: the platform pays for coupon and points, the member with cash and gifts.
#[test]
fn a_bill_may_have_four_payers() {
    let no = order(2);
    let mut book = Book::default();
    let sums = Sums {
        cash: Fen(2000),
        gift: Fen(632),
    };
    let capture = Capture {
        held: sums,
        coupon: Fen(500),
        points: Fen(200),
        ..Capture::default()
    };
    assert_eq!(capture.total(), Fen(3332));
    let shares = [
        share(Account::Income(Income::CommissionElec), 117),
        share(Account::Income(Income::CommissionService), 197),
        share(agent(PartyPurse::Pending), 237),
        share(merchant(PartyPurse::Pending), 2781),
    ];
    let [bill, split] = postings::settle(no, &wallet(), &capture, &shares, 1);
    for journal in [
        postings::recharge("RC1", MEMBER, Asset::Mock, Fen(2000), Fen(1000)),
        postings::freeze(no, &wallet(), sums),
        bill,
        split,
    ] {
        assert_eq!(book.post(&journal), Ok(true));
    }
    assert_eq!(book.balance(&Account::ClearingOrder), Fen::ZERO);
    assert_eq!(book.balance(&Account::Expense(Expense::Coupon)), Fen(500));
    assert_eq!(
        book.balance(&Account::Member(MEMBER, MemberPurse::Gift)),
        Fen(368)
    );
}

#[test]
fn nobody_spends_what_is_not_there() {
    let mut book = Book::default();
    let journal = postings::freeze(order(1), &wallet(), cash(1));
    let refused = Overdrawn::Account {
        account: Account::Member(MEMBER, MemberPurse::Cash),
        balance: Fen::ZERO,
    };
    assert_eq!(book.post(&journal), Err(refused));
    assert_eq!(book.accounts().count(), 0);
    let lopsided = Journal::of(JournalKind::Adjustment, "1", "1")
        .debit(Account::Expense(Expense::Compensation), Fen(1));
    assert!(matches!(
        book.post(&lopsided),
        Err(Overdrawn::Unbalanced(_))
    ));
    let negative = Journal::of(JournalKind::Adjustment, "1", "2")
        .debit(Account::Expense(Expense::Compensation), Fen(-1))
        .credit(Account::Asset(Asset::Bank), Fen(-1));
    assert!(negative.check().is_err());
}

/// One thing that may happen to a member with one running order.
#[derive(Clone, Copy, Debug)]
enum Step {
    TopUp(i64),
    Freeze(i64),
    Settle(i64),
    TakeBack,
    Return(i64),
    Fix(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1..20_000_i64).prop_map(Step::TopUp),
        (1..20_000_i64).prop_map(Step::Freeze),
        (0..20_000_i64).prop_map(Step::Settle),
        Just(Step::TakeBack),
        (1..20_000_i64).prop_map(Step::Return),
        (-500..500_i64).prop_map(Step::Fix),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    /// Whatever happens in whatever order: the books balance, no pocket falls below nothing, and
    /// nothing stays in clearing.
    #[test]
    fn books_balance_under_any_order_of_events(steps in steps()) {
        let mut book = Book::default();
        let mut running: Option<(OrderNo, Sums)> = None;
        let mut settled: Option<(OrderNo, Sums, Vec<Journal>)> = None;
        for (turn, step) in steps.into_iter().enumerate() {
            let turn = i64::try_from(turn).expect("few steps");
            let purse = Sums {
                cash: book.balance(&Account::Member(MEMBER, MemberPurse::Cash)),
                gift: book.balance(&Account::Member(MEMBER, MemberPurse::Gift)),
            };
            match step {
                Step::TopUp(fen) => {
                    let no = format!("RC{turn}");
                    let paid = postings::recharge(&no, MEMBER, Asset::Mock, Fen(fen), Fen(fen / 10));
                    prop_assert_eq!(book.post(&paid), Ok(true));
                }
                Step::Freeze(fen) if running.is_none() => {
                    let sums = purse.take(Fen(fen));
                    let no = order(turn);
                    let freeze = postings::freeze(no, &wallet(), sums);
                    prop_assert_eq!(book.post(&freeze), Ok(true));
                    running = Some((no, sums));
                }
                Step::Settle(fen) => if let Some((no, held)) = running.take() {
                    let used = held.take(Fen(fen));
                    let owed = Fen(fen) - used.total();
                    let capture = Capture { held: used, owed, ..Capture::default() };
                    let shares = [share(merchant(PartyPurse::Pending), fen)];
                    let round = i32::try_from(turn).expect("few steps");
                    let mut posted =
                        postings::settle(no, &wallet(), &capture, &shares, round).to_vec();
                    posted.push(postings::release(no, &wallet(), held - used, round));
                    for journal in &posted {
                        prop_assert!(book.post(journal).is_ok());
                    }
                    settled = Some((no, held, posted));
                },
                // The order was not over after all: what came back to the wallet is held again,
                // if it is still there.
                Step::TakeBack => if let Some((no, held, posted)) = settled.take() && running.is_none() {
                    let mut after = book.clone();
                    let taken = posted.iter().rev().try_for_each(|journal| {
                        after.post(&journal.reversed("reopened")).map(|_| ())
                    });
                    if taken.is_ok() {
                        book = after;
                        running = Some((no, held));
                    }
                },
                Step::Return(fen) => {
                    let no = format!("RF{turn}");
                    let back = postings::wallet_withdraw(&no, MEMBER, purse.cash.min(Fen(fen)));
                    prop_assert!(book.post(&back).is_ok());
                }
                Step::Fix(fen) => {
                    let fixed = postings::adjust(MEMBER, &format!("A{turn}"), Fen(fen), "test");
                    let possible = fen >= 0 || purse.cash >= Fen(-fen);
                    prop_assert_eq!(book.post(&fixed).is_ok(), possible);
                }
                Step::Freeze(_) => {}
            }
            prop_assert_eq!(book.trial_balance(), Fen::ZERO);
            prop_assert_eq!(book.balance(&Account::ClearingOrder), Fen::ZERO);
            let held = running.map_or(Fen::ZERO, |(_, sums)| sums.total());
            let frozen = [MemberPurse::Frozen, MemberPurse::FrozenGift]
                .map(|purse| book.balance(&Account::Member(MEMBER, purse)));
            prop_assert_eq!(frozen[0] + frozen[1], held);
        }
    }
}

/// J19 and J20: a partner's user charges here, ours there, and the difference is paid.
#[test]
fn partners_settle_what_their_users_used() {
    let mut book = Book::default();
    let partner = Payer::Partner {
        operator: "MA5D8GKH9".to_owned(),
    };
    let capture = Capture {
        owed: Fen(3579),
        ..Capture::default()
    };
    let shares = [share(merchant(PartyPurse::Pending), 3579)];
    let [bill, split] = postings::settle(order(1), &partner, &capture, &shares, 1);
    let journals = [
        bill,
        split,
        postings::recharge("RC1", MEMBER, Asset::Wechat, Fen(5000), Fen::ZERO),
        postings::freeze(order(2), &wallet(), cash(5000)),
        postings::charged_at_partner(order(2), MEMBER, "MA5D8GKH9", Fen(2000), Fen(1800)),
        postings::release(order(2), &wallet(), cash(3000), 1),
        postings::partner_cleared("C1", "MA5D8GKH9", Fen(1779)),
    ];
    for journal in &journals {
        assert_eq!(book.post(journal), Ok(true), "{journal:?}");
    }
    let owed = book.balance(&Account::Partner("MA5D8GKH9".to_owned()));
    assert_eq!(owed, Fen::ZERO, "3579 to get, 1800 to pay, 1779 received");
    assert_eq!(book.balance(&Account::ClearingOrder), Fen::ZERO);
    assert_eq!(book.balance(&Account::Income(Income::ServiceOwn)), Fen(200));
    let wallet = Account::Member(MEMBER, MemberPurse::Cash);
    assert_eq!(book.balance(&wallet), Fen(3000));
}
