use super::*;
use crate::points::Points;
use kernel::{BasisPoints, Fen, OrgId, Price};

fn at(hour: u16) -> Timestamp {
    Timestamp::from_shanghai([2026, 3, 1, hour, 0, 0]).expect("a time")
}

fn march() -> Validity {
    Validity {
        from: at(0),
        until: Timestamp::from_shanghai([2026, 4, 1, 0, 0, 0]).expect("a time"),
    }
}

fn parts(elec: i64, service: i64) -> Parts {
    Parts::new(Fen(elec), Fen(service))
}

fn charge() -> Charge {
    Charge {
        list: parts(2345, 1234),
        energy: Energy(308_500),
        station: Some(StationId(4)),
        began_at: at(9),
        history: History::Later,
    }
}

fn price(source: PriceSource, off_bp: i32) -> PricePromotion {
    PricePromotion {
        source,
        cut: PriceCut::ServiceDiscountBp {
            off_bp: BasisPoints(off_bp),
        },
        funded_by: FundedBy::Merchant,
        stations: None,
        valid: march(),
        priority: 0,
    }
}

fn coupon(kind: CouponKind) -> Coupon {
    Coupon {
        grant_id: 77,
        kind,
        threshold: Fen(3000),
        alloc: Alloc::ServiceFirst,
        funded_by: FundedBy::Platform,
        limits: CouponLimits::default(),
        valid: march(),
    }
}

fn five_off() -> Coupon {
    coupon(CouponKind::FullReduction { value: Fen(500) })
}

fn wallet(cash: i64, gift: i64) -> Wallet {
    Wallet {
        cash: Fen(cash),
        gift: Fen(gift),
    }
}

fn prices() -> [PricePromotion; 2] {
    [
        price(PriceSource::MemberLevel, 1000),
        price(PriceSource::Activity(5), 2000),
    ]
}

fn worked(coupon: &Coupon, rules: PromotionRules) -> Applied {
    let offers = Offers {
        prices: &prices(),
        coupon: Some(coupon),
        points: Points(200),
        wallet: wallet(2000, 1000),
    };
    apply(&charge(), &offers, rules)
}

#[test]
fn every_step_of_the_worked_bill() {
    let applied = worked(&five_off(), PromotionRules::default());
    let steps: Vec<_> = applied
        .steps
        .iter()
        .map(|step| (step.reduction, step.off, step.left))
        .collect();
    assert_eq!(
        steps,
        [
            (
                Reduction::Price(PriceSource::Activity(5)),
                parts(0, 247),
                parts(2345, 987)
            ),
            (Reduction::Coupon(77), parts(0, 500), parts(2345, 487)),
            (
                Reduction::Points(Points(200)),
                parts(0, 200),
                parts(2345, 287)
            ),
        ]
    );
    assert_eq!(applied.payable.total(), Fen(2632));
    assert_eq!(applied.paid.cash, Fen(2000));
    assert_eq!(applied.paid.gift, Fen(632));
    assert_eq!(applied.paid.unpaid, Fen::ZERO);
    assert_eq!(applied.platform_borne, Fen(700));
    assert_eq!(applied.merchant_borne, Fen(247));
    assert_eq!(applied.split_base, parts(2345, 987));
    assert_eq!(applied.coupon, CouponUse::Used);
}

#[test]
fn the_merchant_is_made_whole_for_what_the_platform_grants() {
    use crate::commission::{CommissionRule, FeeRule, Payee, PayeeShare, split};
    let (merchant, agent) = (OrgId(7), OrgId(8));
    let to_owner = || FeeRule::all_to_owner(BasisPoints(500));
    let shares = [(merchant, 70), (agent, 30)].map(|(org, pct)| PayeeShare {
        org_id: Some(org),
        pct,
    });
    let rule = CommissionRule {
        elec: to_owner(),
        service: FeeRule::Flat {
            platform_cut_bp: BasisPoints(2000),
            payees: shares.into(),
        },
        reserve: to_owner(),
        occupancy: to_owner(),
    };
    let applied = worked(&five_off(), PromotionRules::default());
    let base = applied.split_base;
    let split = split(base.elec, base.service, &rule, Payee::Org(merchant), &[]);
    let of = |payee| split.of(payee).0;
    assert_eq!(of(Payee::Platform), 117 + 197);
    assert_eq!(of(Payee::Org(agent)), 237);
    assert_eq!(of(Payee::Org(merchant)), 2781);
    assert_eq!(
        split.total(),
        applied.paid.cash + applied.paid.gift + applied.platform_borne
    );
}

#[test]
fn a_coupon_may_be_taken_in_proportion() {
    let proportional = Coupon {
        alloc: Alloc::Proportional,
        ..five_off()
    };
    let applied = worked(&proportional, PromotionRules::default());
    assert_eq!(applied.steps.get(1).map(|s| s.off), Some(parts(352, 148)));
}

#[test]
fn gift_money_may_stay_out_of_the_split() {
    let rules = PromotionRules {
        gift_in_split: GiftInSplit::Excluded,
        ..PromotionRules::default()
    };
    let applied = worked(&five_off(), rules);
    assert_eq!(applied.gift_outside_split, Fen(632));
    // 632 × 2345 / 3332 = 444.79, 632 × 987 / 3332 = 187.21.
    assert_eq!(applied.split_base, parts(2345 - 445, 987 - 187));
}

