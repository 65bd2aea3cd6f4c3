//! Money that comes in through payment channels: top-ups, callbacks, questions to channels.
//!
//! A payment is written down before its channel knows of it, and whatever a channel says, by
//! callback or when asked, takes the one way of [`crate::App::payment_said`].

mod ask;
mod begin;
mod mock;
mod packages;
mod prepaid;
mod recharge;
mod said;

pub use prepaid::{PrepaidCharge, PrepaidWish};
pub use recharge::{Cashier, RechargeWish};

use crate::AppError;
use channels::payment::mock::MockChannel;
use channels::payment::{ChannelName, PaymentChannel, PaymentMethod};
use domain::ledger::Asset;
use std::sync::Arc;

/// Nobody has configured a channel for that way of paying.
const NOT_OFFERED: AppError = AppError::Conflict("this way of paying is not offered");

/// The payment channels that are configured.
#[derive(Clone, Debug, Default)]
pub struct PaymentChannels {
    channels: Vec<Arc<dyn PaymentChannel>>,
    mock: Option<MockChannel>,
}

impl PaymentChannels {
    /// These.
    pub fn new(channels: Vec<Arc<dyn PaymentChannel>>) -> Self {
        Self {
            channels,
            mock: None,
        }
    }

    /// And a channel without a platform behind it, whose callbacks are handed over inside this
    /// process.
    #[must_use]
    pub fn with_mock(mut self, mock: MockChannel) -> Self {
        self.channels.push(Arc::new(mock.clone()));
        self.mock = Some(mock);
        self
    }

    /// The channel of that name.
    pub fn by_name(&self, name: ChannelName) -> Option<&Arc<dyn PaymentChannel>> {
        self.channels.iter().find(|channel| channel.name() == name)
    }

    /// The names of all of them.
    pub fn names(&self) -> Vec<ChannelName> {
        self.channels.iter().map(|channel| channel.name()).collect()
    }

    /// The channel that serves a method.
    pub fn of(&self, method: PaymentMethod) -> Option<&Arc<dyn PaymentChannel>> {
        self.by_name(method.channel())
    }
}

/// Where a channel's money is in the books.
pub(crate) const fn asset_of(name: ChannelName) -> Asset {
    match name {
        ChannelName::Wechat => Asset::Wechat,
        ChannelName::Alipay => Asset::Alipay,
        ChannelName::Mock => Asset::Mock,
    }
}
