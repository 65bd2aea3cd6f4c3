use super::{Consumer, InForce, Share, Steering, Step, allocate, steps, watts};
use kernel::Timestamp;
use proptest::prelude::*;
use std::time::Duration;

const NOON: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);

fn pile(rated_w: i64, draw_w: i64) -> Consumer {
    Consumer {
        steering: Steering::Steerable,
        rated_w,
        draw_w,
        active: true,
        least_pct: 30,
        weight: 1,
    }
}

fn percents(available: i64, consumers: &[Consumer]) -> Vec<Option<u8>> {
    let shares = allocate(available, consumers).shares;
    shares.into_iter().map(|share| share.percent).collect()
}

#[test]
fn what_is_there_is_shared() {
    let two = [pile(60_000, 60_000), pile(60_000, 60_000)];
    assert_eq!(percents(200_000, &two), [Some(100), Some(100)]);
    assert_eq!(percents(90_000, &two), [Some(75), Some(75)]);
    let heavy = [
        pile(60_000, 60_000),
        Consumer {
            weight: 3,
            ..two[1]
        },
    ];
    // 36 kW are the least of both; of the 36 kW left a quarter and three quarters.
    assert_eq!(percents(72_000, &heavy), [Some(45), Some(75)]);
    // One that needs little leaves more to the other.
    let tapering = [pile(60_000, 60_000), pile(60_000, 8_000)];
    assert_eq!(percents(78_000, &tapering), [Some(100), Some(30)]);
}

#[test]
fn what_cannot_be_limited_counts_first() {
    let measured = Consumer {
        steering: Steering::Measured,
        ..pile(20_000, 3_000)
    };
    let silent = Consumer {
        steering: Steering::Silent,
        ..pile(20_000, 3_000)
    };
    let with = |other| allocate(60_000, &[pile(60_000, 60_000), other]);
    assert_eq!(with(measured).shares[0].percent, Some(95));
    assert_eq!(with(silent).shares[0].percent, Some(66));
    assert_eq!(
        with(silent).shares[1],
        Share {
            percent: None,
            granted_w: 20_000
        }
    );
    assert_eq!(with(silent).fixed_w, 20_000);
}

#[test]
fn too_little_is_said_and_idle_ones_wait_at_their_least() {
    let all = [
        pile(60_000, 60_000),
        Consumer {
            weight: 2,
            ..pile(60_000, 60_000)
        },
    ];
    let short = allocate(30_000, &all);
    assert!(short.short);
    assert_eq!(short.room_w, 0);
    assert_eq!(short.shares[0].granted_w, 0, "the heavier one comes first");
    assert_eq!(short.shares[1].granted_w, 30_000);
    let idle = Consumer {
        active: false,
        draw_w: 0,
        ..pile(60_000, 0)
    };
    assert_eq!(
        percents(60_000, &[pile(60_000, 60_000), idle]),
        [Some(100), Some(30)]
    );
    assert_eq!(
        percents(120_000, &[pile(60_000, 60_000), idle]),
        [Some(100), Some(100)]
    );
    assert_eq!(
        allocate(60_000, &[pile(60_000, 60_000), idle]).room_w,
        42_000
    );
    assert_eq!(allocate(0, &[]).shares, []);
}

#[test]
fn limits_fall_at_once_and_rise_slowly() {
    let both = [pile(60_000, 60_000), pile(60_000, 60_000)];
    let free = InForce {
        percent: 100,
        since: None,
    };
    let at = |percent, ago| InForce {
        percent,
        since: Some(NOON - Duration::from_secs(ago)),
    };
    let told = |available, in_force: [InForce; 2]| {
        let plan = allocate(available, &both);
        steps(available, &both, &in_force, &plan, NOON)
    };
    let step = |place, percent| Step { place, percent };
    assert_eq!(told(90_000, [free, free]), [step(0, 75), step(1, 75)]);
    assert_eq!(told(90_000, [at(75, 10), at(75, 10)]), []);
    assert_eq!(
        told(120_000, [at(75, 10), at(75, 90)]),
        [step(1, 100)],
        "not so soon"
    );
    assert_eq!(
        told(93_000, [at(75, 90), at(75, 90)]),
        [],
        "not for so little"
    );
    // The first has to fall before the second may rise.
    let tapering = [pile(60_000, 8_000), pile(60_000, 60_000)];
    let plan = allocate(78_000, &tapering);
    let before = [at(65, 90), at(65, 90)];
    assert_eq!(
        steps(78_000, &tapering, &before, &plan, NOON),
        [step(0, 30)]
    );
    let after = [at(30, 10), at(65, 90)];
    assert_eq!(
        steps(78_000, &tapering, &after, &plan, NOON),
        [step(1, 100)]
    );
}

prop_compose! {
    fn consumer()(
        kind in 0..3,
        rated_w in 0..200_000_i64,
        draw_w in 0..250_000_i64,
        active in any::<bool>(),
        least_pct in 1..=100_u8,
        weight in 1..=9_u8,
    ) -> Consumer {
        let steering = match kind {
            0 => Steering::Measured,
            1 => Steering::Silent,
            _ => Steering::Steerable,
        };
        Consumer { steering, rated_w, draw_w, active, least_pct, weight }
    }
}

proptest! {
    /// What is granted never exceeds what is left by those that cannot be limited.
    #[test]
    fn grants_never_exceed_the_supply(
        available in 0..2_000_000_i64,
        consumers in prop::collection::vec(consumer(), 0..30),
    ) {
        let plan = allocate(available, &consumers);
        let granted: i64 = consumers.iter().zip(&plan.shares)
            .filter(|(consumer, _)| consumer.steering == Steering::Steerable)
            .map(|(_, share)| share.granted_w)
            .sum();
        prop_assert!(granted <= (available - plan.fixed_w).max(0), "{granted}");
        if !plan.short {
            let limits: i64 = consumers.iter().zip(&plan.shares)
                .filter(|(consumer, _)| consumer.active)
                .filter_map(|(consumer, share)| Some(watts(consumer.rated_w, share.percent?)))
                .sum();
            prop_assert!(limits + plan.fixed_w <= available.max(plan.fixed_w), "{limits}");
        }
        for (consumer, share) in consumers.iter().zip(&plan.shares) {
            if let Some(percent) = share.percent {
                prop_assert!((consumer.least_pct..=100).contains(&percent));
            }
        }
    }

    /// Whatever limits are in force, a step never lets their sum grow beyond the budget.
    #[test]
    fn steps_never_allow_more_than_there_is(
        available in 0..2_000_000_i64,
        consumers in prop::collection::vec((consumer(), 1..=100_u8), 0..30),
    ) {
        let (consumers, limits): (Vec<_>, Vec<_>) = consumers.into_iter().unzip();
        let in_force: Vec<InForce> =
            limits.into_iter().map(|percent| InForce { percent, since: None }).collect();
        let plan = allocate(available, &consumers);
        let sum = |percents: &[u8]| -> i64 {
            consumers.iter().zip(percents)
                .filter(|(consumer, _)| consumer.active && consumer.steering == Steering::Steerable)
                .map(|(consumer, percent)| watts(consumer.rated_w, *percent))
                .sum()
        };
        let mut percents: Vec<u8> = in_force.iter().map(|limit| limit.percent).collect();
        let before = sum(&percents);
        // As if nothing that is to fall did so.
        for step in steps(available, &consumers, &in_force, &plan, NOON) {
            percents[step.place] = percents[step.place].max(step.percent);
        }
        let budget = (available - plan.fixed_w).max(0);
        prop_assert!(sum(&percents) <= before.max(budget));
    }
}
