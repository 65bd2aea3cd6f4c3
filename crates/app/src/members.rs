//! People who charge: how they get in, what they have, what the staff may do about them.

mod adjust;
mod admin;
mod charge;
mod codes;
mod login;
mod wallet;

pub use charge::PayBy;
pub use login::{MemberIn, MemberTokens};
pub use wallet::Wallet;

pub(crate) use codes::check_phone;
