//! What each event of business posts.

mod fees;
mod orders;
mod parties;
mod partners;
mod payments;

pub use fees::{FeeDue, fee, fee_returned, hold_fee, release_fee};
pub use orders::{Capture, Share, extend, freeze, refund, release, settle};
pub use parties::{mature, withdraw_paid, withdraw_request, withdraw_returned};
pub use partners::{charged_at_partner, partner_cleared};
pub use payments::{
    adjust, card_recharge, card_refund, channel_fee, company_paid, debt_paid, gift_expired, prepay,
    recharge, refund_failed, refund_paid, refund_prepay, to_bank, unmatched, unmatched_credited,
    unmatched_resolved, wallet_withdraw, write_off,
};
