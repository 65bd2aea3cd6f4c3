//! Takes deliveries from the outbox, attempts them, writes down what became of them.
//!
//! One loop owns all state. It takes a batch and records a batch in one transaction, and runs the
//! attempts as tasks. A delivery is lent to this process for a while by moving its due time, so
//! a crash returns it by itself. Whether an earlier event of the same order is in the way is
//! decided by the query that lends; nothing here needs to remember orders.

use super::answer::{Attempt, Verdict};
use super::figures;
use super::lanes::{Lanes, Limits};
use super::outbox::{self, Delivery, Outcome, Step};
use super::receivers::{OperatorReceiver, Receivers};
use super::schedule::Schedule;
use super::sender::{Sender, SenderError};
use super::target::{AddressPolicy, Target};
use bus::{Bus, Topic};
use kernel::{Clock, Timestamp};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use store::{Db, StoreError, deliveries};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;

/// Most deliveries taken in one transaction.
const BATCH_MAX: usize = 500;
/// Least time between two transactions: under load, events share them.
const ROUND_GAP: Duration = Duration::from_millis(5);
/// Pause after a transaction that failed.
const OUTAGE_PAUSE: Duration = Duration::from_millis(500);
/// How long a delivery that found no place stays in the outbox, at least and at most; each
/// [`TURNED_AWAY_PER_SECOND`] of its fellows add a second, so that a long queue is not turned
/// over and over.
const TURNED_AWAY_PAUSE: Duration = Duration::from_secs(2);
const TURNED_AWAY_PAUSE_MAX: Duration = Duration::from_mins(1);
const TURNED_AWAY_PER_SECOND: u32 = 200;
/// How often keys are read again, and the outbox measured.
const REFRESH: Duration = Duration::from_secs(5);
/// Due times that are remembered to the millisecond; the sweep finds the others.
const ALARMS_MAX: usize = 4096;

/// How webhooks are sent.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `third_party.enable_queue`; false: events are recorded, not sent.
    pub enabled: bool,
    /// The receiver of the configuration file.
    pub operator: OperatorReceiver,
    /// Which addresses other receivers may have.
    pub policy: AddressPolicy,
    /// Longest attempt, answer included.
    pub attempt_timeout: Duration,
    /// A delivery that was taken goes back by itself after twice the attempt's timeout and this;
    /// so long a crash may delay it.
    pub lease_margin: Duration,
    /// Pauses between attempts.
    pub schedule: Schedule,
    /// How much may go on at once.
    pub limits: Limits,
    /// Nobody else sends from this database. Then what a crashed predecessor had taken is free
    /// at the start, before its lease ends.
    pub alone: bool,
    /// How often the outbox is searched for what no doorbell told.
    pub sweep: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            operator: OperatorReceiver::default(),
            policy: AddressPolicy::public_only(),
            attempt_timeout: Duration::from_secs(10),
            lease_margin: Duration::from_secs(10),
            schedule: Schedule::default(),
            limits: Limits::default(),
            alone: true,
            sweep: Duration::from_secs(1),
        }
    }
}

/// Sends the events of the outbox to their receivers.
pub struct Dispatcher {
    db: Db,
    bus: Bus,
    clock: Arc<dyn Clock>,
    settings: Settings,
    sender: Sender,
    receivers: Receivers,
    lanes: Lanes<Delivery>,
    attempts: JoinSet<(Delivery, Attempt)>,
    /// Whose place each attempt occupies, should it break off.
    places: HashMap<Id, Arc<str>>,
    /// What is still to be written down.
    outcomes: Vec<Outcome>,
    /// When retries of this process are due.
    alarms: BTreeSet<Timestamp>,
    refreshed: Option<Instant>,
    /// Whether what a predecessor had taken may still have to be freed.
    to_inherit: bool,
    in_outage: bool,
}

