//! Where a card or vehicle serves whose charges nobody here pays for.

use crate::payer::Payer;

/// Whether a card or vehicle serves at a place. One that pays serves everywhere. One whose charges
/// are given away serves where whoever handed it out gives away their own: at places of `owner`
/// and those below them, everywhere for the platform, which has no owner.
pub fn serves_at(payer: Option<&Payer>, owner: Option<&str>, place: &str) -> bool {
    let given = matches!(payer, None | Some(Payer::Monthly { .. }));
    !given || owner.is_none_or(|owner| place.starts_with(owner))
}
