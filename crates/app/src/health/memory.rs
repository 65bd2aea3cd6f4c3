//! What the program knows of itself without asking the database.

use crate::backups::Backup;
use crate::{App, ModuleState};
use domain::device_status::DeviceStatus;
use domain::health::{Condition, Level, Words, late_since};
use domain::kpi::{Counts, Figure, Kpi, Millionths};
use kernel::Timestamp;
use parking_lot::Mutex;
use std::time::Duration;

/// A copy may be late by so much.
const COPY_PATIENCE: Duration = Duration::from_mins(15);

/// How writing the live values goes, which is tried every second as long as there are any.
#[derive(Default)]
pub(crate) struct Writes(Mutex<Tries>);

#[derive(Clone, Default)]
struct Tries {
    succeeded_at: Option<Timestamp>,
    failing_since: Option<Timestamp>,
    error: String,
}

impl Writes {
    /// A try succeeded, or failed for a reason.
    pub(crate) fn note(&self, at: Timestamp, failure: Option<String>) {
        let mut tries = self.0.lock();
        if let Some(error) = failure {
            tries.failing_since.get_or_insert(at);
            tries.error = error;
        } else {
            tries.failing_since = None;
            tries.succeeded_at = Some(at);
        }
    }

    /// Since when no try has succeeded.
    pub(crate) fn failing_since(&self) -> Option<Timestamp> {
        self.0.lock().failing_since
    }
}

impl App {
    pub(super) fn live_values_health(&self) -> Condition {
        let what = "task/live_values";
        let Tries {
            succeeded_at,
            failing_since,
            error,
        } = self.writes.0.lock().clone();
        if let Some(since) = failing_since {
            let words = Words::new(
                format!("实时数据写入失败，正在重试：{error}"),
                format!("Live values cannot be written, trying again: {error}"),
            );
            return Condition::bad(what, Level::Critical, Some(since), words);
        }
        let words = match succeeded_at {
            Some(at) => {
                let at = time_of_day(at);
                let zh = format!("实时数据最近一次写入：{at}");
                Words::new(zh, format!("Live values were last written at {at}"))
            }
            None => Words::new("尚无实时数据需要写入", "No live values to write yet"),
        };
        Condition::fine(what, words)
    }

    /// Devices in service and those of them that are here.
    pub(super) fn connections_health(&self, listening: bool) -> Condition {
        let what = "connections";
        if !listening {
            let words = Words::new(
                "设备无法接入：程序正在启动或停止",
                "Devices cannot connect: the program is starting or stopping",
            );
            return Condition::bad(what, Level::Critical, None, words);
        }
        let (mut online, mut all) = (0_u64, 0_u64);
        self.live.for_each(|live| {
            if live.lifecycle == DeviceStatus::Active {
                all += 1;
                online += u64::from(live.is_online());
            }
        });
        let bounds = self.tuned.load().kpis.of(Kpi::DeviceOnline);
        let rating = Kpi::DeviceOnline.rating(Counts::of(online, all), bounds);
        let words = Words::new(
            format!("投运设备 {all} 台，在线 {online} 台"),
            format!("{online} of {all} devices in service are online"),
        );
        match rating.map(Level::from) {
            None | Some(Level::Fine) => Condition::fine(what, words),
            Some(level) => Condition::bad(what, level, None, words),
        }
    }

    /// How fast the database answers, now that it does.
    pub(super) fn database_health(&self) -> Condition {
        let what = "database";
        let engine = self.db.engine();
        let kpi = Kpi::DatabaseResponse;
        let present = self.present.load();
        let sum = present.sum(present.stations.keys());
        let counts = sum.get(&Figure::Kpi(kpi)).copied().unwrap_or_default();
        let Some(Millionths(millionths)) = kpi.value(counts) else {
            let words = Words::new(
                format!("数据库正常（{engine}）"),
                format!("The database answers ({engine})"),
            );
            return Condition::fine(what, words);
        };
        let millis = millionths / 1_000_000;
        let words = Words::new(
            format!("数据库正常（{engine}），近一小时 95% 的查询在 {millis} 毫秒内完成"),
            format!(
                "The database answers ({engine}): 95 % within {millis} ms during the last hour"
            ),
        );
        let bounds = self.tuned.load().kpis.of(kpi);
        match kpi.rating(counts, bounds).map(Level::from) {
            None | Some(Level::Fine) => Condition::fine(what, words),
            Some(level) => Condition::bad(what, level, None, words),
        }
    }

