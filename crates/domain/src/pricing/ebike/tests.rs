mod limits;
mod numbers;
mod plans;

use super::{EbikePlan, PlanMode, Tier, TierRule};
use kernel::{Fen, Price};

fn by_time() -> EbikePlan {
    EbikePlan {
        unit_price_fen: Fen(100),
        ..EbikePlan::of(PlanMode::Time)
    }
}

fn by_energy() -> EbikePlan {
    EbikePlan {
        unit_price_fen: Fen(120),
        ..EbikePlan::of(PlanMode::Energy)
    }
}

/// The tiers of the vendor's sample frame.
fn by_tier(rule: TierRule) -> EbikePlan {
    let tier = |max_w, fen, minutes| Tier {
        max_w,
        fen: Fen(fen),
        minutes,
    };
    EbikePlan {
        tiers: vec![
            tier(200, 25, 60),
            tier(400, 50, 60),
            tier(600, 100, 60),
            tier(800, 150, 60),
            tier(2000, 500, 120),
        ],
        tier_rule: rule,
        ..EbikePlan::of(PlanMode::Tier)
    }
}

fn apart(elec: i64, service: i64) -> EbikePlan {
    EbikePlan {
        elec_p5: Price(elec),
        service_price: Price(service),
        ..EbikePlan::of(PlanMode::ElecService)
    }
}
