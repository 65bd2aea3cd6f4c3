//! How well devices keep to their protocols: what is seen of them is counted in memory, beside
//! the devices themselves, and added to the database in batches.

mod gather;
mod inspect;
mod reading;
mod session;
mod watch;
mod witness;

pub use reading::{QualityDetail, QualityQuery};

pub(crate) use gather::{Pending, slot_of};
pub(crate) use session::ends_session;
pub(crate) use watch::Watch;
pub(crate) use witness::{Note, What, Witness};
