//! How well devices keep to their protocols: the rules, what breaks them, and what that is worth.

mod check;
mod evidence;
mod rule;
mod session;

pub use check::{
    Lateness, is_incomplete_end, is_incomplete_meter, is_incomplete_status, is_over_rated,
};
pub use evidence::{Evidence, Points};
pub use rule::{Area, Rule};
pub use session::Session;
