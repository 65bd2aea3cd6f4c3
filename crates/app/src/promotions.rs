//! What makes charging cheaper: activities, coupons, points, the daily check-in. What they do to
//! a bill is `domain::promotion`'s; here they are made, given, held for orders and used up.

mod activities;
mod banners;
mod bill;
mod checkin;
mod codes;
mod coupons;
mod expire;
mod giving;
mod grants;
mod points;
mod rules;
mod wishes;

pub(crate) use bill::ReducedBill;
pub use checkin::{CheckInCalendar, CheckInChange};
pub use giving::CrowdStep;
pub use grants::CouponShelf;
pub use points::PointsBalance;
pub use rules::{PromotionChange, PromotionSettings, RulesChange};

use crate::staff::Actor;
use crate::{App, AppError};
use domain::fault::FieldFault;
use domain::machine::NotPossible;
use domain::org::OrgType;
use domain::promotion::FundedBy;
use kernel::StationId;
use store::{Tx, stations};

/// Longest name of an activity or a coupon, in characters.
const NAME_MAX: usize = 60;
/// Most stations that one of them names.
const STATIONS_MAX: usize = 500;

impl From<FieldFault> for AppError {
    fn from(fault: FieldFault) -> Self {
        Self::Invalid {
            field: fault.field,
            problem: fault.problem,
        }
    }
}

impl From<NotPossible> for AppError {
    fn from(reason: NotPossible) -> Self {
        match reason {
            NotPossible::Guard(text) => Self::Conflict(text),
            NotPossible::State { .. } => Self::Conflict("not possible in its state"),
        }
    }
}

fn semantic(field: &str, problem: impl Into<String>) -> AppError {
    AppError::Semantic {
        field: field.to_owned(),
        problem: problem.into(),
    }
}

fn check_name(name: &str) -> Result<(), FieldFault> {
    let length = name.trim().chars().count();
    if (1..=NAME_MAX).contains(&length) {
        Ok(())
    } else {
        Err(FieldFault::at(
            "name",
            format!("must have 1 to {NAME_MAX} characters"),
        ))
    }
}

impl App {
    /// Whether somebody may promise less money at those stations: the platform everywhere, others
    /// at their own and at their own cost.
    async fn may_promise(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        field: &str,
        places: Option<&[StationId]>,
        funded_by: FundedBy,
    ) -> Result<(), AppError> {
        let platform = actor.org_type == OrgType::Platform;
        if !platform && funded_by != FundedBy::Merchant {
            return Err(semantic("funded_by", "must be merchant"));
        }
        let Some(places) = places else {
            return if platform {
                Ok(())
            } else {
                Err(semantic(field, "must name stations of yours"))
            };
        };
        if places.is_empty() || places.len() > STATIONS_MAX {
            let problem = format!("must be 1 to {STATIONS_MAX}");
            return Err(semantic(field, problem));
        }
        for place in places {
            let station = stations::find(tx.conn(), place.0).await?;
            if !station.is_some_and(|station| actor.owns(&station.entry.org_path)) {
                return Err(semantic(
                    field,
                    format!("{} is no station of yours", place.0),
                ));
            }
        }
        Ok(())
    }
}
