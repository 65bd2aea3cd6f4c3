//! The adapters against servers that check and sign as the platforms do, and the mock.

mod alipay;
mod alipay_callbacks;
mod alipay_platform;
mod faults;
mod keys;
mod mock;
mod mock_courses;
mod server;
mod wechat;
mod wechat_callbacks;
mod wechat_faults;
mod wechat_platform;

use kernel::{Clock, Fen, ManualClock, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// The instant at which every clock of these tests starts: 2026-01-31 08:05:09 in Shanghai.
const START: Timestamp = Timestamp(1_769_817_909_000);
/// How long adapters wait for an answer that does come, even on a busy machine.
const PATIENCE_MS: u64 = 20_000;
/// How long they wait for one that does not.
const IMPATIENCE_MS: u64 = 300;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(START))
}

fn in_half_an_hour(clock: &ManualClock) -> Timestamp {
    clock.now() + Duration::from_mins(30)
}

fn refund(payment_no: &str, refund_no: &str, amount: Fen, of: Fen) -> channels::payment::Refund {
    channels::payment::Refund {
        payment_no: payment_no.to_owned(),
        refund_no: refund_no.to_owned(),
        amount,
        payment_amount: of,
        reason: "未用完的预付款".to_owned(),
        notify_url: None,
    }
}

fn transfer(transfer_no: &str, amount: Fen, name: Option<&str>) -> channels::payment::Transfer {
    channels::payment::Transfer {
        transfer_no: transfer_no.to_owned(),
        amount,
        payee: "o-payee-0001".to_owned(),
        payee_name: name.map(Into::into),
        remark: "分润提现".to_owned(),
        notify_url: None,
    }
}
