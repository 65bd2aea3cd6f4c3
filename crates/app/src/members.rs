//! People who charge: how they get in, what they have, what the staff may do about them.

mod adjust;
mod admin;
mod cards;
mod charge;
mod codes;
mod login;
mod vehicles;
mod wallet;

pub use cards::{CardProof, MemberCard};
pub use charge::PayBy;
pub use codes::check_phone;
pub use login::{MemberIn, MemberTokens};
pub use vehicles::{VehicleWish, check_plate};
pub use wallet::Wallet;
