//! The people who work at the console: who they are, what they may do, what they did.
//!
//! A front builds an [`Actor`] once per call and passes it to every use case here. Each write is
//! one transaction with its row in the audit log ([`App::audit_in`](crate::App::audit_in)).

mod accounts;
mod actor;
mod audit;
mod first_start;
mod login;
mod look_as;
mod organisations;
mod party_figures;
mod password;
mod roles;
mod second_factor;
mod station_grants;
mod stations;
pub(crate) mod token;
mod two_person;

pub use accounts::{NewAccount, PasswordReset};
pub use actor::{Actor, ScreenSight, Viewer};
pub use first_start::{SUPER_USERNAME, reset_super_password};
pub use login::{Credentials, LoggedIn};
pub use organisations::NewOrg;
pub use password::check_strength;
pub use roles::RoleDraft;
pub use second_factor::FactorOffer;
pub use stations::StationDraft;
pub use two_person::{
    ADJUST_BALANCE, ADJUST_CREDIT, MAKE_SUPER, Proposal, RESOLVE_UNMATCHED, WRITE_OFF,
    operation_kinds,
};

pub(crate) use password::Passwords;
pub(crate) use token::{hash as token_hash, random as token_random};
