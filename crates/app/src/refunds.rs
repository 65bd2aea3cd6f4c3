//! Money that goes back: out of a wallet by the way it came, out of a bill into the wallet.

mod decide;
mod send;
mod wish;
