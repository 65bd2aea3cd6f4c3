//! Who may do and see what in the administration, in one place for all its operations.
//!
//! An operation declares it beside its path and does nothing more about it:
//!
//! ```text
//! extensions(
//!     ("x-access" = json!("order.charge.view")),   // the leaf it needs; `public`, `session`
//!     ("x-dataset" = json!("orders")),             // the fields it shows and takes; or a list
//!     ("x-scope" = json!("org")),                  // org, any, platform; see [`rule::Rows`]
//!     ("x-audit" = json!("own")),                  // writes the audit log itself
//!     ("x-secret" = json!("password")),            // shown once: a repeat lacks it; or a list
//! )
//! ```
//!
//! [`rule`] reads that from the OpenAPI document, [`guard`] refuses, [`rows`] looks foreign ids
//! up, [`veil`] takes fields away, [`export`] turns lists into files, [`diary`] writes down what
//! changed, [`edition`] tells the second of two who edit one thing.

mod columns;
mod diary;
mod edition;
mod export;
mod guard;
mod identity;
mod rows;
mod rule;
mod sheet;
mod trace;
mod veil;

pub(crate) use diary::Diary;
pub(crate) use guard::{Console, administration};
pub(crate) use identity::{Acting, COOKIE, Seen};
pub(crate) use rule::{DECLARED, Rules, is_paged};
pub(crate) use trace::Trace;
pub(crate) use veil::hidden_fields;
