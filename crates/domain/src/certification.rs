//! Certification (设备认证) of a model with its firmware: which checks there are, what passes
//! them, and the score they give.

mod charge;
mod check;
mod memory;
mod plan;
mod score;

pub use charge::{ChargeFacts, Promptness};
pub use check::{Area, CheckCode, CheckState, Wanted};
pub use memory::{CheckMemory, Phase};
pub use plan::{CertificationPlan, PlanFault};
pub use score::{Share, score};

use crate::text_enum::text_enum;

text_enum! {
    /// State of a certification.
    CertificationState {
        /// Checks are under way.
        Running = "running",
        /// All checks have an outcome.
        Done = "done",
        /// Ended by an operator.
        Cancelled = "cancelled",
    }
}
