use super::*;
use crate::order::OrderStatus;
use crate::promotion::Parts;
use InvoiceEffect as E;
use InvoiceEvent as V;
use InvoiceState as S;
use kernel::{BasisPoints, Energy, Fen, OrderNo, OrgId, Timestamp};

const DAY_MS: i64 = 86_400_000;

fn number(sequence: u16) -> OrderNo {
    OrderNo::compose("APP", 1_772_323_200, sequence).expect("legal parts")
}

fn order(sequence: u16) -> BilledOrder {
    BilledOrder {
        order_no: number(sequence),
        seller: OrgId(7),
        status: OrderStatus::Completed,
        bookkeeping: Bookkeeping::Final,
        ended_at: Timestamp(0),
        energy: Energy(308_500),
        payable: Parts::new(Fen(2345), Fen(1234)),
        unpaid: Fen::ZERO,
        paid_cash: Fen(3579),
        refunded_cash: Fen::ZERO,
        refunding: Refunding::None,
        invoice_id: None,
    }
}

fn item(name: &str, rate_bp: i32) -> InvoiceItem {
    InvoiceItem {
        name: name.into(),
        tax_code: "1100101010000000000".into(),
        rate_bp: BasisPoints(rate_bp),
    }
}

fn two() -> LineLayout {
    LineLayout::Two {
        elec: item("*供电*充电电费", 1300),
        service: item("*现代服务*充电服务费", 600),
    }
}

fn one() -> LineLayout {
    LineLayout::One {
        charge: item("*供电*充电电费", 1300),
    }
}

fn title() -> InvoiceTitle {
    InvoiceTitle {
        kind: InvoiceKind::Special,
        buyer_kind: BuyerKind::Company,
        title: "某某科技有限公司".into(),
        tax_no: Some("91310000MA1FL0000X".into()),
        address_phone: None,
        bank_account: None,
        email: Some("books@example.com".into()),
        mobile: Some("13800000000".into()),
    }
}

#[test]
fn tax_is_taken_out_of_the_price() {
    let split = |gross, rate| {
        let split = split_tax(Fen(gross), BasisPoints(rate));
        (split.net.0, split.tax.0)
    };
    assert_eq!(split(2345, 1300), (2075, 270));
    assert_eq!(split(1234, 600), (1164, 70));
    assert_eq!(split(3579, 1300), (3167, 412));
    assert_eq!(split(-2345, 1300), (-2075, -270));
    assert_eq!(split(100, 0), (100, 0));
}

