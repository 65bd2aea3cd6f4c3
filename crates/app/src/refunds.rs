//! Money that goes back: out of a wallet by the way it came, out of a bill into the wallet.

mod by_hand;
mod decide;
mod send;
mod wish;

pub use by_hand::OtherWay;
