use super::{
    Alloc, Charge, Coupon, CouponRefusal, FundedBy, GiftInSplit, Parts, PricePromotion,
    PriceSource, Wallet, WalletOrder, WalletShare,
};
use crate::fault::FieldFault;
use crate::points::{self, EarnRate, Points};
use kernel::{BasisPoints, Fen};
use serde::{Deserialize, Serialize};

/// What a member brings to reduce and to pay a bill.
#[derive(Clone, Copy, Debug)]
pub struct Offers<'a> {
    /// Price promotions that may apply to him.
    pub prices: &'a [PricePromotion],
    /// The coupon that he chose.
    pub coupon: Option<&'a Coupon>,
    /// The points that he wants to spend, at most what he has.
    pub points: Points,
    /// The money that pays.
    pub wallet: Wallet,
}

/// What an operator decides about reductions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PromotionRules {
    /// Most of a bill that points may pay.
    pub points_cap: BasisPoints,
    /// Points that each yuan of paid cash earns; nothing turns earning off.
    pub points_per_yuan: EarnRate,
    /// Who bears points.
    pub points_funded_by: FundedBy,
    /// Which money pays first.
    pub wallet_order: WalletOrder,
    /// Whether gift money is split.
    pub gift_in_split: GiftInSplit,
}

impl Default for PromotionRules {
    fn default() -> Self {
        Self {
            points_cap: points::CAP,
            points_per_yuan: EarnRate::default(),
            points_funded_by: FundedBy::Platform,
            wallet_order: WalletOrder::PrincipalFirst,
            gift_in_split: GiftInSplit::Included,
        }
    }
}

impl PromotionRules {
    /// Checks them before they are stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        FieldFault::unless(
            self.points_cap.is_share(),
            "points_cap",
            "must be 0 to 10000",
        )?;
        FieldFault::unless(
            (0..=EarnRate::MAX).contains(&self.points_per_yuan.0),
            "points_per_yuan",
            format!("must be 0 to {}", EarnRate::MAX),
        )
    }
}

/// What reduces a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// A price promotion.
    Price(PriceSource),
    /// A coupon, by its grant.
    Coupon(i64),
    /// Points.
    Points(Points),
}

/// One step of the way from the list price to what is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What reduced it.
    pub reduction: Reduction,
    /// Who bears that.
    pub funded_by: FundedBy,
    /// By how much.
    pub off: Parts,
    /// What was left then.
    pub left: Parts,
}

/// What became of the coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CouponUse {
    /// There was none.
    None,
    /// It is used up, even where the bill was smaller than its worth.
    Used,
    /// It did not count and goes back to the member.
    Returned(CouponRefusal),
}

/// A bill with its reductions. `payable + platform_borne + merchant_borne` is the list price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The list price.
    pub list: Parts,
    /// What reduced it, in order.
    pub steps: Vec<Step>,
    /// What the member pays.
    pub payable: Parts,
    /// Reductions that are the platform's expense.
    pub platform_borne: Fen,
    /// Reductions that lower what is split.
    pub merchant_borne: Fen,
    /// What is split.
    pub split_base: Parts,
    /// Gift money that is not split; zero when gift money counts.
    pub gift_outside_split: Fen,
    /// What became of the coupon.
    pub coupon: CouponUse,
    /// Points that were spent.
    pub points: Points,
    /// How the rest is paid.
    pub paid: WalletShare,
}

/// Applies all reductions to a bill and pays the rest.
pub fn apply(charge: &Charge, offers: &Offers<'_>, rules: PromotionRules) -> Applied {
    let list = Parts::new(charge.list.elec, charge.list.service);
    let charge = Charge { list, ..*charge };
    let mut way = Way {
        left: list,
        steps: Vec::new(),
    };
    if let Some((promotion, off)) = PricePromotion::best(offers.prices, &charge) {
        let off = Parts::new(Fen::ZERO, off);
        way.take(Reduction::Price(promotion.source), promotion.funded_by, off);
    }
    let coupon = match offers.coupon {
        None => CouponUse::None,
        Some(coupon) => match coupon.off(&charge, way.left) {
            Ok(off) => {
                way.take(Reduction::Coupon(coupon.grant_id), coupon.funded_by, off);
                CouponUse::Used
            }
            Err(refusal) => CouponUse::Returned(refusal),
        },
    };
    let points = points::redeemable(offers.points, way.left.total(), rules.points_cap);
    if points > Points::ZERO {
        let off = way.left.share(points.worth(), Alloc::ServiceFirst);
        way.take(Reduction::Points(points), rules.points_funded_by, off);
    }
    let payable = way.left;
    let paid = offers.wallet.pay(payable.total(), rules.wallet_order);
    let full_base = list.less(way.borne_by(FundedBy::Merchant));
    let gift_outside_split = match rules.gift_in_split {
        GiftInSplit::Included => Fen::ZERO,
        GiftInSplit::Excluded => paid.gift,
    };
    Applied {
        list,
        payable,
        platform_borne: way.borne_by(FundedBy::Platform).total(),
        merchant_borne: way.borne_by(FundedBy::Merchant).total(),
        split_base: full_base.less(full_base.share(gift_outside_split, Alloc::Proportional)),
        gift_outside_split,
        coupon,
        points,
        paid,
        steps: way.steps,
    }
}

/// The way from the list price down.
struct Way {
    left: Parts,
    steps: Vec<Step>,
}

impl Way {
    fn take(&mut self, reduction: Reduction, funded_by: FundedBy, off: Parts) {
        self.left = self.left.less(off);
        self.steps.push(Step {
            reduction,
            funded_by,
            off,
            left: self.left,
        });
    }

    fn borne_by(&self, funded_by: FundedBy) -> Parts {
        let his = self.steps.iter().filter(|step| step.funded_by == funded_by);
        his.fold(Parts::ZERO, |sum, step| sum.plus(step.off))
    }
}
