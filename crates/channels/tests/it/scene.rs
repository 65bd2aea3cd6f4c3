//! A database, a receiver and a dispatcher with short pauses.

use bus::{Bus, Doorbell};
use channels::webhook::schedule::Schedule;
use channels::webhook::target::AddressPolicy;
use channels::webhook::{Dispatcher, OperatorReceiver, Settings};
use kernel::{Clock, OrderNo, Timestamp};
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::Db;
use store::events::{self, NewEvent, Target};
use testkit::receiver::TestReceiver;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const SECRET: &str = "your-secret-key";
/// An answer that takes longer counts as none.
pub(crate) const ATTEMPT: Duration = Duration::from_millis(300);

pub(crate) struct WallClock;

impl Clock for WallClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the shell's clock of these tests"
    )]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Timestamp(since.map_or(0, |since| since.as_millis().try_into().unwrap_or(i64::MAX)))
    }

    /// Nothing here asks how much time has passed.
    fn steady(&self) -> Duration {
        Duration::ZERO
    }
}

pub(crate) struct Scene {
    pub(crate) db: Db,
    pub(crate) bus: Bus,
    pub(crate) receiver: TestReceiver,
}

impl Scene {
    pub(crate) async fn new(db: &Db) -> Self {
        Self {
            db: db.clone(),
            bus: Bus::in_process(),
            receiver: TestReceiver::start_with_secret(SECRET)
                .await
                .expect("a port"),
        }
    }

    /// Settings with the receiver as the operator's and retries that take milliseconds.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            operator: OperatorReceiver {
                url: Some(self.receiver.url()),
                secret: Some(SECRET.to_owned()),
                api_key: Some("test-api-key".to_owned()),
            },
            policy: AddressPolicy::new(|address| address.is_loopback()),
            attempt_timeout: ATTEMPT,
            lease_margin: Duration::from_millis(100),
            schedule: Schedule {
                fast: [20, 40, 80].map(Duration::from_millis).to_vec(),
                slow: [160, 240].map(Duration::from_millis).to_vec(),
            },
            sweep: Duration::from_millis(50),
            ..Settings::default()
        }
    }

    pub(crate) fn dispatch(&self, settings: Settings) -> Running {
        let clock = Arc::new(WallClock);
        let dispatcher = Dispatcher::new(self.db.clone(), self.bus.clone(), clock, settings)
            .expect("an HTTP client");
        let stop = CancellationToken::new();
        let task = tokio::spawn(dispatcher.run(stop.clone()));
        Running { stop, task }
    }

    /// Commits events for the receiver, then rings.
    pub(crate) async fn tell(&self, facts: &[NewEvent]) {
        self.record(facts).await;
        self.bus.ring(Doorbell::Outbox);
    }

    /// Commits events without ringing.
    pub(crate) async fn record(&self, facts: &[NewEvent]) {
        let mut tx = self.db.begin().await.expect("a transaction");
        events::insert(tx.conn(), facts)
            .await
            .expect("events are stored");
        tx.commit().await.expect("a commit");
    }

    /// An event about an order, addressed to the receiver.
    pub(crate) fn event(&self, event_type: &'static str, order: u16) -> NewEvent {
        event_for(event_type, order, &self.receiver.url())
    }
}

/// An event about an order, addressed to `url`.
pub(crate) fn event_for(event_type: &'static str, order: u16, url: &str) -> NewEvent {
    let order_no = order_no(order);
    NewEvent {
        event_type: event_type.into(),
        order_no: Some(order_no),
        device_id: None,
        phy_id: Some("82210225000520".parse().expect("a device id")),
        port_no: None,
        data: json!({"order_no": order_no.as_str(), "final_amount": 7.85}),
        at: WallClock.now(),
        targets: vec![Target {
            url: url.to_owned(),
            api_key_id: None,
        }],
    }
}

pub(crate) fn order_no(order: u16) -> OrderNo {
    let second = 1_729_407_600 + i64::from(order / 999);
    OrderNo::compose("THD", second, order % 999 + 1).expect("legal parts")
}

/// A dispatcher at work.
pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Stops as the program does.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("the dispatcher ends in order");
    }

    /// Stops as a crash does: between two instructions.
    pub(crate) async fn crash(self) {
        self.task.abort();
        assert!(self.task.await.expect_err("aborted").is_cancelled());
    }
}