#[test]
fn two_lines_or_one() {
    let invoice = draft(&[order(1)], &two(), Timestamp(0)).expect("it may be invoiced");
    let told: Vec<_> = invoice
        .lines
        .iter()
        .map(|line| {
            (
                line.unit.as_str(),
                line.quantity.to_string(),
                line.net.0,
                line.tax.0,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("kWh", "30.85".to_owned(), 2075, 270),
            ("次", "1".to_owned(), 1164, 70)
        ]
    );
    assert_eq!((invoice.amount, invoice.tax), (Fen(3579), Fen(340)));
    let price = invoice
        .lines
        .first()
        .map(|line| line.unit_price.to_string());
    assert_eq!(price.as_deref(), Some("0.6726094"));
    let invoice = draft(&[order(1)], &one(), Timestamp(0)).expect("it may be invoiced");
    assert_eq!(invoice.lines.len(), 1);
    assert_eq!((invoice.amount, invoice.tax), (Fen(3579), Fen(412)));
}

#[test]
fn orders_of_one_seller_are_merged() {
    let orders = [order(1), order(2)];
    let invoice = draft(&orders, &two(), Timestamp(0)).expect("they may be invoiced");
    assert_eq!(invoice.amount, Fen(2 * 3579));
    let quantities: Vec<_> = invoice
        .lines
        .iter()
        .map(|l| l.quantity.to_string())
        .collect();
    assert_eq!(quantities, ["61.7", "2"]);
    let stranger = BilledOrder {
        seller: OrgId(8),
        ..order(2)
    };
    let merge = |orders: &[BilledOrder]| draft(orders, &two(), Timestamp(0)).err();
    assert_eq!(
        merge(&[order(1), stranger]),
        Some(DraftFault::OtherSeller(number(2)))
    );
    assert_eq!(
        merge(&[order(1), order(1)]),
        Some(DraftFault::Twice(number(1)))
    );
    assert_eq!(merge(&[]), Some(DraftFault::Count));
}

#[test]
fn a_station_says_who_sells() {
    let seller = |by: IssuedBy| by.seller(OrgId(1), OrgId(7));
    assert_eq!(seller(IssuedBy::Platform), OrgId(1));
    assert_eq!(seller(IssuedBy::Merchant), OrgId(7));
}

#[test]
fn only_cash_is_invoiced() {
    let with_gift = BilledOrder {
        payable: Parts::new(Fen(2345), Fen(287)),
        paid_cash: Fen(2000),
        ..order(1)
    };
    // 2000 × 2345 / 2632 = 1781.9.
    assert_eq!(with_gift.cash_parts(), Parts::new(Fen(1782), Fen(218)));
}

#[test]
fn guards_of_an_order() {
    let refusal = |change: fn(&mut BilledOrder)| {
        let mut order = order(1);
        change(&mut order);
        order.admit(Timestamp(365 * DAY_MS)).err()
    };
    assert_eq!(refusal(|_| ()), None);
    for (change, expected) in [
        (
            (|o| o.status = OrderStatus::Charging) as fn(&mut BilledOrder),
            InvoiceRefusal::NotCompleted,
        ),
        (
            |o| o.bookkeeping = Bookkeeping::Provisional,
            InvoiceRefusal::NotFinal,
        ),
        (|o| o.unpaid = Fen(1), InvoiceRefusal::NotPaid),
        (|o| o.ended_at = Timestamp(-1), InvoiceRefusal::TooOld),
        (|o| o.paid_cash = Fen::ZERO, InvoiceRefusal::NoCash),
        (|o| o.refunded_cash = Fen(3579), InvoiceRefusal::NoCash),
        (
            |o| o.refunding = Refunding::InProcess,
            InvoiceRefusal::Refunding,
        ),
        (|o| o.invoice_id = Some(1), InvoiceRefusal::Invoiced),
    ] {
        assert_eq!(refusal(change), Some(expected));
    }
}

#[test]
fn what_is_left_after_a_refund_is_issued_anew() {
    let refunded = |sequence, fen| BilledOrder {
        refunded_cash: Fen(fen),
        ended_at: Timestamp(-999 * DAY_MS),
        ..order(sequence)
    };
    let anew = reissue(&[refunded(1, 1000), refunded(2, 3579)], &two());
    let anew = anew.expect("legal").expect("something is left");
    assert_eq!(anew.amount, Fen(2579));
    assert_eq!(anew.orders, [number(1)]);
    assert_eq!(reissue(&[refunded(1, 3579)], &two()), Ok(None));
    let red: i64 = anew.reversed().iter().map(|line| line.gross().0).sum();
    assert_eq!(red, -2579);
}

#[test]
fn titles_are_checked() {
    let field = |change: fn(&mut InvoiceTitle)| {
        let mut title = title();
        change(&mut title);
        title.check().map_err(|fault| fault.field)
    };
    assert_eq!(field(|_| ()), Ok(()));
    for (change, name) in [
        ((|t| t.title = " ".into()) as fn(&mut InvoiceTitle), "title"),
        (|t| t.title = "名".repeat(101), "title"),
        (|t| t.tax_no = None, "tax_no"),
        (|t| t.tax_no = Some("9".repeat(21)), "tax_no"),
        (|t| t.tax_no = Some("税号".into()), "tax_no"),
        (|t| t.buyer_kind = BuyerKind::Person, "tax_no"),
        (
            |t| {
                t.buyer_kind = BuyerKind::Person;
                t.tax_no = None;
            },
            "kind",
        ),
        (
            |t| t.address_phone = Some("址".repeat(101)),
            "address_phone",
        ),
        (|t| t.bank_account = Some("行".repeat(101)), "bank_account"),
        (|t| t.email = Some("books".into()), "email"),
        (|t| t.mobile = Some("1380000".into()), "mobile"),
    ] {
        assert_eq!(field(change), Err(name.to_owned()));
    }
    assert_eq!(field(|t| t.title = "名".repeat(100)), Ok(()));
}

#[test]
fn layouts_are_checked_and_stored() {
    assert!(two().check().is_ok());
    let mut short = item("x", 600);
    short.tax_code = "123".into();
    let fault = LineLayout::One { charge: short }.check();
    assert_eq!(
        fault.map_err(|fault| fault.field),
        Err("charge.tax_code".to_owned())
    );
    let text = serde_json::to_string(&two()).expect("JSON");
    assert!(
        text.starts_with(r#"{"layout":"two","elec":{"name":"#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<LineLayout>(&text).ok(), Some(two()));
}

fn walk(events: &[V<'_>]) -> Option<(S, Vec<E>)> {
    let mut state = S::Draft;
    let mut effects = Vec::new();
    for event in events {
        let step = state.next(*event).ok()?;
        state = step.to;
        effects = step.effects;
    }
    Some((state, effects))
}

#[test]
fn the_way_to_an_invoice() {
    let issued = [V::Submit, V::Issue, V::Issued];
    assert_eq!(walk(&issued), Some((S::Issued, vec![E::Deliver])));
    let again = [V::Submit, V::Issue, V::IssueFailed, V::Retry];
    assert_eq!(walk(&again), Some((S::Issuing, vec![E::SendToIssuer])));
    let reject = |reason| [V::Submit, V::Reject { reason }];
    let told = vec![E::ReleaseOrders, E::TellBuyer];
    assert_eq!(walk(&reject("no such title")), Some((S::Rejected, told)));
    assert_eq!(walk(&reject("")), None);
    let given_up = Some((S::Cancelled, vec![E::ReleaseOrders]));
    assert_eq!(walk(&[V::Submit, V::Cancel]), given_up);
    assert_eq!(walk(&[V::Submit, V::Issue, V::Cancel]), None);
}

#[test]
fn a_refund_reverses_what_was_issued() {
    let after = |state: S| {
        state
            .next(V::OrderRefunded)
            .map(|step| (step.to, step.effects))
    };
    assert_eq!(after(S::Issued), Ok((S::RedApplying, vec![E::ApplyRed])));
    assert_eq!(after(S::Submitted), Ok((S::Submitted, vec![E::Recompute])));
    assert_eq!(
        after(S::Issuing),
        Ok((S::Issuing, vec![E::ApplyRedWhenIssued]))
    );
    let red = |status| S::RedApplying.next(V::Red(status)).map(|step| step.to);
    for (status, state) in [
        (RedStatus::Submitted, S::RedApplying),
        (RedStatus::Withdrawn, S::Issued),
        (RedStatus::Accepted, S::RedApplying),
        (RedStatus::NotAccepted, S::Issued),
        (RedStatus::ToBeCorrected, S::RedApplying),
        (RedStatus::UnderReview, S::RedApplying),
        (RedStatus::Passed, S::RedConfirmed),
        (RedStatus::NotPassed, S::Issued),
    ] {
        assert_eq!(red(status), Ok(state));
    }
    let reversed = S::RedConfirmed.next(V::RedIssued).map(|step| step.effects);
    assert_eq!(reversed, Ok(vec![E::ReleaseOrders, E::Reissue]));
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = V<'static>> {
        prop_oneof![
            Just(V::Submit),
            Just(V::Issue),
            Just(V::Reject { reason: "no" }),
            Just(V::Cancel),
            Just(V::Unclear),
            Just(V::Issued),
            Just(V::IssueFailed),
            Just(V::Retry),
            Just(V::OrderRefunded),
            Just(V::ApplyRed),
            (0_usize..8).prop_map(|n| V::Red(*RedStatus::ALL.get(n).expect("one of eight"))),
            Just(V::RedIssued),
        ]
    }

    proptest! {
        #[test]
        fn orders_are_released_once_when_it_is_over(events in prop::collection::vec(event(), 0..60)) {
            let (mut state, mut released) = (S::Draft, 0);
            for event in events {
                if let Ok(step) = state.next(event) {
                    released += step.effects.iter().filter(|e| **e == E::ReleaseOrders).count();
                    state = step.to;
                }
            }
            prop_assert_eq!(released, usize::from(!state.holds_orders()));
        }

        #[test]
        fn tax_and_net_are_the_price(gross in -10_000_000_i64..10_000_000, rate in 0_i32..=10_000) {
            let split = split_tax(Fen(gross), BasisPoints(rate));
            prop_assert_eq!(split.net + split.tax, Fen(gross));
            prop_assert!(split.tax.0.signum() * gross.signum() >= 0);
        }

        #[test]
        fn an_invoice_is_the_cash_of_its_orders(
            orders in prop::collection::vec((0_i64..100_000, 0_i64..100_000, 0_i64..=100, 0_i64..=100), 1..20),
        ) {
            let orders: Vec<BilledOrder> = (1..)
                .zip(orders)
                .map(|(sequence, (elec, service, cash, back))| {
                    let paid = (elec + service) * cash / 100;
                    BilledOrder {
                        payable: Parts::new(Fen(elec), Fen(service)),
                        paid_cash: Fen(paid),
                        refunded_cash: Fen(paid * back / 100),
                        ..order(sequence)
                    }
                })
                .collect();
            let cash: i64 = orders.iter().map(|order| order.cash().0).sum();
            for layout in [one(), two()] {
                match reissue(&orders, &layout).expect("all may be invoiced") {
                    None => prop_assert_eq!(cash, 0),
                    Some(draft) => {
                        prop_assert_eq!(draft.amount, Fen(cash));
                        let tax: i64 = draft.lines.iter().map(|line| line.tax.0).sum();
                        prop_assert_eq!(draft.tax, Fen(tax));
                    }
                }
            }
        }
    }
}
