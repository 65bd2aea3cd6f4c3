use super::*;
use kernel::{BasisPoints, Fen, OrgId, Timestamp};

const MERCHANT: OrgId = OrgId(7);
const AGENT: OrgId = OrgId(8);
const CHAIN: [OrgId; 3] = [OrgId(21), OrgId(22), OrgId(23)];

fn rule(service: FeeRule) -> CommissionRule {
    CommissionRule {
        elec: FeeRule::all_to_owner(BasisPoints(500)),
        service,
        reserve: FeeRule::all_to_owner(BasisPoints::ZERO),
        occupancy: FeeRule::all_to_owner(BasisPoints::ZERO),
    }
}

fn seventy_thirty() -> FeeRule {
    FeeRule::Flat {
        platform_cut_bp: BasisPoints(2000),
        payees: vec![
            PayeeShare {
                org_id: Some(MERCHANT),
                pct: 70,
            },
            PayeeShare {
                org_id: Some(AGENT),
                pct: 30,
            },
        ],
    }
}

fn by_level() -> FeeRule {
    FeeRule::LevelDifference {
        platform_cut_bp: BasisPoints(2000),
        rates_bp: vec![BasisPoints(1000), BasisPoints(700), BasisPoints(500)],
    }
}

fn shared(elec: i64, service: i64, fee_rule: FeeRule) -> Split {
    let owner = Owner::Org(MERCHANT);
    split(Fen(elec), Fen(service), &rule(fee_rule), owner, &CHAIN)
}

fn amounts(split: &Split, payee: Payee) -> (i64, i64) {
    let of = |fee_type| split.of_fee(payee, fee_type).0;
    (of(FeeType::Elec), of(FeeType::Service))
}

#[test]
fn percentages_with_the_rest_for_the_owner() {
    let split = shared(2345, 1234, seventy_thirty());
    assert_eq!(amounts(&split, Payee::Platform), (117, 246));
    assert_eq!(amounts(&split, Payee::Org(AGENT)), (0, 296));
    assert_eq!(amounts(&split, Payee::Org(MERCHANT)), (2228, 692));
    assert_eq!(split.total(), Fen(3579));
}

#[test]
fn the_base_after_a_discount() {
    let split = shared(2345, 987, seventy_thirty());
    assert_eq!(amounts(&split, Payee::Platform), (117, 197));
    assert_eq!(split.of(Payee::Org(AGENT)), Fen(237));
    assert_eq!(split.of(Payee::Org(MERCHANT)), Fen(2781));
    assert_eq!(split.total(), Fen(3332));
}

#[test]
fn agents_by_difference_of_their_levels() {
    let split = shared(2345, 1234, by_level());
    let agents = CHAIN.map(|org| split.of(Payee::Org(org)).0);
    assert_eq!(agents, [29, 19, 49]);
    assert_eq!(amounts(&split, Payee::Org(MERCHANT)), (2228, 891));
    assert_eq!(split.total(), Fen(3579));
    let levels: Vec<_> = split
        .entries
        .iter()
        .filter_map(|entry| Some((entry.level?, entry.base.0, entry.rate_bp.0)))
        .collect();
    assert_eq!(levels, [(3, 988, 500), (2, 988, 200), (1, 988, 300)]);
}

#[test]
fn a_shorter_chain_gives_the_lowest_agent_his_whole_rate() {
    let owner = Owner::Org(MERCHANT);
    let entries = split_fee(
        FeeType::Service,
        Fen(1000),
        &by_level(),
        owner,
        CHAIN.get(..1).expect("one"),
    );
    let amounts: Vec<_> = entries.iter().map(|entry| entry.amount.0).collect();
    assert_eq!(amounts, [200, 80, 720]);
}

#[test]
fn a_station_of_the_platform_is_its_own_income() {
    let rule = rule(seventy_thirty());
    let split = split(Fen(2345), Fen(1234), &rule, Payee::Platform, &CHAIN);
    assert_eq!(amounts(&split, Payee::Platform), (2345, 1234));
    assert_eq!(split.entries.len(), 2);
}

#[test]
fn a_refund_is_borne_in_proportion() {
    let split = shared(2345, 1234, seventy_thirty());
    let shares = share_of_refund(&split, Fen(1000)).expect("less than was shared");
    let told: Vec<_> = shares.iter().map(|s| (s.bearer, s.amount.0)).collect();
    assert_eq!(
        told,
        [
            (Bearer::Platform(FeeType::Elec), 32),
            (Bearer::Platform(FeeType::Service), 69),
            (Bearer::Org(AGENT), 83),
            (Bearer::Org(MERCHANT), 816),
        ]
    );
    assert_eq!(share_of_refund(&split, Fen(3580)), None);
    assert_eq!(share_of_refund(&split, Fen(-1)), None);
}

