//! Plans as they are written and checked.

use super::{apart, by_energy, by_tier, by_time};
use crate::pricing::ebike::{EbikePlan, Package, PlanMode, TierRule};
use kernel::{Energy, Fen, Price};

type Change = fn(&mut EbikePlan);

fn field(plan: &EbikePlan) -> Result<(), String> {
    plan.check().map_err(|fault| fault.field)
}

#[test]
fn plans_are_checked_value_by_value() {
    for plan in [
        by_time(),
        by_energy(),
        by_tier(TierRule::Accumulate),
        apart(1, 0),
    ] {
        assert_eq!(field(&plan), Ok(()));
    }
    let wrong: [(&str, EbikePlan, Change); 15] = [
        ("unit_price_fen", by_time(), |plan| {
            plan.unit_price_fen = Fen(0);
        }),
        ("unit_minutes", by_time(), |plan| plan.unit_minutes = 0),
        ("billing_unit_min", by_time(), |plan| {
            plan.billing_unit_min = 15;
        }),
        ("min_fen", by_time(), |plan| {
            plan.min_fen = Fen(2);
            plan.max_fen = Fen(1);
        }),
        ("max_fen", by_time(), |plan| plan.max_fen = Fen(-1)),
        ("free_seconds", by_time(), |plan| plan.free_seconds = 4000),
        ("free_e4", by_time(), |plan| plan.free_e4 = Energy(-1)),
        ("max_minutes", by_time(), |plan| plan.max_minutes = 1441),
        ("elec_p5", apart(1, 0), |plan| plan.elec_p5 = Price(0)),
        ("service_price", apart(1, 0), |plan| {
            plan.service_price = Price(10_000_000);
        }),
        ("tiers", by_tier(TierRule::MaxPower), |plan| {
            plan.tiers.clear();
        }),
        ("tiers", by_tier(TierRule::MaxPower), |plan| {
            plan.mode = PlanMode::Tier;
        }),
        ("tiers[1].max_w", by_tier(TierRule::MaxPower), |plan| {
            plan.tiers[1].max_w = 200;
        }),
        ("tiers[2].fen", by_tier(TierRule::MaxPower), |plan| {
            plan.tiers[2].fen = Fen(0);
        }),
        ("packages[0].minutes", by_time(), |plan| {
            plan.packages = vec![Package {
                fen: Fen(100),
                minutes: Some(601),
                e4: None,
            }];
        }),
    ];
    for (name, mut plan, change) in wrong {
        change(&mut plan);
        if name == "tiers" && plan.tiers.len() == 5 {
            let extra = plan.tiers[4];
            plan.tiers.push(extra);
        }
        assert_eq!(field(&plan), Err(name.to_owned()), "{plan:?}");
    }
}

#[test]
fn periods_are_half_hours_that_do_not_overlap() {
    let with = |text: &str| EbikePlan {
        service_periods: serde_json::from_str(text).expect("periods"),
        ..apart(50_000, 30_000)
    };
    let night = r#"{"from":"22:00","to":"06:00","service_price":1}"#;
    assert_eq!(field(&with(&format!("[{night}]"))), Ok(()));
    let crooked = r#"[{"from":"22:10","to":"06:00","service_price":1}]"#;
    assert_eq!(
        field(&with(crooked)),
        Err("service_periods[0].from".to_owned())
    );
    let twice = format!(r#"[{night},{{"from":"05:30","to":"07:00","service_price":2}}]"#);
    assert_eq!(
        field(&with(&twice)),
        Err("service_periods[1].from".to_owned())
    );
    let mut by_time = by_time();
    by_time.service_periods = with(&format!("[{night}]")).service_periods;
    assert_eq!(field(&by_time), Err("service_periods".to_owned()));
}

#[test]
fn a_plan_is_written_with_what_differs_from_the_usual() {
    let plan: EbikePlan =
        serde_json::from_str(r#"{"mode":"time","unit_price_fen":100}"#).expect("a plan");
    assert_eq!(plan, by_time());
    assert_eq!(
        (plan.free_seconds, plan.free_e4, plan.max_minutes),
        (60, Energy(100), 600)
    );
    let stored = serde_json::to_value(&plan).expect("serialises");
    assert_eq!(
        serde_json::from_value::<EbikePlan>(stored).expect("reads back"),
        plan
    );
    let unknown = serde_json::from_str::<EbikePlan>(r#"{"mode":"time","price":100}"#);
    assert!(unknown.is_err());
}

#[test]
fn only_plans_with_both_parts_follow_the_notice() {
    assert!(apart(1, 1).bills_apart());
    assert!(!by_time().bills_apart());
    assert!(!by_tier(TierRule::Accumulate).bills_apart());
}
