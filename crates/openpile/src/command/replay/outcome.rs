//! A device's past, happening once more.

use super::bench::Bench;
use super::differences;
use super::finding::{self, Entry, Finding};
use super::past::Past;
use super::sandbox::Sandbox;
use crate::config::Config;
use crate::{protocols, wiring};
use anyhow::Context as _;
use app::{App, Parts, Settings};
use bus::Bus;
use device::{Direction, EndReason, Protocol};
use domain::order::{Order, OrderSource, as_of};
use kernel::{CommandId, DeviceId, ManualClock, OrderNo, Timestamp};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use store::{Db, alarms, commands, orders, sandbox, status_history};

/// Orders that devices ask for are there before the question that made them.
const ASKED_BEFORE: Duration = Duration::from_secs(2);
/// With heartbeats left out of the log, a device is silent after so long.
const SILENT_AFTER: Duration = Duration::from_mins(15);
/// Time goes on after the last thing that happened, for what the clock ends: holds, stuck orders.
const TAIL: Duration = Duration::from_hours(1);
/// Orders and alarms of the copy.
const ROWS_MAX: u16 = 10_000;

/// One thing that happened then, in the order in which it is done again.
enum Step<'a> {
    Up(&'a super::Line),
    Order(&'a Order),
    Stop(OrderNo, EndReason),
    Command(CommandId),
}

/// Lets it happen again.
pub(super) async fn of(config: &Config, db: Option<&Db>, past: &Past) -> anyhow::Result<Finding> {
    let protocol = protocol_of(past)?;
    let sandbox = Sandbox::new().await?;
    let steps = steps(past);
    let (begin, end) = stretch(past, &steps);
    let clock = Arc::new(ManualClock::at(begin));
    fill(db, &sandbox, past).await?;
    let is_thinned = !config.comm_log.full && past.is_stored;
    let configured = wiring::app(config);
    let settings = Settings {
        comm_log: false,
        auto_enrol: past.row.is_none(),
        webhook_enabled: false,
        webhook_url: None,
        offline_after: if is_thinned {
            Some(SILENT_AFTER)
        } else {
            configured.offline_after
        },
        ..configured
    };
    let (app, _) = App::new(Parts {
        clock: clock.clone(),
        db: sandbox.db.clone(),
        bus: Bus::in_process(),
        protocols: protocols::registry(),
        outside: app::Outside::default(),
        settings,
    });
    app.restore().await.context("sandbox")?;
    let mut bench = Bench::new(app, clock, protocol, past.device.clone(), is_thinned);
    let mut judged = Vec::new();
    for (at, step) in steps {
        bench.until(at).await;
        number_next(&sandbox.db, past, at).await?;
        take(&mut bench, step, db, &sandbox, &mut judged).await?;
    }
    bench.until(end).await;
    bench.finish().await;
    let mut found = compile(past, end, &sandbox.db, bench, judged).await?;
    if is_thinned {
        let note = "the log keeps heartbeats and repeated reports thinned out: a device counts as \
                    silent after 15 minutes here";
        found.notes.push(note.to_owned());
    }
    sandbox.db.close().await;
    Ok(found)
}

fn protocol_of(past: &Past) -> anyhow::Result<Arc<dyn Protocol>> {
    let registry = protocols::registry();
    let first = past
        .lines
        .iter()
        .find(|line| line.direction == Direction::Up && line.noise.is_none());
    let detected = first.and_then(|line| registry.detect(&line.bytes).1);
    let known = past.protocol().and_then(|name| registry.find(name));
    detected
        .or(known)
        .cloned()
        .context("its frames begin like no protocol of this program")
}

/// The device and the orders that lived when the period began.
async fn fill(db: Option<&Db>, sandbox: &Sandbox, past: &Past) -> anyhow::Result<()> {
    let (Some(db), Some(row)) = (db, &past.row) else {
        return Ok(());
    };
    let mut source = db.view().await?;
    sandbox::copy_device(&mut source, &sandbox.db, row.id)
        .await
        .context("copying the device")?;
    for order in past
        .orders
        .iter()
        .filter(|order| order.created_at < past.from)
    {
        let mut then = as_of(order, past.from);
        let mut tx = sandbox.db.begin().await?;
        orders::insert(tx.conn(), &mut then).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Everything in the order of time; at one instant frames before what came of them.
fn steps(past: &Past) -> Vec<(Timestamp, Step<'_>)> {
    let mut steps: Vec<(Timestamp, u8, Step<'_>)> = Vec::new();
    for line in past
        .lines
        .iter()
        .filter(|line| line.direction == Direction::Up)
    {
        steps.push((line.at, 1, Step::Up(line)));
    }
    for order in &past.orders {
        if order.created_at >= past.from {
            let at = match order.source {
                OrderSource::Third | OrderSource::App | OrderSource::Test => order.created_at,
                _ => (order.created_at - ASKED_BEFORE).max(past.from),
            };
            steps.push((at, 0, Step::Order(order)));
        }
        if let (Some(at), Some(reason)) = (order.stop_requested_at, order.stop_reason)
            && at >= past.from
        {
            steps.push((at, 2, Step::Stop(order.order_no, reason)));
        }
    }
    for command in &past.commands {
        steps.push((command.created_at, 3, Step::Command(command.id)));
    }
    steps.retain(|(at, ..)| *at < past.until);
    steps.sort_by_key(|(at, rank, _)| (*at, *rank));
    steps.into_iter().map(|(at, _, step)| (at, step)).collect()
}

/// From when to when there is anything to go through: the period, less its quiet ends.
fn stretch(past: &Past, steps: &[(Timestamp, Step<'_>)]) -> (Timestamp, Timestamp) {
    let first = steps.first().map_or(past.from, |(at, _)| *at);
    let last = steps.last().map_or(past.from, |(at, _)| *at);
    let runs = past
        .orders
        .iter()
        .any(|order| order.created_at < past.from && as_of(order, past.from).status.is_active());
    let begin = if runs {
        past.from
    } else {
        first - Duration::from_secs(1)
    };
    (begin.max(past.from), past.until.min(last + TAIL))
}

/// Commands that the rules make now get the numbers that they had then, and with them the message
/// ids that the device answered.
async fn number_next(sandbox: &Db, past: &Past, at: Timestamp) -> anyhow::Result<()> {
    let slack = Duration::from_secs(1);
    let next = past
        .commands
        .iter()
        .filter(|command| command.created_at + slack >= at)
        .map(|command| command.id)
        .min();
    let mut view = sandbox.view().await?;
    if let Some(next) = next
        && commands::find(view.conn(), next).await?.is_none()
    {
        drop(view);
        sandbox::number_commands(sandbox, next).await?;
    }
    Ok(())
}

async fn take(
    bench: &mut Bench,
    step: Step<'_>,
    db: Option<&Db>,
    sandbox: &Sandbox,
    judged: &mut Vec<String>,
) -> anyhow::Result<()> {
    match step {
        Step::Up(line) => {
            let wanted = finding::wanted(None);
            let (entry, understood) = finding::frame(wanted, line);
            judged.extend(finding::judged(line, understood, &entry.text));
            bench.entries.push(entry);
            if understood || line.noise.is_none() {
                bench.receive(&line.ip, &line.bytes).await;
            }
        }
        Step::Order(order) => {
            let then = as_of(order, order.created_at);
            bench.say("order", &format!("{} is created", order.order_no));
            if let Err(error) = bench.app().place_order(then).await {
                let text = format!("order {} could not be created: {error}", order.order_no);
                bench.say("order", &text);
                judged.push(text);
            }
        }
        Step::Stop(order_no, reason) => {
            bench.app().wish_stop(order_no, reason).await?;
            bench.deliver().await;
        }
        Step::Command(id) => {
            // What a rule of time asked for is asked for by now.
            bench.sweep().await;
            let mut view = sandbox.db.view().await?;
            let made = commands::find(view.conn(), id).await?.is_some();
            drop(view);
            if let (false, Some(db)) = (made, db) {
                let mut source = db.view().await?;
                sandbox::copy_command(&mut source, &sandbox.db, id).await?;
                drop(source);
                bench.deliver().await;
            }
        }
    }
    Ok(())
}

/// Everything that happened, and where it differs.
async fn compile(
    past: &Past,
    end: Timestamp,
    sandbox: &Db,
    bench: Bench,
    judged: Vec<String>,
) -> anyhow::Result<Finding> {
    let device = match &past.row {
        Some(row) => row.id,
        None => adopted(sandbox, past).await?,
    };
    let mut view = sandbox.view().await?;
    let far = Timestamp(i64::MAX / 2000);
    let again = orders::of_device_between(view.conn(), device, past.from, far, ROWS_MAX).await?;
    let raised = alarms::of_device_between(view.conn(), device, past.from, far, ROWS_MAX).await?;
    let mut entries = bench.entries;
    for order in &again {
        let rows =
            status_history::list(view.conn(), status_history::ORDER, order.order_no.as_str());
        for change in rows.await? {
            let from = change.from_state.as_deref().unwrap_or("-");
            let text = format!(
                "{} {from} → {} ({})",
                order.order_no, change.to_state, change.cause
            );
            entries.push(Entry::said(change.at, "order", &text));
        }
        if let (Some(amount), Some(at)) = (order.final_amount, order.end_time) {
            entries.push(bill(order, amount, at));
        }
    }
    for alarm in &raised {
        let text = format!("{} {} {}", alarm.code, alarm.object_id, alarm.message);
        entries.push(Entry::said(alarm.first_at, "alarm", &text));
    }
    entries.sort_by_key(|entry| entry.at);
    let mut differences = judged;
    if past.is_stored {
        differences.extend(differences::of_orders(past, end, &again));
        differences.extend(differences::of_alarms(past, &raised));
        differences.extend(differences::of_replies(past, &bench.sent));
    }
    let mut notes = past.notes.clone();
    notes.push("money of payers is not moved here".to_owned());
    Ok(Finding {
        device: past.device.clone(),
        from: past.from,
        until: past.until,
        entries,
        differences,
        notes,
    })
}

fn bill(order: &Order, amount: kernel::Fen, at: Timestamp) -> Entry {
    let text = format!(
        "{}: {} s, {} kWh, {} yuan",
        order.order_no,
        order.duration_s,
        kwh(order),
        amount.yuan()
    );
    Entry {
        at,
        what: "bill",
        text,
        data: json!({
            "order_no": order.order_no,
            "duration_s": order.duration_s,
            "energy_e4": order.energy.0,
            "elec_fen": order.elec_fen,
            "service_fen": order.service_fen,
            "final_amount_fen": amount,
        }),
    }
}

/// Energy in kWh with four digits.
pub(super) fn kwh(order: &Order) -> String {
    format!("{}.{:04}", order.energy.0 / 10_000, order.energy.0 % 10_000)
}

/// The row that a stranger got.
async fn adopted(sandbox: &Db, past: &Past) -> anyhow::Result<DeviceId> {
    Ok(super::past::find(sandbox, &past.device)
        .await
        .context("its frames do not identify it")?
        .id)
}
