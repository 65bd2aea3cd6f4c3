//! The worked numbers of e-bike plans, and the laws of every bill.

use super::{apart, by_energy, by_tier, by_time};
use crate::order::SlotEnergy;
use crate::pricing::ebike::{
    EbikePlan, PlanMode, ServiceMode, ServicePeriod, TierRule, Usage, bill, metered, tier_lines,
};
use kernel::{Energy, Fen, Power, Price, Timestamp};
use proptest::prelude::*;

fn paid(plan: &EbikePlan, usage: Usage<'_>) -> (i64, i64) {
    let bill = bill(plan, &usage);
    assert_eq!(bill.elec + bill.service, bill.total);
    (bill.total.0, bill.refund.0)
}

fn timed(amount: i64, minutes: i64) -> Usage<'static> {
    Usage {
        amount: Fen(amount),
        prepaid: true,
        duration_s: minutes * 60,
        energy: Energy(5000),
        ..Usage::default()
    }
}

fn tiered(amount: i64, minutes: [i64; 5]) -> Usage<'static> {
    Usage {
        tier_seconds: minutes.map(|minutes| minutes * 60),
        ..timed(amount, minutes.iter().sum())
    }
}

#[test]
fn e1_by_the_minute() {
    assert_eq!(paid(&by_time(), timed(300, 75)), (125, 175));
}

#[test]
fn e2_by_started_half_hours() {
    let halves = EbikePlan {
        billing_unit_min: 30,
        ..by_time()
    };
    assert_eq!(paid(&halves, timed(300, 75)), (150, 150));
}

#[test]
fn e3_by_energy() {
    let usage = Usage {
        energy: Energy(32_100),
        ..timed(600, 120)
    };
    assert_eq!(paid(&by_energy(), usage), (385, 215));
}

#[test]
fn e4_e5_e6_tiers_add_up() {
    let plan = by_tier(TierRule::Accumulate);
    assert_eq!(paid(&plan, tiered(100, [36, 0, 0, 0, 0])), (15, 85));
    assert_eq!(paid(&plan, tiered(100, [17, 19, 0, 0, 0])), (23, 77));
    assert_eq!(paid(&plan, tiered(500, [61, 0, 30, 0, 9])), (113, 387));
}

#[test]
fn e7_the_highest_power_decides() {
    let usage = Usage {
        max_power: Power::from_watts(310),
        ..timed(100, 45)
    };
    assert_eq!(paid(&by_tier(TierRule::MaxPower), usage), (38, 62));
}

#[test]
fn e8_minutes_bought_per_tier() {
    let plan = by_tier(TierRule::MaxPower);
    let minutes: Vec<_> = (0..5)
        .map(|tier| plan.minutes_in_tier(tier, Fen(100)))
        .collect();
    assert_eq!(minutes, [240, 120, 60, 40, 24].map(Some));
    assert_eq!(plan.minutes_in_tier(5, Fen(100)), None);
}

#[test]
fn e9_until_full() {
    let plan = EbikePlan {
        mode: PlanMode::Full,
        ..apart(54_690, 80_000)
    };
    let usage = Usage {
        energy: Energy(23_500),
        ..timed(1500, 240)
    };
    let sum = bill(&plan, &usage);
    assert_eq!((sum.elec.0, sum.service.0), (129, 188));
    assert_eq!((sum.total.0, sum.refund.0), (317, 1183));
}

#[test]
fn e10_electricity_and_service_apart() {
    let usage = Usage {
        energy: Energy(12_300),
        ..timed(0, 120)
    };
    let sum = bill(&apart(54_690, 30_000), &usage);
    assert_eq!((sum.elec.0, sum.service.0, sum.total.0), (67, 37, 104));
}

#[test]
fn e11_service_by_time() {
    let plan = EbikePlan {
        service_mode: ServiceMode::PerMinute,
        ..apart(54_690, 20_000)
    };
    assert_eq!(metered(&plan, &timed(0, 187)).1, Fen(62));
}

