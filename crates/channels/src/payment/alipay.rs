//! Alipay (支付宝) open platform, sign type RSA2.
//!
//! Written from public documentation and not yet tried against the platform or its sandbox.
//!
//! Requests are signed over their sorted parameters; answers over the very bytes of their
//! `…_response`. Callbacks carry no timestamp that a repeat would renew, so their age is not
//! checked: a replay tells our books nothing new. Alipay cannot take back a transfer.

mod answer;
mod bill;
mod config;
mod gateway;
mod notice;
mod parameters;
mod refund;
mod trade;
mod transfer;

pub use config::AlipayConfig;

use super::bill::{Bill, BillKind};
use super::callback::{Callback, CallbackAnswer, RawCallback};
use super::channel::{About, Answer, ChannelName, PaymentChannel};
use super::error::{ChannelError, ConfigError};
use super::exchange::{Exchange, base_url};
use super::prepay::{PaymentState, Prepay, PrepayTicket};
use super::refund::{Refund, RefundState};
use super::rsa::{PlatformKey, SigningKey};
use super::transfer::{Transfer, TransferState};
use config::check;
use jiff::civil::Date;
use kernel::{Clock, Fen};
use reqwest::Url;
use secrecy::ExposeSecret;
use std::future::ready;
use std::sync::Arc;

/// Most that one call may move: a hundred million yuan.
const AMOUNT_MAX: Fen = Fen(10_000_000_000);

/// The channel.
pub struct Alipay {
    config: AlipayConfig,
    gateway: Url,
    key: SigningKey,
    platform: PlatformKey,
    exchange: Exchange,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Alipay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Alipay");
        shown.field("config", &self.config).finish_non_exhaustive()
    }
}

impl Alipay {
    /// Reads keys and settings; sends nothing.
    pub fn new(config: AlipayConfig, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        check(&config)?;
        let key = SigningKey::read(config.private_key.expose_secret(), "private_key")?;
        let platform = PlatformKey::read(&config.platform_key, "platform_key")?;
        if platform.belongs_to(&key) {
            return Err(ConfigError::Setting(
                "platform_key is the application's own, not Alipay's",
            ));
        }
        Ok(Self {
            gateway: base_url(&config.base_url)?,
            exchange: Exchange::new(config.call_timeout())?,
            key,
            platform,
            config,
            clock,
        })
    }
}

impl PaymentChannel for Alipay {
    fn name(&self) -> ChannelName {
        ChannelName::Alipay
    }

    fn about(&self) -> About {
        About {
            merchant_no: Some(About::masked(&self.config.seller_id)),
            certificate_serial: self.config.app_cert_sn.clone(),
            notify_url: Some(self.config.payment_notify_url.clone()),
        }
    }

    fn create_prepay<'a>(&'a self, prepay: &'a Prepay) -> Answer<'a, PrepayTicket> {
        Box::pin(self.announce(prepay))
    }

    fn query<'a>(&'a self, payment_no: &'a str) -> Answer<'a, PaymentState> {
        Box::pin(self.ask_payment(payment_no))
    }

    fn close<'a>(&'a self, payment_no: &'a str) -> Answer<'a, ()> {
        Box::pin(self.close_payment(payment_no))
    }

    fn refund<'a>(&'a self, refund: &'a Refund) -> Answer<'a, RefundState> {
        Box::pin(self.give_back(refund))
    }

    fn query_refund<'a>(
        &'a self,
        payment_no: &'a str,
        refund_no: &'a str,
    ) -> Answer<'a, RefundState> {
        Box::pin(self.ask_refund(payment_no, refund_no))
    }

    fn transfer<'a>(&'a self, transfer: &'a Transfer) -> Answer<'a, TransferState> {
        Box::pin(self.pay_out(transfer))
    }

    fn query_transfer<'a>(&'a self, transfer_no: &'a str) -> Answer<'a, TransferState> {
        Box::pin(self.ask_transfer(transfer_no))
    }

    fn cancel_transfer<'a>(&'a self, _transfer_no: &'a str) -> Answer<'a, TransferState> {
        Box::pin(ready(Err(ChannelError::Unsupported(
            "take a transfer back",
        ))))
    }

    fn download_bill(&self, date: Date, kind: BillKind) -> Answer<'_, Bill> {
        Box::pin(self.fetch_bill(date, kind))
    }

    fn verify_callback(&self, callback: &RawCallback) -> Result<Callback, ChannelError> {
        self.read_notice(callback)
    }

    fn accept_callback(&self) -> CallbackAnswer {
        CallbackAnswer {
            status: 200,
            content_type: "text/plain",
            body: "success".to_owned(),
        }
    }

    fn reject_callback(&self, _reason: &str) -> CallbackAnswer {
        CallbackAnswer {
            status: 200,
            content_type: "text/plain",
            body: "failure".to_owned(),
        }
    }
}