    pub(super) fn backups_health(&self, now: Timestamp) -> Condition {
        let what = "backups";
        if self.db.is_postgres() {
            let words = Words::new(
                "数据库由服务器托管，请使用其自带的备份工具",
                "The database is a server's, which is copied with tools of its own",
            );
            return Condition::fine(what, words);
        }
        let newest: Option<Backup> = match self.list_backups() {
            Ok(copies) => copies.into_iter().next(),
            Err(error) => {
                let words = Words::new(
                    format!("无法读取备份目录：{error}"),
                    format!("The folder of copies cannot be read: {error}"),
                );
                return Condition::bad(what, Level::Warning, None, words);
            }
        };
        let made = newest.map(|copy| copy.at);
        let (zh, en) = match made {
            Some(at) => {
                let at = date_and_time(at);
                (
                    format!("最近一次备份：{at}"),
                    format!("The newest copy is of {at}"),
                )
            }
            None => ("还没有备份".to_owned(), "There is no copy yet".to_owned()),
        };
        let Some(every) = self.settings.backups.every else {
            let words = Words::new(
                format!("{zh}；未启用定时备份"),
                format!("{en}; none is made by the clock"),
            );
            return Condition::bad(what, Level::Info, None, words);
        };
        let words = Words::new(zh, en);
        match late_since(made, self.started_at(), every + COPY_PATIENCE, now) {
            Some(since) => Condition::bad(what, Level::Critical, Some(since), words),
            None => Condition::fine(what, words),
        }
    }

    /// How the modules of the program are doing, each by the worst of its work.
    pub(super) fn modules_health(&self) -> Vec<Condition> {
        self.modules().iter().map(condition_of).collect()
    }

    /// A task by when it last succeeded.
    pub(super) fn round(
        &self,
        what: &str,
        (zh, en): (&str, &str),
        last: Option<Timestamp>,
        patience: Duration,
        now: Timestamp,
    ) -> Condition {
        let (last_zh, last_en) = match last {
            Some(at) => {
                let at = date_and_time(at);
                (format!("最近一次成功：{at}"), format!("last done at {at}"))
            }
            None => ("尚未执行".to_owned(), "not done yet".to_owned()),
        };
        let words = Words::new(format!("{zh}：{last_zh}"), format!("{en}: {last_en}"));
        match late_since(last, self.started_at(), patience, now) {
            Some(since) => Condition::bad(what, Level::Warning, Some(since), words),
            None => Condition::fine(what, words),
        }
    }
}

fn condition_of(state: &ModuleState) -> Condition {
    let what = format!("module/{}", state.module.as_str());
    let (zh, en) = state.module.names();
    let tier = state.module.tier();
    let said = |zh_more: &str, en_more: &str| {
        Words::new(
            format!("{zh}（{}）{zh_more}", tier.as_str()),
            format!("{en} ({}) {en_more}", tier.as_str()),
        )
    };
    match state.word() {
        "off" => {
            let since = state.decided.as_ref().map(|(_, at)| *at);
            let by = state.decided.as_ref().map_or("", |(by, _)| by.as_str());
            let words = said(
                &format!("已由 {by} 关闭"),
                &format!("was switched off by {by}"),
            );
            Condition::bad(what, Level::Warning, since, words)
        }
        "resting" => {
            let words = said(
                "因数据库或队列繁忙暂停",
                "rests because the database or a queue is in trouble",
            );
            Condition::bad(what, Level::Warning, state.trouble_since, words)
        }
        "failing" => {
            let mut failing = state
                .works
                .iter()
                .filter(|work| work.failing_since.is_some());
            let problem = failing.next().map_or("", |work| work.error.as_str());
            let level = if tier.may_rest() {
                Level::Warning
            } else {
                Level::Critical
            };
            let words = said(&format!("异常：{problem}"), &format!("fails: {problem}"));
            Condition::bad(what, level, state.failing_since(), words)
        }
        _ => Condition::fine(what, said("正常", "is well")),
    }
}

pub(super) fn date_and_time(at: Timestamp) -> String {
    crate::page::instant(Some(at))
}

fn time_of_day(at: Timestamp) -> String {
    let [_, _, _, hour, minute, second] = at.shanghai();
    format!("{hour:02}:{minute:02}:{second:02}")
}
