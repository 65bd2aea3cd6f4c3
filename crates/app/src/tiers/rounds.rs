//! Work that comes round: all of it in one table.
//!
//! Each kind is a task of its own, so that none waits for another; a failure, even a panic, ends
//! one round and not the task.

use super::Work;
use crate::cluster::Duty;
use crate::{App, AppError};
use domain::tier::Module;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

/// Starts everything that comes round, until the token is cancelled.
pub(crate) fn spawn_rounds(app: &Arc<App>, tasks: &TaskTracker, stop: &CancellationToken) {
    let seconds = Duration::from_secs;
    let minutes = Duration::from_mins;
    let round = |module, name, every| Round {
        app: app.clone(),
        tasks: tasks.clone(),
        stop: stop.clone(),
        work: Work { module, name },
        first: Duration::ZERO,
        every,
        once_for_all: false,
    };

    // What operators decided, perhaps at another node.
    let configured = app.settings.sweep_every;
    round(Module::BaseData, "settings", configured)
        .go(|app| async move { app.load_decisions().await });
    round(Module::Webhooks, "subscribers", seconds(5))
        .go(|app| async move { app.load_subscribers().await });
    round(Module::BaseData, "tariffs", seconds(5))
        .go(|app| async move { app.sync_tariffs().await });

    // Among several nodes.
    round(Module::Orders, "lonely_devices", seconds(5))
        .go(|app| async move { app.look_after_the_lonely().await });
    round(Module::Watch, "nodes", seconds(5)).go(|app| async move { app.watch_nodes().await });
    if app.cluster.is_some() {
        round(Module::Orders, "others_reservations", seconds(5))
            .go(|app| async move { app.take_in_reservations().await });
        round(Module::Occupancy, "others_occupancies", seconds(5))
            .go(|app| async move { app.take_in_occupancies().await });
        round(Module::FireSafety, "others_cut_offs", seconds(5))
            .go(|app| async move { app.take_in_cut_offs().await });
        round(Module::LoadBalance, "others_power_limits", seconds(5))
            .go(|app| async move { app.take_in_power_limits().await });
    }
    round(Module::Orders, "sessions", seconds(30))
        .later()
        .go(|app| async move { app.compare_sessions().await });

    // The program looks at itself.
    round(Module::Watch, "trouble", seconds(10))
        .go(|app| async move { app.look_for_trouble().await });
    round(Module::Watch, "disk", seconds(1)).go(|app| async move { app.watch_disk().await });
    round(Module::Watch, "system", seconds(30)).go(|app| async move { app.watch_system().await });
    round(Module::Orders, "spool", seconds(1)).go(|app| async move { app.replay_spool().await });

    // Money.
    round(Module::Ledger, "commission", minutes(1))
        .once_for_all()
        .go(|app| async move { app.mature().await });
    round(Module::Ledger, "days", minutes(10))
        .once_for_all()
        .go(|app| async move { app.close_days().await });
    round(Module::Ledger, "books", minutes(10))
        .once_for_all()
        .go(|app| async move { app.weigh_books().await });
    round(Module::Ledger, "night", minutes(10))
        .once_for_all()
        .go(|app| async move { app.night_work().await });
    round(Module::Payments, "payments", seconds(1))
        .once_for_all()
        .go(|app| async move { app.ask_about_payments().await });
    round(Module::Payments, "prepaid_orders", seconds(1))
        .once_for_all()
        .go(|app| async move { app.tell_prepaid_orders().await });
    round(
        Module::Payments,
        "mock_callbacks",
        Duration::from_millis(200),
    )
    .go(|app| async move { app.take_mock_callbacks().await });
    round(Module::Payments, "refunds", seconds(1))
        .once_for_all()
        .go(|app| async move { app.send_refunds().await });
    round(Module::Payments, "withdrawals", seconds(1))
        .once_for_all()
        .go(|app| async move { app.send_withdrawals().await });
    round(Module::Invoices, "invoices", seconds(5))
        .once_for_all()
        .go(|app| async move { app.work_on_invoices().await });

    // Around charges.
    round(Module::Orders, "reservations", seconds(1))
        .once_for_all()
        .go(|app| async move { app.expire_reservations().await });
    round(Module::Parking, "parking", seconds(5))
        .once_for_all()
        .go(|app| async move { app.tell_car_parks().await });
    round(Module::Occupancy, "occupancy", seconds(2))
        .go(|app| async move { app.watch_occupied().await });
    round(Module::LoadBalance, "power", seconds(10))
        .once_for_all()
        .go(|app| async move { app.look_at_power().await });
    round(Module::LoadBalance, "power_limits", minutes(1))
        .go(|app| async move { app.load_power().await });
    round(Module::Promotions, "promotions", minutes(60))
        .once_for_all()
        .go(|app| async move { app.expire_promotions().await });

    // Those who are told.
    round(Module::Notices, "alarms", seconds(1))
        .once_for_all()
        .go(|app| async move { app.tell_alarms().await });
    round(Module::Notices, "old_alarms", seconds(30))
        .once_for_all()
        .go(|app| async move { app.age_alarms().await });
    round(Module::Notices, "messages", minutes(60))
        .once_for_all()
        .go(|app| async move { app.forget_messages(app.now()).await });
    round(Module::Feedback, "pictures", minutes(60))
        .once_for_all()
        .go(|app| async move { app.forget_pictures(app.now()).await });

    // Devices over weeks and months.
    round(Module::Firmware, "campaigns", seconds(2))
        .once_for_all()
        .go(|app| async move { app.step_campaigns().await });
    round(Module::Certification, "certifications", seconds(2))
        .once_for_all()
        .go(|app| async move { Box::pin(app.step_certifications()).await });
    round(Module::FailureRisks, "failure_risks", minutes(10))
        .once_for_all()
        .go(|app| async move { app.assess_at_night().await });
    round(Module::Cameras, "cameras", seconds(15))
        .once_for_all()
        .go(|app| async move { app.try_cameras().await });

    // What is counted.
    round(Module::Analytics, "key_figures", minutes(1))
        .go(|app| async move { Box::pin(app.look_at_kpis()).await });
    round(Module::Analytics, "hours_and_days", minutes(5))
        .go(|app| async move { Box::pin(app.write_kpis()).await });
    round(Module::InterfaceCalls, "interface_calls", minutes(1))
        .go(|app| async move { app.flush_calls().await });

    if app.settings.backups.every.is_some() && !app.db.is_postgres() {
        round(Module::Backups, "backups", minutes(10))
            .later()
            .go(|app| async move { app.back_up_if_due().await });
    }
}

