use super::{Bounds, Counts, Kpi, Millionths, Rating};

fn rated(kpi: Kpi, part: u64, whole: u64) -> (i64, Option<Rating>) {
    let counts = Counts::of(part, whole);
    let value = kpi.value(counts).expect("something was counted");
    (value.0, kpi.rating(counts, kpi.definition().bounds))
}

/// The worked figures of the operators' handbook.
#[test]
fn figures_are_what_the_handbook_says() {
    use Rating::{Good, Warning};
    for (kpi, part, whole, wanted) in [
        (Kpi::ChargeSuccess, 982, 990, (991_919, Some(Good))),
        (Kpi::OrderCompletion, 975, 980, (994_898, Some(Warning))),
        (Kpi::EndReport, 975, 980, (994_898, Some(Good))),
        (Kpi::Stuck, 5, 985, (5_076, Some(Good))),
        (Kpi::StatusReportMissing, 77, 4800, (16_042, Some(Good))),
        (Kpi::ProtocolError, 840, 120_000, (7_000, Some(Good))),
        (Kpi::StateConsistency, 12, 14_400, (999_167, Some(Good))),
        (
            Kpi::DeviceOnline,
            4_320_000 - 151_200,
            4_320_000,
            (965_000, Some(Good)),
        ),
        (Kpi::HeartbeatLoss, 367_150, 370_000, (7_703, Some(Good))),
        (Kpi::ProtocolCompliance, 957, 980, (976_531, Some(Warning))),
    ] {
        assert_eq!(rated(kpi, part, whole), wanted, "{kpi:?}");
    }
}

#[test]
fn thresholds_are_where_they_are_said_to_be() {
    use Rating::{Critical, Good, Warning};
    for (kpi, part, rating) in [
        (Kpi::ProtocolCompliance, 949, Critical),
        (Kpi::ProtocolCompliance, 950, Warning),
        (Kpi::ProtocolCompliance, 980, Warning),
        (Kpi::ProtocolCompliance, 981, Good),
        (Kpi::ChargeSuccess, 979, Critical),
        (Kpi::ChargeSuccess, 980, Warning),
        (Kpi::ChargeSuccess, 990, Warning),
        (Kpi::ChargeSuccess, 991, Good),
        (Kpi::StatusReportMissing, 20, Warning),
        (Kpi::StatusReportMissing, 19, Good),
        (Kpi::Stuck, 21, Critical),
        (Kpi::Stuck, 20, Warning),
        (Kpi::DeviceOnline, 899, Critical),
    ] {
        assert_eq!(rated(kpi, part, 1000).1, Some(rating), "{kpi:?} {part}");
    }
    let minutes = |sum: u64| rated(Kpi::AverageDuration, sum * 20 * 60, 20 * 60).1;
    assert_eq!(minutes(29), Some(Warning));
    assert_eq!((minutes(30), minutes(240)), (Some(Good), Some(Good)));
    assert_eq!(minutes(241), Some(Warning));
}

#[test]
fn nothing_counted_is_no_figure_and_little_no_alarm() {
    let kpi = Kpi::ChargeSuccess;
    let bounds = kpi.definition().bounds;
    assert_eq!(kpi.value(Counts::default()), None);
    assert_eq!(kpi.rating(Counts::default(), bounds), None);
    assert_eq!(
        kpi.rating(Counts::of(0, 19), bounds),
        None,
        "one bad morning is no trend"
    );
    assert_eq!(
        kpi.rating(Counts::of(0, 20), bounds),
        Some(Rating::Critical)
    );
    let (kpi, long) = (Kpi::AverageDuration, Counts::of(19 * 300 * 60, 19 * 60));
    let bounds = kpi.definition().bounds;
    assert_eq!(kpi.rating(long, bounds), None, "nineteen charges");
}

#[test]
fn hours_add_up_to_days() {
    let day: Counts = [Counts::of(3, 4), Counts::of(0, 0), Counts::of(1, 4)]
        .into_iter()
        .sum();
    assert_eq!(day, Counts::of(4, 8));
    assert_eq!(Kpi::ChargeSuccess.value(day), Some(Millionths(500_000)));
    let many = Counts::of(u64::MAX, u64::MAX) + Counts::of(1, 1);
    assert_eq!(many, Counts::of(u64::MAX, u64::MAX));
}

#[test]
fn more_than_was_expected_is_no_loss() {
    let value = Kpi::HeartbeatLoss.value(Counts::of(101, 100));
    assert_eq!(value, Some(Millionths(0)));
}

#[test]
fn an_operator_may_want_more() {
    let strict = Bounds::Above {
        target: Millionths::basis_points(9999),
        critical: None,
    };
    let counts = Counts::of(999, 1000);
    assert_eq!(
        Kpi::ChargeSuccess.rating(counts, strict),
        Some(Rating::Warning)
    );
}
