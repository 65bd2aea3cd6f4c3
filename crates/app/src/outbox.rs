//! What partners are told, and whom: the step from a webhook event of `domain` to rows of the
//! outbox.

use crate::{App, AppError};
use bus::{Doorbell, Topic};
use domain::order::Order;
use domain::webhook::WebhookEvent;
use kernel::{ApiKeyId, PhyId};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use store::Tx;
use store::api_keys;
use store::events::{self, NewEvent, Target};
use store::status_history::StatusChange;

/// Events and history rows of no consequence that may wait for the next flush.
const NEWS_MAX: usize = 50_000;

/// What waits for the next flush.
#[derive(Default)]
pub(crate) struct News {
    pub(crate) events: Vec<NewEvent>,
    pub(crate) changes: Vec<StatusChange>,
}

/// The addresses that keys brought along.
#[derive(Default)]
pub(crate) struct Subscribers {
    pub(crate) keys: HashMap<ApiKeyId, Subscriber>,
}

/// One key's address.
pub(crate) struct Subscriber {
    pub(crate) url: String,
    /// Its devices; empty means all.
    pub(crate) devices: HashSet<PhyId>,
}

impl App {
    /// An event about an order, addressed: to the order's own address, else to its key's, else
    /// to the operator's.
    pub(crate) fn order_event(&self, event: WebhookEvent, order: &Order) -> NewEvent {
        let subscribers = self.subscribers.load();
        let of_key = order.api_key_id.and_then(|key| subscribers.keys.get(&key));
        let url = order
            .notify_url
            .clone()
            .or_else(|| of_key.map(|subscriber| subscriber.url.clone()))
            .or_else(|| self.settings.webhook_url.clone());
        let target = url.map(|url| Target {
            url,
            api_key_id: order.api_key_id,
        });
        self.addressed(event, target.into_iter().collect())
    }

    /// An event about a device, addressed to the operator and to every key that may see it.
    pub(crate) fn device_event(&self, event: WebhookEvent) -> NewEvent {
        let operator = self.settings.webhook_url.clone();
        let mut targets: Vec<Target> = operator
            .map(|url| Target {
                url,
                api_key_id: None,
            })
            .into_iter()
            .collect();
        for (key, subscriber) in &self.subscribers.load().keys {
            let sees = subscriber.devices.is_empty() || subscriber.devices.contains(&event.device);
            let told = targets.iter().any(|target| target.url == subscriber.url);
            if sees && !told {
                targets.push(Target {
                    url: subscriber.url.clone(),
                    api_key_id: Some(*key),
                });
            }
        }
        self.addressed(event, targets)
    }

    fn addressed(&self, event: WebhookEvent, targets: Vec<Target>) -> NewEvent {
        NewEvent {
            event_type: Cow::Borrowed(event.event_type.as_str()),
            order_no: event.order_no,
            device_id: self.live.read(&event.device, |device| device.id),
            phy_id: Some(event.device),
            port_no: event.port_no,
            data: serde_json::Value::Object(event.data),
            at: event.at,
            targets: if self.settings.webhook_enabled {
                targets
            } else {
                Vec::new()
            },
        }
    }

    /// Writes events into the transaction of their fact. Whether the doorbell is to be rung
    /// after the commit.
    pub(crate) async fn publish_in(
        &self,
        tx: &mut Tx,
        news: &[NewEvent],
    ) -> Result<bool, AppError> {
        if news.is_empty() {
            return Ok(false);
        }
        events::insert(tx.conn(), news).await?;
        // Where nobody is told, there is nothing for the dispatcher to look for.
        Ok(news.iter().any(|event| !event.targets.is_empty()))
    }

    /// Tells the dispatcher that the outbox has new rows.
    pub(crate) fn ring_outbox(&self, outbox: bool) {
        if outbox {
            self.hint(&Topic::Webhooks);
            self.bus.ring(Doorbell::Outbox);
        }
    }

    /// Keeps an event about a device for the next flush.
    pub(crate) fn later(&self, event: WebhookEvent) {
        let event = self.device_event(event);
        let mut news = self.news.lock();
        if news.events.len() < NEWS_MAX {
            news.events.push(event);
        } else {
            metrics::counter!("openpile_news_dropped_total").increment(1);
        }
    }

    /// Keeps a history row of a device or port for the next flush.
    pub(crate) fn note_change(&self, change: StatusChange) {
        let mut news = self.news.lock();
        if news.changes.len() < NEWS_MAX {
            news.changes.push(change);
        } else {
            metrics::counter!("openpile_news_dropped_total").increment(1);
        }
    }

    /// Puts news back that could not be written, in front of what has come since.
    pub(crate) fn put_news_back(&self, mut older: News) {
        let mut news = self.news.lock();
        older.events.append(&mut news.events);
        older.changes.append(&mut news.changes);
        let dropped = older.events.len().saturating_sub(NEWS_MAX)
            + older.changes.len().saturating_sub(NEWS_MAX);
        older.events.truncate(NEWS_MAX);
        older.changes.truncate(NEWS_MAX);
        metrics::counter!("openpile_news_dropped_total").increment(dropped as u64);
        *news = older;
    }

    /// Reads the addresses that keys brought along.
    ///
    /// # Errors
    /// When the database is away; the old addresses stay.
    pub(crate) async fn load_subscribers(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let keys = api_keys::list(view.conn()).await?;
        drop(view);
        let keys = keys
            .into_iter()
            .filter(|key| key.state == "active")
            .filter_map(|key| {
                let devices = key.device_allow.as_array().map(|list| {
                    list.iter()
                        .filter_map(|id| id.as_str()?.parse().ok())
                        .collect()
                });
                let devices = devices.unwrap_or_default();
                Some((
                    key.id,
                    Subscriber {
                        url: key.webhook_url?,
                        devices,
                    },
                ))
            })
            .collect();
        self.subscribers.store(Arc::new(Subscribers { keys }));
        Ok(())
    }
}