#[test]
fn e12_short_and_little_is_free() {
    let usage = Usage {
        amount: Fen(300),
        duration_s: 45,
        energy: Energy(80),
        tier_seconds: [45, 0, 0, 0, 0],
        ..Usage::default()
    };
    let kept = EbikePlan {
        refund_unused: false,
        min_fen: Fen(50),
        ..by_time()
    };
    for plan in [
        by_time(),
        by_energy(),
        by_tier(TierRule::Accumulate),
        by_tier(TierRule::MaxPower),
        apart(54_690, 30_000),
        kept,
    ] {
        assert_eq!(paid(&plan, usage), (0, 300));
        let longer = Usage {
            duration_s: 61,
            ..usage
        };
        let costs = paid(&plan, longer).0 + i64::from(plan.mode != PlanMode::Time);
        assert!(costs > 0, "{plan:?}");
    }
}

#[test]
fn minimum_cap_and_package_price() {
    let plan = EbikePlan {
        min_fen: Fen(80),
        max_fen: Fen(200),
        ..by_time()
    };
    assert_eq!(paid(&plan, timed(300, 10)), (80, 220));
    assert_eq!(paid(&plan, timed(300, 300)), (200, 100));
    assert_eq!(paid(&plan, timed(50, 10)), (50, 0));
    let kept = EbikePlan {
        refund_unused: false,
        ..by_time()
    };
    assert_eq!(paid(&kept, timed(300, 10)), (300, 0));
    let by_card = Usage {
        prepaid: false,
        ..timed(300, 10)
    };
    assert_eq!(paid(&kept, by_card), (17, 283));
    let later = EbikePlan {
        post_pay: true,
        ..by_time()
    };
    assert_eq!(paid(&later, timed(100, 90)), (150, 0));
}

fn night(price: i64) -> ServicePeriod {
    ServicePeriod {
        window: serde_json::from_str(r#"{"from":"22:00","to":"06:00"}"#).expect("a window"),
        service_price: Price(price),
    }
}

#[test]
fn the_service_fee_may_depend_on_the_time_of_the_day() {
    let start = Timestamp::from_shanghai([2026, 3, 1, 21, 30, 0]).expect("a time");
    let plan = EbikePlan {
        service_periods: vec![night(10_000)],
        ..apart(50_000, 40_000)
    };
    let usage = Usage {
        start,
        energy: Energy(20_000),
        ..timed(0, 60)
    };
    // Half of it before, half of it in the night: 1 kWh at 0.40 and 1 kWh at 0.10.
    assert_eq!(metered(&plan, &usage), (Fen(100), Fen(50)));
    let mut slots = SlotEnergy::default();
    slots.add(start, start, Energy(20_000));
    let gathered = Usage {
        by_slot: Some(&slots),
        ..usage
    };
    assert_eq!(metered(&plan, &gathered), (Fen(100), Fen(80)));
    let by_time = EbikePlan {
        service_mode: ServiceMode::PerMinute,
        ..plan
    };
    assert_eq!(metered(&by_time, &usage).1, Fen(25));
}

#[test]
fn the_derived_split_names_electricity_in_every_mode() {
    let plan = EbikePlan {
        elec_p5: Price(50_000),
        ..by_time()
    };
    assert_eq!(metered(&plan, &timed(300, 75)), (Fen(25), Fen(100)));
}

#[test]
fn shares_of_tiers_add_up_to_the_bill() {
    let plan = by_tier(TierRule::Accumulate);
    let lines = tier_lines(&plan, &tiered(500, [61, 0, 30, 0, 9]));
    let shares: Vec<_> = lines.iter().map(|line| (line.tier, line.fen.0)).collect();
    assert_eq!(shares, [(1, 25), (3, 50), (5, 38)]);
    let usage = Usage {
        max_power: Power::from_watts(310),
        ..timed(100, 45)
    };
    let lines = tier_lines(&by_tier(TierRule::MaxPower), &usage);
    assert_eq!((lines.len(), lines[0].tier, lines[0].fen.0), (1, 2, 38));
}

fn any_plan() -> impl Strategy<Value = EbikePlan> {
    let base = prop_oneof![
        Just(by_time()),
        Just(by_energy()),
        Just(by_tier(TierRule::Accumulate)),
        Just(by_tier(TierRule::MaxPower)),
        Just(apart(54_690, 30_000)),
        Just(EbikePlan {
            service_periods: vec![night(12_345)],
            ..apart(54_690, 30_000)
        }),
        Just(EbikePlan {
            service_mode: ServiceMode::PerMinute,
            service_periods: vec![night(12_345)],
            ..apart(54_690, 30_000)
        }),
    ];
    (base, 0_i64..200, 0_i64..3000, any::<bool>(), any::<bool>()).prop_map(
        |(plan, min, more, refund, post)| EbikePlan {
            min_fen: Fen(min),
            max_fen: Fen(if more == 0 { 0 } else { min + more }),
            refund_unused: refund,
            post_pay: post,
            ..plan
        },
    )
}

fn usage(amount: i64, minutes: [i64; 5], e4: i64, watts: i64) -> Usage<'static> {
    Usage {
        energy: Energy(e4),
        max_power: Power::from_watts(watts),
        start: Timestamp(1_780_000_000_000),
        ..tiered(amount, minutes)
    }
}