#[test]
fn faults_name_their_field() {
    let field = |service: FeeRule| {
        let checked = rule(service).check();
        checked.map_err(|fault| fault.field)
    };
    let flat = |payees: &[(i64, u8)]| FeeRule::Flat {
        platform_cut_bp: BasisPoints(2000),
        payees: payees
            .iter()
            .map(|(org, pct)| PayeeShare {
                org_id: Some(OrgId(*org)),
                pct: *pct,
            })
            .collect(),
    };
    let levels = |rates: &[i32]| FeeRule::LevelDifference {
        platform_cut_bp: BasisPoints::ZERO,
        rates_bp: rates.iter().copied().map(BasisPoints).collect(),
    };
    assert_eq!(field(seventy_thirty()), Ok(()));
    assert_eq!(field(by_level()), Ok(()));
    for (service, name) in [
        (flat(&[]), "service.payees"),
        (flat(&[(1, 70), (2, 29)]), "service.payees"),
        (flat(&[(1, 100), (2, 0)]), "service.payees[1].pct"),
        (flat(&[(1, 50), (1, 50)]), "service.payees[1].org_id"),
        (levels(&[]), "service.rates_bp"),
        (levels(&[500, 700]), "service.rates_bp[1]"),
        (levels(&[10_001]), "service.rates_bp[0]"),
        (
            FeeRule::all_to_owner(BasisPoints(-1)),
            "service.platform_cut_bp",
        ),
    ] {
        assert_eq!(field(service), Err(name.to_owned()));
    }
}

#[test]
fn rules_are_stored_as_json() {
    let text = r#"{"style":"flat","platform_cut_bp":500,"payees":[{"org_id":7,"pct":70},{"org_id":null,"pct":30}]}"#;
    let stored: FeeRule = serde_json::from_str(text).expect("a rule");
    assert_eq!(serde_json::to_string(&stored).expect("JSON"), text);
    let text = r#"{"style":"level_difference","platform_cut_bp":2000,"rates_bp":[1000,700,500]}"#;
    assert_eq!(serde_json::from_str::<FeeRule>(text).ok(), Some(by_level()));
    let strange = r#"{"style":"flat","platform_cut_bp":500,"payees":[],"colour":1}"#;
    assert!(serde_json::from_str::<FeeRule>(strange).is_err());
}

#[test]
fn the_narrowest_newest_rule_applies() {
    let stored = |scope, at, cut| StoredRule {
        scope,
        fee_type: FeeType::Service,
        effective_at: Timestamp(at),
        rule: FeeRule::all_to_owner(BasisPoints(cut)),
    };
    let rules = [
        stored(RuleScope::Default, 0, 1),
        stored(RuleScope::Merchant, 10, 2),
        stored(RuleScope::Merchant, 20, 3),
        stored(RuleScope::Station, 30, 4),
    ];
    let cut = |fee_type, at| {
        let rule = StoredRule::in_force(&rules, fee_type, Timestamp(at));
        rule.map(|rule| rule.platform_cut().0)
    };
    let cuts = [-1, 0, 10, 25, 30].map(|at| cut(FeeType::Service, at));
    assert_eq!(cuts, [None, Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(cut(FeeType::Elec, 30), None);
}

#[test]
fn shares_mature_at_midnight() {
    let at = |day, hour| Timestamp::from_shanghai([2026, 3, day, hour, 0, 0]).expect("a time");
    assert_eq!(matures_at(at(1, 23), MATURE_DAYS), at(2, 0));
    assert_eq!(matures_at(at(1, 0), 7), at(8, 0));
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn fee_rule() -> impl Strategy<Value = FeeRule> {
        let cut = (0..=10_000).prop_map(BasisPoints);
        let flat = (cut.clone(), 1_u8..100, 1_u8..100).prop_map(|(platform_cut_bp, a, b)| {
            let (low, high) = (a.min(b), a.max(b));
            let parts = [
                (Some(AGENT), low),
                (None, high - low),
                (Some(OrgId(9)), 100 - high),
            ];
            let payees = parts.into_iter().filter(|(_, pct)| *pct > 0);
            FeeRule::Flat {
                platform_cut_bp,
                payees: payees
                    .map(|(org_id, pct)| PayeeShare { org_id, pct })
                    .collect(),
            }
        });
        let levels = (cut, prop::collection::vec(0..=10_000_i32, 1..=3)).prop_map(
            |(platform_cut_bp, mut rates)| {
                rates.sort_unstable();
                FeeRule::LevelDifference {
                    platform_cut_bp,
                    rates_bp: rates.into_iter().rev().map(BasisPoints).collect(),
                }
            },
        );
        prop_oneof![flat, levels]
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_base(
            elec in 0_i64..10_000_000,
            service in 0_i64..10_000_000,
            fee_rule in fee_rule(),
            agents in 0_usize..=3,
        ) {
            let rule = rule(fee_rule);
            prop_assert_eq!(rule.check(), Ok(()));
            let chain = CHAIN.get(..agents).expect("at most three");
            for org in [Some(MERCHANT), None] {
                let owner = org.map_or(Owner::Platform, Owner::Org);
                let split = split(Fen(elec), Fen(service), &rule, owner, chain);
                prop_assert_eq!(split.total(), Fen(elec + service));
                prop_assert!(split.entries.iter().all(|entry| entry.amount > Fen::ZERO));
            }
        }

        #[test]
        fn an_order_can_be_refunded_in_parts(
            elec in 1_i64..100_000,
            service in 0_i64..100_000,
            fee_rule in fee_rule(),
            parts in prop::collection::vec(1_i64..50_000, 0..8),
        ) {
            let split = shared(elec, service, fee_rule);
            let mut left = held(&split);
            for part in parts {
                let rest: i64 = left.iter().map(|share| share.amount.0).sum();
                let refund = part.min(rest);
                let shares = share_of_rest(&left, Fen(refund)).expect("not more than is left");
                prop_assert_eq!(shares.iter().map(|s| s.amount.0).sum::<i64>(), refund);
                for (mine, gives) in left.iter_mut().zip(shares) {
                    mine.amount = mine.amount - gives.amount;
                    prop_assert!(mine.amount >= Fen::ZERO);
                }
            }
        }
    }
}