#[test]
fn the_wallet_pays_in_three_orders() {
    let paid = |order| {
        let share = wallet(2000, 1000).pay(Fen(2632), order);
        (share.cash.0, share.gift.0)
    };
    assert_eq!(paid(WalletOrder::PrincipalFirst), (2000, 632));
    assert_eq!(paid(WalletOrder::GiftFirst), (1632, 1000));
    assert_eq!(paid(WalletOrder::Proportional), (1755, 877));
    let short = wallet(100, 50).pay(Fen(200), WalletOrder::Proportional);
    assert_eq!(short.unpaid, Fen(50));
}

#[test]
fn the_larger_reduction_wins_then_priority_then_order() {
    let off = |promotions: &[PricePromotion]| {
        PricePromotion::best(promotions, &charge()).map(|(promotion, _)| promotion.source)
    };
    assert_eq!(off(&prices()), Some(PriceSource::Activity(5)));
    let mut equal = [
        price(PriceSource::Activity(1), 1000),
        price(PriceSource::Activity(2), 1000),
    ];
    assert_eq!(off(&equal), Some(PriceSource::Activity(1)));
    if let Some(second) = equal.get_mut(1) {
        second.priority = 1;
    }
    assert_eq!(off(&equal), Some(PriceSource::Activity(2)));
    assert_eq!(off(&[]), None);
}

