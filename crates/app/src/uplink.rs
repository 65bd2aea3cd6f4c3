//! What devices say, one fact at a time: the transactional half of the way up. The other half,
//! which needs no database, is [`crate::absorb`].

use crate::sessions::Connection;
use crate::trace::FLOW;
use crate::{App, AppError};
use device::{Answer, Envelope, Event};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tracing::{Instrument as _, error, field, trace_span, warn};

/// First pause while the database is away; doubled up to [`RETRY_MAX`].
const RETRY_FIRST: Duration = Duration::from_millis(100);
/// Longest pause between two tries.
const RETRY_MAX: Duration = Duration::from_secs(2);
/// A fact is given up after so long; a device that waits for an answer says it again.
const GIVE_UP_AFTER: Duration = Duration::from_mins(2);

/// How many facts wait for the database.
#[derive(Debug, Default)]
pub(crate) struct WaitingFacts(AtomicUsize);

/// One of them; it no longer waits when this is dropped.
struct WaitingFact<'a>(&'a WaitingFacts);

impl WaitingFacts {
    fn one_more(&self) -> WaitingFact<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        WaitingFact(self)
    }

    fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for WaitingFact<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl App {
    /// Handles one event in full and says what the device is to hear, if it waits for an
    /// answer. While the database is away an end report is kept on disk, and everything else is
    /// tried again; `None` means silence.
    ///
    /// The work is a task of its own: a connection that ends meanwhile cannot cut it in two
    /// between the database and what memory knows.
    pub async fn handle(
        self: &Arc<Self>,
        connection: &Arc<Connection>,
        envelope: Envelope,
    ) -> Option<Answer> {
        let (app, connection) = (self.clone(), connection.clone());
        let device = envelope.device.clone();
        let work = self
            .chores
            .spawn(async move { app.handle_to_end(&connection, envelope).await });
        work.await.unwrap_or_else(|ended| {
            error!(%device, error = %ended, "the handling of an event did not end");
            None
        })
    }

    async fn handle_to_end(
        &self,
        connection: &Arc<Connection>,
        envelope: Envelope,
    ) -> Option<Answer> {
        // What became of a command is said once.
        let is_said_again = !matches!(envelope.event, Event::Command(_));
        let began = self.now();
        let mut pause = RETRY_FIRST;
        let mut waits = None;
        loop {
            // It belongs to the flow of the order that it moves, which only that finds out.
            let span = trace_span!(target: FLOW, "device event", trace_id = field::Empty,
                device = %envelope.device, event = envelope.event.name());
            match self.process(connection, &envelope).instrument(span).await {
                Ok(answer) => return answer,
                Err(AppError::Unavailable) if self.spool(&envelope).await => {
                    return Some(Answer::Stored);
                }
                Err(AppError::Unavailable)
                    if !is_said_again || self.now().since(began) < GIVE_UP_AFTER =>
                {
                    metrics::counter!("openpile_facts_retried_total").increment(1);
                    waits.get_or_insert_with(|| self.waiting_facts.one_more());
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(RETRY_MAX);
                }
                Err(AppError::Unavailable) => {
                    warn!(device = %envelope.device, event = envelope.event.name(),
                        "database away for too long, the device has to say it again");
                    return None;
                }
                Err(failure) => {
                    error!(device = %envelope.device, event = envelope.event.name(), %failure,
                        "an event could not be handled");
                    metrics::counter!("openpile_facts_failed_total").increment(1);
                    return None;
                }
            }
        }
    }

    /// Whether a fact could not be stored and waits for the database, so that those behind it
    /// wait too.
    pub fn waits_for_database(&self) -> bool {
        self.waiting_facts.any()
    }

    async fn process(
        &self,
        connection: &Arc<Connection>,
        envelope: &Envelope,
    ) -> Result<Option<Answer>, AppError> {
        if self.absorb(connection, envelope) {
            return Ok(None);
        }
        let device = &envelope.device;
        // The large ones on the heap by themselves: while the database is busy thousands of these
        // wait, and each would be as large as the largest.
        match &envelope.event {
            Event::Registered(registration) => {
                self.registered(connection, device, registration).await?;
            }
            // Taken in by `absorb`, and nothing of them is stored.
            Event::Heartbeat(_) | Event::Battery(_) => {}
            Event::Status { vitals, ports } => self.status(device, *vitals, ports).await?,
            Event::Socket(socket) => self.socket_seen(device, socket).await?,
            Event::Confirmed(confirmation) => {
                self.confirmed(device, confirmation).await?;
                return Ok(Some(Answer::Stored));
            }
            Event::Progress(progress) => self.progress(device, progress).await?,
            Event::Ended(report) => {
                let began = self.now();
                Box::pin(self.ended(envelope, report)).await?;
                let took = self.now().since(began).as_secs_f64();
                metrics::histogram!("openpile_settle_seconds").record(took);
                return Ok(Some(Answer::Stored));
            }
            Event::CardSwiped(swipe) => {
                return Ok(Some(Answer::Card(
                    Box::pin(self.card_swiped(device, swipe)).await?,
                )));
            }
            Event::VinOffered(offer) => {
                return Ok(Some(Answer::Card(
                    Box::pin(self.vin_offered(device, offer)).await?,
                )));
            }
            Event::BalanceAsked(inquiry) => {
                let balance = self.balance_asked(&inquiry.card_no).await?;
                return Ok(Some(Answer::Balance(balance)));
            }
            Event::TariffAsked { model } => {
                let table = self.tariff_asked(device, *model).await?;
                return Ok(Some(Answer::Tariff(table.map(Box::new))));
            }
            Event::Began(start) => Box::pin(self.began(device, start)).await?,
            Event::Vehicle(report) => self.vehicle_seen(device, report).await?,
            Event::GroundLock(report) => self.ground_lock_seen(device, report).await?,
            Event::Alarm(alarm) => {
                self.device_alarm(device, alarm, envelope.device_time)
                    .await?;
                return Ok(Some(Answer::Stored));
            }
            Event::Faults(list) => self.faults_listed(device, list).await?,
            Event::Command(report) => Box::pin(self.command_report(device, report)).await?,
            Event::Params { socket, values } => {
                self.params_reported(device, *socket, values).await?;
            }
            Event::Firmware(progress) => self.firmware_progress(device, progress),
            Event::Learnt { key, value } => self.learnt(device, key, value).await?,
        }
        Ok(envelope.receipt.map(|_| Answer::Stored))
    }
}
