use crate::staff::Actor;
use crate::{App, AppError};
use channels::payment::{About, ChannelName, PaymentChannel, PaymentMethod};
use serde_json::json;
use std::sync::Arc;
use store::payment_switches::{self, PaymentSwitch};

const NOT_CONFIGURED: AppError = AppError::Conflict("the payment channel is not configured");
/// No payment has this number: the platform's answer to it tells that it was reached and that
/// our signature was accepted.
const NOBODYS_PAYMENT: &str = "PY00000000000000TEST";

/// How a channel stands.
#[derive(Clone, Debug)]
pub struct ChannelState {
    /// Which.
    pub name: ChannelName,
    /// Who we are there; none while it is not configured.
    pub about: Option<About>,
    /// Whether it takes new payments.
    pub enabled: bool,
    /// Who turned it on or off, if somebody did.
    pub switch: Option<PaymentSwitch>,
}

/// What came of trying a channel.
#[derive(Clone, Debug)]
pub struct ChannelTest {
    /// It answered, and took our signature.
    pub reached: bool,
    /// What it said.
    pub detail: String,
}

impl App {
    /// How all channels stand.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn payment_channels(&self) -> Result<Vec<ChannelState>, AppError> {
        let mut view = self.db.view().await?;
        let mut states = Vec::new();
        for name in [ChannelName::Wechat, ChannelName::Alipay, ChannelName::Mock] {
            let switch = payment_switches::find(view.conn(), name.as_str()).await?;
            states.push(self.channel_state(name, switch));
        }
        Ok(states)
    }

    fn channel_state(&self, name: ChannelName, switch: Option<PaymentSwitch>) -> ChannelState {
        let channel = self.outside.payments.by_name(name);
        ChannelState {
            name,
            about: channel.map(|channel| channel.about()),
            enabled: channel.is_some() && switch.as_ref().is_none_or(|switch| switch.enabled),
            switch,
        }
    }

    /// Lets a channel take new payments, or not any more. What was begun goes on: callbacks,
    /// questions, refunds.
    ///
    /// # Errors
    /// [`AppError::Conflict`] for a channel that is not configured.
    pub async fn enable_payment_channel(
        &self,
        actor: &Actor,
        name: ChannelName,
        enabled: bool,
    ) -> Result<ChannelState, AppError> {
        self.outside.payments.by_name(name).ok_or(NOT_CONFIGURED)?;
        let mut tx = self.db.begin().await?;
        let before = payment_switches::find(tx.conn(), name.as_str()).await?;
        let was = before.is_none_or(|switch| switch.enabled);
        let (by, now) = (&actor.name, self.now());
        payment_switches::put(tx.conn(), name.as_str(), enabled, by, now).await?;
        let switch = payment_switches::find(tx.conn(), name.as_str()).await?;
        let object = format!("payment_channel:{name}");
        let old = Some(json!({ "enabled": was }));
        let new = Some(json!({ "enabled": enabled }));
        self.audit_in(&mut tx, actor, "system.payment.enable", &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(self.channel_state(name, switch))
    }

    /// Asks a channel for a payment that nobody made: does it answer, and does it know us?
    ///
    /// # Errors
    /// [`AppError::Conflict`] for a channel that is not configured.
    pub async fn test_payment_channel(
        &self,
        actor: &Actor,
        name: ChannelName,
    ) -> Result<ChannelTest, AppError> {
        let channel = self.outside.payments.by_name(name).ok_or(NOT_CONFIGURED)?;
        let test = match channel.query(NOBODYS_PAYMENT).await {
            Ok(_) => ChannelTest {
                reached: true,
                detail: "the channel answered and knows us".to_owned(),
            },
            Err(error) => ChannelTest {
                reached: false,
                detail: error.to_string(),
            },
        };
        let after = json!({"reached": test.reached, "detail": test.detail});
        let object = format!("payment_channel:{name}");
        self.audit(actor, "system.payment.test", &object, Some(after))
            .await?;
        Ok(test)
    }

    /// The channel that takes new payments of a method.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when it is not configured or turned off.
    pub(crate) async fn open_channel(
        &self,
        method: PaymentMethod,
    ) -> Result<Arc<dyn PaymentChannel>, AppError> {
        const NOT_OFFERED: AppError = AppError::Conflict("this way of paying is not offered");
        let channel = self.outside.payments.of(method).ok_or(NOT_OFFERED)?;
        let mut view = self.db.view().await?;
        let switch = payment_switches::find(view.conn(), channel.name().as_str()).await?;
        if switch.is_some_and(|switch| !switch.enabled) {
            return Err(NOT_OFFERED);
        }
        Ok(channel.clone())
    }
}