proptest! {
    #[test]
    fn parts_and_refund_add_up(
        plan in any_plan(),
        amount in 0_i64..5000,
        minutes in prop::array::uniform5(0_i64..300),
        e4 in 0_i64..200_000,
        watts in 0_i64..3000,
    ) {
        prop_assert_eq!(plan.check(), Ok(()));
        let sum = bill(&plan, &usage(amount, minutes, e4, watts));
        prop_assert_eq!(sum.elec + sum.service, sum.total);
        prop_assert!(sum.elec.0 >= 0 && sum.service.0 >= 0);
        if amount > 0 && !plan.post_pay {
            prop_assert_eq!(sum.total.0 + sum.refund.0, amount);
        }
    }

    #[test]
    fn more_never_costs_less(
        plan in any_plan(),
        minutes in prop::array::uniform5(0_i64..300),
        more in prop::array::uniform5(0_i64..100),
        e4 in 0_i64..200_000,
        more_e4 in 0_i64..50_000,
    ) {
        // Prices by the time of the day move with the spread of the energy.
        let plan = EbikePlan { service_periods: Vec::new(), ..plan };
        let longer = std::array::from_fn(|tier| minutes[tier] + more[tier]);
        let less = bill(&plan, &usage(0, minutes, e4, 300));
        let most = bill(&plan, &usage(0, longer, e4 + more_e4, 300));
        prop_assert!(less.total <= most.total);
    }

    #[test]
    fn tier_shares_are_the_metered_amount(
        minutes in prop::array::uniform5(0_i64..600),
        watts in 0_i64..3000,
    ) {
        for rule in [TierRule::Accumulate, TierRule::MaxPower] {
            let plan = by_tier(rule);
            let usage = usage(0, minutes, 0, watts);
            let (elec, service) = metered(&plan, &usage);
            let lines: i64 = tier_lines(&plan, &usage).iter().map(|line| line.fen.0).sum();
            prop_assert_eq!(lines, (elec + service).0);
        }
    }

    #[test]
    fn absurd_values_do_not_panic(
        plan in any_plan(),
        amount in any::<i64>(),
        duration_s in any::<i64>(),
        energy in any::<i64>(),
        start in -1_000_000_000_000_i64..10_000_000_000_000,
    ) {
        // By time of the day a year is walked in half hours: bounded, yet not for every case.
        let seconds = if plan.depends_on_time() { duration_s % 1_000_000 } else { duration_s };
        let usage = Usage {
            amount: Fen(amount),
            duration_s: seconds,
            energy: Energy(energy),
            start: Timestamp(start),
            tier_seconds: [duration_s; 5],
            ..Usage::default()
        };
        let sum = bill(&plan, &usage);
        prop_assert!(sum.total.0 >= 0 && sum.refund.0 >= 0);
    }
}