impl Dispatcher {
    /// A dispatcher; it does nothing before [`Dispatcher::run`].
    pub fn new(
        db: Db,
        bus: Bus,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Result<Self, SenderError> {
        Ok(Self {
            db,
            bus,
            clock,
            sender: Sender::new(&settings.policy, settings.attempt_timeout)?,
            receivers: Receivers::new(settings.operator.clone()),
            lanes: Lanes::new(settings.limits),
            attempts: JoinSet::new(),
            places: HashMap::new(),
            outcomes: Vec::new(),
            alarms: BTreeSet::new(),
            refreshed: None,
            to_inherit: settings.alone && settings.enabled,
            in_outage: false,
            settings,
        })
    }

    /// Sends until `stop`, then lets the attempts under way come to their end (at most one
    /// attempt's timeout) and gives back what it had not begun.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut bell = self.bus.outbox_bell();
        if !self.settings.enabled {
            tracing::info!("webhooks are recorded, not sent");
        }
        while !stop.is_cancelled() {
            let begun = Instant::now();
            match self.round().await {
                Ok(true) => {
                    self.in_outage = false;
                    sleep_until(begun + ROUND_GAP).await;
                    continue;
                }
                Ok(false) => self.in_outage = false,
                Err(error) => {
                    if !self.in_outage {
                        tracing::error!(error = %error.cause(), "webhook outbox not available");
                    }
                    self.in_outage = true;
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = sleep(OUTAGE_PAUSE) => {}
                    }
                    continue;
                }
            }
            let wake = self.next_wake();
            tokio::select! {
                () = stop.cancelled() => {}
                Some(done) = self.attempts.join_next_with_id() => self.take(done),
                () = bell.rung() => {}
                () = sleep_until(wake) => {}
            }
            sleep_until(begun + ROUND_GAP).await;
        }
        self.wind_up().await;
    }

    /// Records what is done, takes what is due, begins what may begin. True when there is more
    /// to take.
    async fn round(&mut self) -> Result<bool, StoreError> {
        while let Some(done) = self.attempts.try_join_next_with_id() {
            self.take(done);
        }
        self.inherit().await?;
        self.refresh().await?;
        let room = if self.settings.enabled {
            self.lanes.room().min(BATCH_MAX)
        } else {
            0
        };
        let now = self.clock.now();
        let taken = self.exchange(room, now).await?;
        let more = room > 0 && taken.len() == room;
        self.admit_all(taken, now).await;
        self.begin_attempts();
        Ok(more)
    }

    /// Frees what a crashed predecessor had taken, once.
    async fn inherit(&mut self) -> Result<(), StoreError> {
        if self.to_inherit {
            let mut direct = self.db.direct().await?;
            deliveries::release_unattempted(direct.conn(), self.clock.now()).await?;
            self.to_inherit = false;
        }
        Ok(())
    }

    /// One transaction: outcomes in, due deliveries out.
    async fn exchange(&mut self, room: usize, now: Timestamp) -> Result<Vec<Delivery>, StoreError> {
        if self.outcomes.is_empty() && room == 0 {
            return Ok(Vec::new());
        }
        let lease = self.settings.attempt_timeout * 2 + self.settings.lease_margin;
        let ordered_retries = self.settings.schedule.fast.len();
        let run = self.bus.line().map(bus::cluster::Line::run);
        let mut tx = self.db.begin().await?;
        outbox::record(tx.conn(), &self.outcomes).await?;
        let taken = outbox::lend(tx.conn(), now, run, lease, ordered_retries, room).await?;
        tx.commit().await?;
        if !self.outcomes.is_empty() {
            self.bus.changed(&Topic::Webhooks);
        }
        self.outcomes.clear();
        Ok(taken)
    }

    /// Puts what was taken into the lanes. Deliveries of keys that are younger than our copy of
    /// the keys wait for a new copy: better late than with somebody else's signature.
    async fn admit_all(&mut self, taken: Vec<Delivery>, now: Timestamp) {
        let mut fresh = true;
        if taken.iter().any(|delivery| !self.is_known(delivery)) {
            self.refreshed = None;
            if let Err(error) = self.refresh().await {
                tracing::warn!(error = %error.cause(), "API keys could not be read");
                fresh = false;
            }
        }
        for delivery in taken {
            if self.is_known(&delivery) {
                self.admit(delivery, now);
            } else if fresh {
                let gone = Attempt::refused("its API key no longer exists".to_owned());
                self.note(&delivery, &gone, now);
            } else {
                self.give_back(&delivery, now, 0);
            }
        }
    }

    fn is_known(&self, delivery: &Delivery) -> bool {
        delivery.api_key.is_none_or(|key| self.receivers.knows(key))
    }

    fn admit(&mut self, delivery: Delivery, now: Timestamp) {
        let url = delivery.url.clone();
        if let Err(away) = self.lanes.admit(&url, delivery) {
            self.give_back(&away.delivery, now, away.so_far);
        }
    }

    fn give_back(&mut self, delivery: &Delivery, now: Timestamp, fellows: u32) {
        let more = Duration::from_secs(u64::from(fellows / TURNED_AWAY_PER_SECOND));
        let pause = (TURNED_AWAY_PAUSE + more).min(TURNED_AWAY_PAUSE_MAX);
        self.outcomes
            .push(Outcome::returned(delivery, now, now + pause));
    }

    fn begin_attempts(&mut self) {
        while let Some(delivery) = self.lanes.start() {
            let now = self.clock.now();
            if now + self.settings.attempt_timeout >= delivery.lent_until {
                // It waited here too long; when the lease ends it will be taken anew.
                let silent = self.lanes.is_silent(&delivery.url);
                self.finish(&delivery.url, silent, now);
                continue;
            }
            figures::attempt_begins(&delivery, now);
            let sender = self.sender.clone();
            let policy = self.settings.policy.clone();
            let trust = self.receivers.trust(&delivery.url);
            let credentials = self.receivers.credentials(&delivery.url, delivery.api_key);
            let nonce = format!("{:08x}", rand::random::<u32>());
            let url = delivery.url.clone();
            let task = self.attempts.spawn(async move {
                let attempt = match Target::parse(&delivery.url, trust, &policy) {
                    Ok(target) => {
                        let fact = &delivery.fact;
                        sender
                            .attempt(&target, &credentials, fact, &nonce, now)
                            .await
                    }
                    Err(error) => Attempt::refused(format!("the address {error}")),
                };
                (delivery, attempt)
            });
            self.places.insert(task.id(), url);
        }
    }

    /// Takes in what an attempt came to.
    fn take(&mut self, done: Result<(Id, (Delivery, Attempt)), JoinError>) {
        let (id, (delivery, attempt)) = match done {
            Ok(done) => done,
            Err(error) => {
                // Its lease returns the delivery.
                tracing::error!(%error, "a webhook attempt broke off");
                if let Some(url) = self.places.remove(&error.id()) {
                    self.finish(&url, true, self.clock.now());
                }
                return;
            }
        };
        self.places.remove(&id);
        let now = self.clock.now();
        self.note(&delivery, &attempt, now);
        let unreachable = matches!(
            attempt.verdict,
            Verdict::Retry {
                unreachable: true,
                ..
            }
        );
        self.finish(&delivery.url, unreachable, now);
    }

    fn note(&mut self, delivery: &Delivery, attempt: &Attempt, now: Timestamp) {
        let outcome = Outcome::of_attempt(delivery, attempt, &self.settings.schedule, now);
        figures::attempt_is_over(delivery, attempt, &outcome.step);
        if let Step::Again { at } = outcome.step
            && self.alarms.len() < ALARMS_MAX
        {
            self.alarms.insert(at);
        }
        self.outcomes.push(outcome);
    }

    fn finish(&mut self, url: &Arc<str>, silent: bool, now: Timestamp) {
        for surplus in self.lanes.finish(url, silent) {
            self.give_back(&surplus, now, 0);
        }
    }

    /// The next retry that is known of, or the next sweep.
    fn next_wake(&mut self) -> Instant {
        let now = self.clock.now();
        self.alarms = self.alarms.split_off(&Timestamp(now.0 + 1));
        let alarm = self.alarms.first().map(|at| at.since(now));
        let pause = alarm.map_or(self.settings.sweep, |alarm| alarm.min(self.settings.sweep));
        Instant::now() + pause
    }

    /// Reads the keys again and measures the outbox, now and then.
    async fn refresh(&mut self) -> Result<(), StoreError> {
        let fresh = self.refreshed.is_some_and(|at| at.elapsed() < REFRESH);
        if fresh {
            return Ok(());
        }
        let mut view = self.db.view().await?;
        self.receivers
            .replace_keys(outbox::keys(view.conn()).await?);
        let counts = deliveries::counts(view.conn()).await?;
        figures::outbox_holds(counts.pending, counts.dead);
        self.refreshed = Some(Instant::now());
        Ok(())
    }

    /// Lets attempts end, writes down what became of them, gives back the rest.
    async fn wind_up(mut self) {
        let now = self.clock.now();
        for delivery in self.lanes.clear() {
            self.outcomes.push(Outcome::returned(&delivery, now, now));
        }
        let deadline = Instant::now() + self.settings.attempt_timeout;
        while let Ok(Some(done)) = timeout_at(deadline, self.attempts.join_next_with_id()).await {
            self.take(done);
        }
        if let Err(error) = self.exchange(0, now).await {
            // Their leases end, and they are sent again.
            let count = self.outcomes.len();
            let error = error.cause();
            tracing::error!(%error, count, "results of webhooks could not be written down");
        }
    }
}
