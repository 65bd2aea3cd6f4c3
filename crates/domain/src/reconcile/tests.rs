use super::{
    Booked, Movement, MovementKind, Totals, agreed_fee, compare, odd_fees, with_agreed_fees,
};
use kernel::{BasisPoints, Fen, Timestamp};

fn line(kind: MovementKind, number: &str, amount: i64, fee: i64) -> Movement {
    Movement {
        kind,
        document_no: number.to_owned(),
        channel_no: format!("C{number}"),
        amount: Fen(amount),
        fee: Fen(fee),
        at: Timestamp(0),
    }
}

fn booked(kind: MovementKind, number: &str, amount: i64) -> Booked {
    Booked {
        kind,
        document_no: number.to_owned(),
        amount: Fen(amount),
    }
}

#[test]
fn lines_are_found_by_kind_and_number() {
    use MovementKind::{Payment, Refund};
    let theirs = [
        line(Payment, "P1", 100, 1),
        line(Payment, "P2", 200, 1),
        line(Refund, "P1", 30, 0),
        line(Payment, "P4", 50, 0),
    ];
    let ours = [
        booked(Payment, "P1", 100),
        booked(Payment, "P2", 250),
        booked(Refund, "R9", 7),
        booked(Payment, "P3", 5),
    ];
    let comparison = compare(&theirs, &ours);
    assert_eq!(comparison.agreed, 1);
    assert_eq!(
        comparison.not_booked,
        [line(Refund, "P1", 30, 0), line(Payment, "P4", 50, 0)]
    );
    assert_eq!(
        comparison.differing,
        [(line(Payment, "P2", 200, 1), Fen(250))]
    );
    assert_eq!(
        comparison.missing_there,
        [booked(Payment, "P3", 5), booked(Refund, "R9", 7)]
    );
    let totals = Totals::of(&theirs);
    assert_eq!(
        (totals.count, totals.inward, totals.outward),
        (4, Fen(350), Fen(30))
    );
    assert_eq!((totals.fee, totals.net()), (Fen(2), Fen(318)));
}

#[test]
fn a_line_that_the_bill_has_twice_is_booked_once() {
    let twice = [
        line(MovementKind::Payment, "P1", 100, 0),
        line(MovementKind::Payment, "P1", 100, 0),
    ];
    let comparison = compare(&twice, &[booked(MovementKind::Payment, "P1", 100)]);
    assert_eq!((comparison.agreed, comparison.not_booked.len()), (1, 1));
}

#[test]
fn fees_are_the_channels_or_the_agreed_ones() {
    let rate = BasisPoints(60);
    assert_eq!(agreed_fee(Fen(10_000), rate), Fen(60));
    assert_eq!(agreed_fee(Fen(84), rate), Fen(1), "0.504 rounds up");
    assert_eq!(agreed_fee(Fen(83), rate), Fen(0), "0.498 does not");
    let mut silent = [
        line(MovementKind::Payment, "P1", 10_000, 0),
        line(MovementKind::Refund, "R1", 10_000, 0),
    ];
    with_agreed_fees(&mut silent, rate);
    assert_eq!((silent[0].fee, silent[1].fee), (Fen(60), Fen(0)));
    let mut spoken = [
        line(MovementKind::Payment, "P1", 10_000, 55),
        line(MovementKind::Payment, "P2", 10_000, 0),
    ];
    with_agreed_fees(&mut spoken, rate);
    assert_eq!(
        spoken[1].fee,
        Fen(0),
        "a bill that names fees is taken at its word"
    );
    assert_eq!(odd_fees(&spoken, rate).len(), 2);
    assert_eq!(odd_fees(&spoken, BasisPoints(55)).len(), 1);
    assert!(odd_fees(&spoken, BasisPoints::ZERO).is_empty());
}