/// How soon a node notices that work which comes seldom has become its own.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// A kind of work that comes round.
struct Round {
    app: Arc<App>,
    tasks: TaskTracker,
    stop: CancellationToken,
    work: Work,
    /// How long after the start it first comes.
    first: Duration,
    every: Duration,
    /// One node of a cluster does it for all; otherwise each does it for itself.
    once_for_all: bool,
}

impl Round {
    /// One node of a cluster does it for all.
    fn once_for_all(self) -> Self {
        self.app.take_part_in(Duty(self.work.name));
        Self {
            once_for_all: true,
            ..self
        }
    }

    /// It first comes after one period, not at the start.
    fn later(self) -> Self {
        Self {
            first: self.every,
            ..self
        }
    }

    /// Starts its task. A round that is under way when the program ends is finished.
    fn go<W, F, T>(self, work: W)
    where
        W: Fn(Arc<App>) -> F + Send + 'static,
        F: Future<Output = Result<T, AppError>> + Send + 'static,
        T: Send + 'static,
    {
        let tasks = self.tasks.clone();
        tasks.spawn(async move {
            let mut due = Instant::now() + self.first;
            loop {
                tokio::select! {
                    () = self.stop.cancelled() => return,
                    () = sleep_until(due) => {}
                }
                if self.once_for_all && !self.app.holds(Duty(self.work.name)) {
                    due = Instant::now() + self.every.min(LOOK_AGAIN);
                    continue;
                }
                due = Instant::now() + self.every;
                if self.app.tiers.allows(self.work, self.app.now()) {
                    self.once(work(self.app.clone())).await;
                }
            }
        });
    }

    async fn once<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, AppError>> + Send + 'static,
    ) {
        let outcome = tokio::spawn(work).await;
        let failure = match outcome {
            Ok(Ok(_)) => None,
            Ok(Err(failure)) => Some(failure),
            Err(ended) => Some(AppError::Internal(ended.to_string())),
        };
        let Work { module, name } = self.work;
        let news = self
            .app
            .tiers
            .note(self.work, failure.as_ref(), self.app.now());
        if let Some(failure) = failure {
            metrics::counter!("openpile_rounds_failed_total", "work" => name).increment(1);
            if news {
                warn!(module = module.as_str(), work = name, %failure,
                    "work that comes round failed, it is tried again");
            }
        }
    }
}
