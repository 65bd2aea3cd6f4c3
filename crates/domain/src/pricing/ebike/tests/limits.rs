//! What an amount buys, what devices are told, and time by tier.

use super::{apart, by_energy, by_tier, by_time};
use crate::pricing::ebike::{
    Bought, EbikePlan, ServiceMode, TierMeter, TierRule, Usage, fees, metered, power_tiers,
};
use kernel::{Energy, Fen, Power, Price};
use proptest::prelude::*;

#[test]
fn an_amount_buys_time_or_energy() {
    let bought = |plan: &EbikePlan, fen| {
        let Bought { duration_s, energy } = plan.bought(Fen(fen));
        (duration_s / 60, energy.map(|energy| energy.0))
    };
    assert_eq!(bought(&by_time(), 300), (180, None));
    let halves = EbikePlan {
        billing_unit_min: 30,
        ..by_time()
    };
    assert_eq!(bought(&halves, 140), (60, None));
    assert_eq!(bought(&by_energy(), 600), (600, Some(50_000)));
    assert_eq!(bought(&by_tier(TierRule::Accumulate), 100), (240, None));
    assert_eq!(bought(&apart(54_690, 30_000), 847), (600, Some(100_011)));
    let by_clock = EbikePlan {
        service_mode: ServiceMode::PerMinute,
        ..apart(54_690, 30_000)
    };
    assert_eq!(bought(&by_clock, 847), (600, None));
    // Nothing was prepaid, or more than it can ever cost.
    let capped = EbikePlan {
        max_fen: Fen(200),
        ..by_time()
    };
    assert_eq!(bought(&by_time(), 0), (600, None));
    assert_eq!(bought(&capped, 300), (600, None));
    assert_eq!(bought(&by_time(), 5000), (600, None));
}

#[test]
fn devices_are_told_tiers_and_fees_that_they_can_hold() {
    let tiers = power_tiers(&by_tier(TierRule::Accumulate)).expect("tiers");
    assert_eq!((tiers.len(), tiers[0].up_to), (5, Power(2000)));
    assert_eq!((tiers[4].price, tiers[4].minutes), (Fen(500), 120));
    assert_eq!(power_tiers(&by_tier(TierRule::MaxPower)), None);
    assert_eq!(power_tiers(&by_time()), None);
    assert_eq!(fees(&apart(54_690, 30_000)), None, "0.5469 is no whole fen");
    let mut plan = apart(55_000, 30_000);
    let flat = fees(&plan).expect("fees");
    assert_eq!(flat.segments.len(), 1);
    assert_eq!(flat.segments[0].until, (23, 59));
    plan.service_periods =
        serde_json::from_str(r#"[{"from":"22:00","to":"06:30","service_price":10000}]"#)
            .expect("periods");
    let told = fees(&plan).expect("fees");
    let ends: Vec<_> = told
        .segments
        .iter()
        .map(|segment| (segment.until, segment.service))
        .collect();
    assert_eq!(ends, [((6, 30), 10), ((22, 0), 30), ((23, 59), 10)]);
}

#[test]
fn the_highest_power_is_a_mean_over_a_minute_after_warming_up() {
    let plan = by_tier(TierRule::MaxPower);
    let mut meter = TierMeter::default();
    meter.add(&plan, 170, Power::from_watts(900));
    meter.add(&plan, 200, Power::from_watts(300));
    assert_eq!(meter.highest(), Power::ZERO);
    meter.add(&plan, 240, Power::from_watts(600));
    // 20 s at 300 W and 40 s at 600 W.
    assert_eq!(meter.highest(), Power::from_watts(500));
    meter.add(&plan, 250, Power::from_watts(2000));
    meter.add(&plan, 900, Power::from_watts(200));
    assert_eq!(meter.highest(), Power::from_watts(500));
    assert_eq!(meter.seconds(), [650, 30, 40, 0, 180]);
}

#[test]
fn the_device_s_own_tiers_count_when_they_are_an_account() {
    let plan = by_tier(TierRule::Accumulate);
    let mut meter = TierMeter::default();
    meter.add(&plan, 2100, Power::from_watts(150));
    assert!(!meter.take(&plan, &[], 2160));
    assert!(!meter.take(&plan, &[0, 0, 0, 0, 0], 2160));
    assert!(!meter.take(&plan, &[10, 0, 0, 0, 0], 2160), "too short");
    assert!(
        !meter.take(&plan, &[30, 0, 0, 0, 0, 6], 2160),
        "a sixth tier"
    );
    assert!(meter.take(&plan, &[17, 19, 0, 0, 0], 2160));
    assert_eq!(meter.seconds(), [1020, 1140, 0, 0, 0]);
    assert!(meter.is_by_device());
}

#[test]
fn a_shorter_end_takes_the_dearest_time_away() {
    let plan = by_tier(TierRule::Accumulate);
    let mut meter = TierMeter::default();
    meter.add(&plan, 600, Power::from_watts(100));
    meter.add(&plan, 700, Power::from_watts(500));
    meter.close(&plan, 550, Power::ZERO);
    assert_eq!(meter.seconds(), [550, 0, 0, 0, 0]);
    meter.close(&plan, 650, Power::from_watts(300));
    assert_eq!(meter.seconds(), [550, 100, 0, 0, 0]);
}

#[test]
fn power_above_the_last_tier() {
    let mut plan = by_tier(TierRule::Accumulate);
    assert!(plan.is_too_much(Power::from_watts(2001)));
    assert!(!plan.is_too_much(Power::from_watts(2000)));
    assert_eq!(plan.tier_of(Power::from_watts(9000)), Some(4));
    plan.over_top_tier = crate::pricing::ebike::OverTopTier::TopTierPrice;
    assert!(!plan.is_too_much(Power::from_watts(2001)));
}

proptest! {
    #[test]
    fn every_second_is_in_one_tier(
        steps in prop::collection::vec((1_i64..400, 0_i64..2500), 0..60),
        end in 0_i64..30_000,
    ) {
        let plan = by_tier(TierRule::Accumulate);
        let mut meter = TierMeter::default();
        let mut at = 0;
        for (seconds, watts) in steps {
            at += seconds;
            meter.add(&plan, at, Power::from_watts(watts));
        }
        prop_assert_eq!(meter.seconds().iter().sum::<i64>(), at);
        meter.close(&plan, end, Power::from_watts(100));
        prop_assert_eq!(meter.seconds().iter().sum::<i64>(), end);
        prop_assert!(meter.seconds().iter().all(|seconds| *seconds >= 0));
    }

    #[test]
    fn what_was_bought_is_not_billed_above_the_amount(
        amount in 1_i64..20_000,
        elec in 0_i64..200_000,
        service in 1_i64..200_000,
    ) {
        let plan = EbikePlan { elec_p5: Price(elec), ..apart(0, service) };
        let energy = plan.bought(Fen(amount)).energy.expect("by energy");
        let usage = Usage { energy, duration_s: 3600, ..Usage::default() };
        let (elec, service) = metered(&plan, &usage);
        // Both parts are rounded by themselves: at most a fen more in all.
        prop_assert!((elec + service).0 <= amount + 1);
        prop_assert!(energy >= Energy::ZERO);
    }
}
