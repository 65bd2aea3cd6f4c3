//! WeChat Pay (微信支付) API v3, for a merchant of its own (直连商户).
//!
//! Our requests are signed with the merchant's key, answers and callbacks with the platform's;
//! what a callback says is encrypted as well. An answer with an error does not end a refund or a
//! transfer: the adapter asks for its state first, as WeChat demands, and reports a refusal only
//! when the platform then knows no such number.
//!
//! Not here: merchants of a service provider (服务商), downloading the platform's certificates
//! (its keys are configured, several at a time), combined payments, sharing (分账).

mod answer;
mod bill;
mod call;
mod config;
mod notice;
mod payment;
mod refund;
mod signature;
mod transfer;

pub use config::{ReportInfo, WechatConfig};

use super::bill::{Bill, BillKind};
use super::callback::{Callback, CallbackAnswer, RawCallback};
use super::channel::{About, Answer, ChannelName, PaymentChannel};
use super::error::{ChannelError, ConfigError};
use super::exchange::{Exchange, base_url};
use super::prepay::{PaymentMethod, PaymentState, Prepay, PrepayTicket};
use super::refund::{Refund, RefundState};
use super::rsa::SigningKey;
use super::transfer::{Transfer, TransferState};
use config::check;
use jiff::civil::Date;
use kernel::{Clock, Fen};
use reqwest::Url;
use serde_json::json;
use signature::PlatformKeys;
use std::sync::Arc;

/// Most that one call may move. WeChat keeps amounts in 32 bits.
const AMOUNT_MAX: Fen = Fen(i32::MAX as i64);

/// The channel.
#[derive(Debug)]
pub struct Wechat {
    config: WechatConfig,
    base: Url,
    key: SigningKey,
    platform: PlatformKeys,
    exchange: Exchange,
    clock: ClockHandle,
}

/// Shows nothing, for a clock has nothing to show.
struct ClockHandle(Arc<dyn Clock>);

impl std::fmt::Debug for ClockHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Wechat {
    /// Reads keys and settings; sends nothing.
    pub fn new(config: WechatConfig, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        check(&config)?;
        let key = config.signing_key()?;
        let platform = PlatformKeys::read(&config, &key)?;
        Ok(Self {
            base: base_url(&config.base_url)?,
            exchange: Exchange::new(config.call_timeout())?,
            key,
            platform,
            config,
            clock: ClockHandle(clock),
        })
    }

    fn now(&self) -> kernel::Timestamp {
        self.clock.0.now()
    }

    /// The app that a payment method belongs to.
    fn app_id(&self, method: PaymentMethod) -> &str {
        let own = self.config.app_ids.get(&method);
        own.unwrap_or(&self.config.app_id)
    }

    /// Whether an app id is one of ours.
    fn is_our_app(&self, app_id: &str) -> bool {
        app_id == self.config.app_id || self.config.app_ids.values().any(|own| own == app_id)
    }
}

impl PaymentChannel for Wechat {
    fn name(&self) -> ChannelName {
        ChannelName::Wechat
    }

    fn about(&self) -> About {
        About {
            merchant_no: Some(About::masked(&self.config.mch_id)),
            certificate_serial: Some(self.config.merchant_serial.clone()),
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
        _payment_no: &'a str,
        refund_no: &'a str,
    ) -> Answer<'a, RefundState> {
        Box::pin(self.ask_refund(refund_no))
    }

    fn transfer<'a>(&'a self, transfer: &'a Transfer) -> Answer<'a, TransferState> {
        Box::pin(self.pay_out(transfer))
    }

    fn query_transfer<'a>(&'a self, transfer_no: &'a str) -> Answer<'a, TransferState> {
        Box::pin(self.ask_transfer(transfer_no))
    }

    fn cancel_transfer<'a>(&'a self, transfer_no: &'a str) -> Answer<'a, TransferState> {
        Box::pin(self.take_back(transfer_no))
    }

    fn download_bill(&self, date: Date, kind: BillKind) -> Answer<'_, Bill> {
        Box::pin(self.fetch_bill(date, kind))
    }

    fn verify_callback(&self, callback: &RawCallback) -> Result<Callback, ChannelError> {
        self.read_notice(callback)
    }

    fn accept_callback(&self) -> CallbackAnswer {
        CallbackAnswer {
            status: 204,
            content_type: "application/json",
            body: String::new(),
        }
    }

    fn reject_callback(&self, reason: &str) -> CallbackAnswer {
        CallbackAnswer {
            status: 500,
            content_type: "application/json",
            body: json!({"code": "FAIL", "message": reason}).to_string(),
        }
    }
}