#[test]
fn kinds_of_price_promotions() {
    let off = |cut: PriceCut, charge: Charge| {
        let promotion = PricePromotion {
            cut,
            ..price(PriceSource::Activity(1), 1)
        };
        promotion.off(&charge).0
    };
    let half = BasisPoints(5000);
    // 30.85 kWh at 0.30 yuan are 925.5 fen.
    let fixed = |price| PriceCut::FixedServiceP5 {
        price: Price(price),
    };
    assert_eq!(off(fixed(30_000), charge()), 1234 - 926);
    assert_eq!(off(fixed(90_000), charge()), 0, "a higher price is none");
    let morning = PriceCut::TimeWindow {
        windows: vec![serde_json::from_str(r#"{"from":"08:00","to":"10:00"}"#).expect("a window")],
        off_bp: half,
    };
    assert_eq!(off(morning.clone(), charge()), 617);
    let noon = Charge {
        began_at: at(12),
        ..charge()
    };
    assert_eq!(off(morning, noon), 0);
    let first = PriceCut::FirstOrder { off_bp: half };
    let new = Charge {
        history: History::First,
        ..charge()
    };
    assert_eq!((off(first.clone(), charge()), off(first, new)), (0, 617));
    let elsewhere = PricePromotion {
        stations: Some(vec![StationId(9)]),
        ..price(PriceSource::Activity(1), 2000)
    };
    assert_eq!(elsewhere.off(&charge()), Fen::ZERO);
}

#[test]
fn kinds_of_coupons() {
    let off = |kind: CouponKind| coupon(kind).off(&charge(), parts(2345, 987));
    let discount = |max| CouponKind::Discount {
        off_bp: BasisPoints(1000),
        max,
    };
    assert_eq!(off(discount(None)), Ok(parts(0, 333)));
    assert_eq!(off(discount(Some(Fen(200)))), Ok(parts(0, 200)));
    assert_eq!(
        off(CouponKind::Cash { value: Fen(1500) }),
        Ok(parts(513, 987))
    );
    assert_eq!(
        off(CouponKind::ServiceFree { max: None }),
        Ok(parts(0, 987))
    );
    // 10 of 30.85 kWh: 319.9 fen.
    let ten = Energy(100_000);
    assert_eq!(off(CouponKind::Kwh { energy: ten }), Ok(parts(0, 320)));
    let most = CouponKind::ServiceFree { max: Some(ten) };
    assert_eq!(off(most), Ok(parts(0, 320)));
    let huge = CouponKind::Cash { value: Fen(99_999) };
    assert_eq!(off(huge), Ok(parts(2345, 987)), "no change is given");
}

#[test]
fn coupons_that_do_not_count_go_back() {
    let refusal = |limits: CouponLimits| {
        let limited = Coupon {
            limits,
            ..five_off()
        };
        limited.off(&charge(), charge().list).err()
    };
    let open = CouponLimits::default;
    let night = serde_json::from_str(r#"{"from":"22:00","to":"07:00"}"#).expect("a window");
    for (limits, expected) in [
        (
            CouponLimits {
                stations: Some(vec![StationId(9)]),
                ..open()
            },
            CouponRefusal::OtherStation,
        ),
        (
            CouponLimits {
                windows: vec![night],
                ..open()
            },
            CouponRefusal::OtherTime,
        ),
        (
            CouponLimits {
                min_amount: Fen(3580),
                ..open()
            },
            CouponRefusal::BelowMinimum,
        ),
        (
            CouponLimits {
                new_users_only: true,
                ..open()
            },
            CouponRefusal::NotNew,
        ),
    ] {
        assert_eq!(refusal(limits), Some(expected));
    }
    assert_eq!(refusal(open()), None);
    let below = five_off().off(&charge(), parts(2000, 999));
    assert_eq!(below, Err(CouponRefusal::BelowThreshold));
    let nothing = five_off().off(&charge(), Parts::ZERO);
    assert_eq!(nothing, Err(CouponRefusal::NothingToReduce));
    let late = Charge {
        began_at: march().until,
        ..charge()
    };
    assert_eq!(five_off().admit(&late), Err(CouponRefusal::NotValid));
}

#[test]
fn values_are_checked_and_stored() {
    assert!(five_off().check().is_ok());
    let none = coupon(CouponKind::Cash { value: Fen::ZERO });
    assert_eq!(
        none.check().map_err(|f| f.field),
        Err("kind.value".to_owned())
    );
    let too_much = price(PriceSource::MemberLevel, 10_001).check();
    assert_eq!(too_much.map_err(|f| f.field), Err("cut.off_bp".to_owned()));
    let text = r#"{"points_cap":500,"wallet_order":"gift_first"}"#;
    let rules: PromotionRules = serde_json::from_str(text).expect("rules");
    assert_eq!(rules.wallet_order, WalletOrder::GiftFirst);
    assert_eq!(rules.gift_in_split, GiftInSplit::Included);
    assert_eq!(rules.check(), Ok(()));
    let text = r#"{"type":"fixed_service_p5","price":30000}"#;
    let cut: PriceCut = serde_json::from_str(text).expect("a promotion");
    assert_eq!(serde_json::to_string(&cut).expect("JSON"), text);
    let text = r#"{"type":"full_reduction","value":500}"#;
    let kind: CouponKind = serde_json::from_str(text).expect("a coupon");
    assert_eq!(kind, five_off().kind);
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn funded_by() -> impl Strategy<Value = FundedBy> {
        prop_oneof![Just(FundedBy::Platform), Just(FundedBy::Merchant)]
    }

    fn kind() -> impl Strategy<Value = CouponKind> {
        let energy = || (0_i64..2_000_000).prop_map(Energy);
        prop_oneof![
            (0_i64..20_000).prop_map(|value| CouponKind::FullReduction { value: Fen(value) }),
            (0_i32..=10_000, prop::option::of(0_i64..9000)).prop_map(|(off, max)| {
                CouponKind::Discount {
                    off_bp: BasisPoints(off),
                    max: max.map(Fen),
                }
            }),
            prop::option::of(energy()).prop_map(|max| CouponKind::ServiceFree { max }),
            energy().prop_map(|energy| CouponKind::Kwh { energy }),
        ]
    }

    proptest! {
        #[test]
        fn parts_add_up_and_nothing_goes_below_zero(
            (elec, service, energy) in (0_i64..50_000, 0_i64..50_000, 0_i64..1_000_000),
            (off_bp, price_by, coupon_by) in (0_i32..=10_000, funded_by(), funded_by()),
            (kind, threshold, points) in (kind(), 0_i64..5000, 0_i64..20_000),
            (cash, gift, order, alloc) in (0_i64..60_000, 0_i64..60_000, 0_usize..3, 0_usize..2),
            gift_in_split in 0_usize..2,
        ) {
            let charge = Charge { list: parts(elec, service), energy: Energy(energy), ..charge() };
            let promotion = PricePromotion {
                funded_by: price_by,
                ..price(PriceSource::MemberLevel, off_bp)
            };
            let coupon = Coupon {
                threshold: Fen(threshold),
                funded_by: coupon_by,
                alloc: *Alloc::ALL.get(alloc).expect("one of two"),
                ..coupon(kind)
            };
            let offers = Offers {
                prices: &[promotion],
                coupon: Some(&coupon),
                points: Points(points),
                wallet: wallet(cash, gift),
            };
            let rules = PromotionRules {
                wallet_order: *WalletOrder::ALL.get(order).expect("one of three"),
                gift_in_split: *GiftInSplit::ALL.get(gift_in_split).expect("one of two"),
                ..PromotionRules::default()
            };
            let applied = apply(&charge, &offers, rules);
            let list = applied.list.total();
            prop_assert!(applied.payable.total() <= list);
            let off = applied.platform_borne + applied.merchant_borne;
            prop_assert_eq!(applied.payable.total() + off, list);
            let paid = applied.paid;
            prop_assert_eq!(paid.cash + paid.gift + paid.unpaid, applied.payable.total());
            prop_assert!(paid.cash <= Fen(cash) && paid.gift <= Fen(gift));
            let clearing = applied.payable.total() + applied.platform_borne;
            prop_assert_eq!(applied.split_base.total() + applied.gift_outside_split, clearing);
            for amount in [applied.payable, applied.split_base] {
                prop_assert!(amount.elec >= Fen::ZERO && amount.service >= Fen::ZERO);
            }
            for (amount, most) in [(applied.payable, charge.list), (applied.split_base, charge.list)] {
                prop_assert!(amount.elec <= most.elec && amount.service <= most.service);
            }
        }
    }
}
