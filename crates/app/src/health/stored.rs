//! What the database says about the program: queues, channels, nightly work, open alarms.

use super::memory::date_and_time;
use crate::close::{NIGHT_AT, last_night};
use crate::{App, AppError};
use domain::alarm::{AlarmCode, Language};
use domain::day::Day;
use domain::health::{Condition, Level, Words, late_since};
use kernel::Timestamp;
use std::time::Duration;
use store::alarms::{self, AlarmRow};
use store::notice_channels::{self, Channel};
use store::{PageRequest, consistency, deliveries};

/// A webhook whose turn has come for so long shows that its receiver, or sending, hangs.
const WEBHOOKS_LATE: Duration = Duration::from_mins(10);
/// The books are checked within so long after the hour of the night at which that begins.
const NIGHT_PATIENCE: Duration = Duration::from_hours(1);
/// Rounds that may be missed before a task is late.
const ROUNDS_MISSED: u32 = 5;
const A_DAY: Duration = Duration::from_hours(24);

impl App {
    /// Everything that stands in the database.
    pub(super) async fn read_health(&self, now: Timestamp) -> Result<Vec<Condition>, AppError> {
        self.db.ping().await?;
        let mut view = self.db.view().await?;
        let webhooks = deliveries::counts(view.conn()).await?;
        let due = deliveries::next_due(view.conn()).await?;
        let channels = notice_channels::enabled(view.conn()).await?;
        let newest = PageRequest { page: 1, size: 1 };
        let runs = consistency::runs(view.conn(), newest).await?;
        let looked = runs.items.first().map(|run| run.at);
        let night = last_night(view.conn()).await?;
        let mut open = alarms::list_open_of_program(view.conn()).await?;
        drop(view);

        let mut conditions = vec![
            webhooks_health(webhooks, due, &mut open, now),
            self.round(
                "task/consistency",
                ("一致性检查", "Looking whether everything hangs together"),
                looked,
                self.settings.sweep_every * ROUNDS_MISSED,
                now,
            ),
            self.books_health(night, &mut open, now),
        ];
        conditions.extend(notices_health(&channels, &mut open));
        conditions.extend(open.iter().map(of_alarm));
        Ok(conditions)
    }

    /// The books, as the last night found them.
    fn books_health(
        &self,
        night: Option<Day>,
        open: &mut Vec<AlarmRow>,
        now: Timestamp,
    ) -> Condition {
        let what = "books";
        let mut since = None;
        let mut broken: Vec<String> = Vec::new();
        while let Some(row) = taken(open, |row| row.object_type == "ledger") {
            since = since.map_or(Some(row.first_at), |first: Timestamp| {
                Some(first.min(row.first_at))
            });
            broken.push(row.object_id);
        }
        if !broken.is_empty() {
            let rules = broken.join(", ");
            let words = Words::new(
                format!("账务不平：{rules}。请查看账务核对结果，并暂停提现"),
                format!(
                    "The books are not right: {rules}. Look at their check and stop withdrawals"
                ),
            );
            return Condition::bad(what, Level::Critical, since, words);
        }
        let checked = night.map(|day| day.begins() + NIGHT_AT);
        let words = match checked {
            Some(at) => {
                let date = date_and_time(at);
                let date = date.split(' ').next().unwrap_or_default();
                Words::new(
                    format!("账目已于 {date} 夜间核对，无差错"),
                    format!("The books were checked in the night of {date} and are right"),
                )
            }
            None => Words::new(
                "账目尚未进行夜间核对",
                "The books have not been checked at night yet",
            ),
        };
        match late_since(checked, self.started_at(), A_DAY + NIGHT_PATIENCE, now) {
            Some(since) => Condition::bad(what, Level::Warning, Some(since), words),
            None => Condition::fine(what, words),
        }
    }
}

fn webhooks_health(
    counts: deliveries::Counts,
    due: Option<Timestamp>,
    open: &mut Vec<AlarmRow>,
    now: Timestamp,
) -> Condition {
    let what = "webhooks";
    let (waiting, dead) = (counts.pending, counts.dead);
    let words = Words::new(
        format!("等待推送 {waiting} 条，死信 {dead} 条"),
        format!("{waiting} webhooks wait, {dead} were given up"),
    );
    let alarm = taken(open, |row| {
        row.object_type == "system" && row.object_id == what
    });
    if let Some(row) = alarm {
        return Condition::bad(what, level_of(&row), Some(row.first_at), words);
    }
    let late = due.and_then(|due| late_since(Some(due), due, WEBHOOKS_LATE, now));
    match late {
        Some(_) => Condition::bad(what, Level::Warning, due, words),
        None if dead > 0 => Condition::bad(what, Level::Info, None, words),
        None => Condition::fine(what, words),
    }
}

fn notices_health(channels: &[Channel], open: &mut Vec<AlarmRow>) -> Vec<Condition> {
    if channels.is_empty() {
        let words = Words::new(
            "没有启用的通知渠道：告警不会通知任何人",
            "No notice channel is in use: nobody is told of alarms",
        );
        return vec![Condition::bad("notices", Level::Info, None, words)];
    }
    let mut conditions = Vec::new();
    for channel in channels {
        let id = channel.id.to_string();
        let alarm = taken(open, |row| {
            row.object_type == "channel" && row.object_id == id
        });
        let name = &channel.name;
        let what = format!("notices/{id}");
        if channel.failures == 0 {
            let words = Words::new(
                format!("通知渠道“{name}”正常"),
                format!("Notice channel \"{name}\" works"),
            );
            conditions.push(Condition::fine(what, words));
            continue;
        }
        let (failures, error) = (channel.failures, channel.error.as_deref().unwrap_or("?"));
        let words = Words::new(
            format!("通知渠道“{name}”连续失败 {failures} 次：{error}"),
            format!("Notice channel \"{name}\" has failed {failures} times in a row: {error}"),
        );
        let since = alarm.as_ref().map(|row| row.first_at).or(channel.failed_at);
        let level = alarm.as_ref().map_or(Level::Info, level_of);
        conditions.push(Condition::bad(what, level, since, words));
    }
    conditions
}

/// Takes the first such alarm out of those that are still to be told.
fn taken(open: &mut Vec<AlarmRow>, is_it: impl Fn(&AlarmRow) -> bool) -> Option<AlarmRow> {
    let place = open.iter().position(is_it)?;
    Some(open.remove(place))
}

fn level_of(row: &AlarmRow) -> Level {
    let level = domain::alarm::Level::parse(&row.level);
    level.map_or(Level::Warning, Level::from)
}

/// An alarm that no part has spoken of.
fn of_alarm(row: &AlarmRow) -> Condition {
    let object = &row.object_id;
    let (zh, en) = match AlarmCode::parse(&row.code) {
        Some(code) => (
            code.title_in(Language::Chinese),
            code.title_in(Language::English),
        ),
        None => (row.message.clone(), row.code.replace('_', " ")),
    };
    let words = Words::new(format!("{zh}（{object}）"), format!("{en} ({object})"));
    let what = format!("alarm/{}/{object}", row.code);
    Condition::bad(what, level_of(row), Some(row.first_at), words)
}
