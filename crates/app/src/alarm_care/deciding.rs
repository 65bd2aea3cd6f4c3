//! Deciding who is told of which alarm: alarms that are due become notices of channels.

use super::channels::audience_of;
use crate::{App, AppError};
use domain::alarm::{AlarmCode, Audience, Decision, Known, Level, NoticeKind, Subject, decide};
use kernel::Timestamp;
use std::time::Duration;
use store::alarm_mutes::{self, Mute};
use store::alarm_notices::{self, Due, Looked, NewNotice};
use store::alarms::AlarmRow;
use store::notice_channels;

/// Alarms of one transaction.
const BATCH: u16 = 500;
/// Transactions of one round; the rest follows a second later.
const ROUNDS: usize = 8;
/// An alarm of which nobody is told now is looked at again after so long.
const SILENCE: Duration = Duration::from_mins(1);

impl App {
    /// Decides on all alarms that are due: who is told what, and when each is looked at again. How
    /// many there were.
    ///
    /// # Errors
    /// When the database is away; nothing is lost, they stay due.
    pub async fn decide_on_alarms(&self) -> Result<usize, AppError> {
        let mut total = 0;
        for _ in 0..ROUNDS {
            let count = self.decide_on_some().await?;
            total += count;
            if count < usize::from(BATCH) {
                break;
            }
        }
        Ok(total)
    }

    async fn decide_on_some(&self) -> Result<usize, AppError> {
        let now = self.now();
        let mut view = self.db.view().await?;
        let due = alarm_notices::due(view.conn(), now, BATCH).await?;
        if due.is_empty() {
            return Ok(0);
        }
        let mutes = alarm_mutes::in_force(view.conn(), now).await?;
        let channels: Vec<(i64, Audience)> = notice_channels::enabled(view.conn())
            .await?
            .iter()
            .map(|channel| (channel.id, audience_of(channel)))
            .collect();
        drop(view);
        let (mut looked, mut notices) = (Vec::new(), Vec::new());
        for one in &due {
            let (seen, told) = self.decide_on(one, &mutes, now);
            if let Some((kind, subject)) = told {
                notices.extend(channels.iter().filter_map(|(id, audience)| {
                    Some(NewNotice {
                        alarm_id: one.alarm.id,
                        channel_id: *id,
                        kind,
                        count: one.alarm.count,
                        due_at: audience.due(&subject, kind, now)?,
                    })
                }));
            }
            looked.push((one.alarm.state, seen));
        }
        let mut tx = self.db.begin().await?;
        alarm_notices::looked(tx.conn(), &looked).await?;
        alarm_notices::insert(tx.conn(), &notices, now).await?;
        tx.commit().await?;
        // Every alarm that begins or ends is decided on, whoever raised it.
        self.hint_alarms(None);
        Ok(due.len())
    }

    /// What is to be told of one alarm, and what is remembered of it.
    fn decide_on(
        &self,
        due: &Due,
        mutes: &[Mute],
        now: Timestamp,
    ) -> (Looked, Option<(NoticeKind, Subject)>) {
        let alarm = &due.alarm;
        let mut looked = Looked {
            alarm_id: alarm.id,
            noticed_at: alarm.noticed_at,
            escalated_at: alarm.escalated_at,
            notify_at: None,
            silenced_by: None,
        };
        let Some(code) = AlarmCode::parse(&alarm.code) else {
            return (looked, None);
        };
        let rule = self.alarm_rule(code);
        let level = level_of(alarm, code, rule.level);
        let silenced_by = if due.in_maintenance {
            Some("maintenance")
        } else if due.has_parent {
            Some("parent")
        } else if mutes.iter().any(|mute| covers(mute, alarm)) {
            Some("mute")
        } else if !rule.enabled && level != Level::Critical {
            Some("rule")
        } else {
            None
        };
        // What was told before is also told to be over, whatever is muted by then.
        if let Some(why) = silenced_by.filter(|_| alarm.state.is_open()) {
            looked.silenced_by = Some(why);
            looked.notify_at = Some(now + SILENCE);
            return (looked, None);
        }
        let known = Known {
            state: alarm.state,
            first_at: alarm.first_at,
            noticed_at: alarm.noticed_at,
            escalated_at: alarm.escalated_at,
            same_at: due.same_at,
        };
        let Decision { tell, again_at } = decide(&known, &rule.grown(level), now);
        looked.notify_at = again_at;
        let Some(kind) = tell else {
            return (looked, None);
        };
        looked.noticed_at = Some(now);
        if kind == NoticeKind::Escalated {
            looked.escalated_at = Some(now);
        }
        let subject = Subject {
            code,
            level,
            station: alarm.station_id,
            escalated: looked.escalated_at.is_some(),
        };
        (looked, Some((kind, subject)))
    }
}

/// An operator's word on a kind of alarm counts, unless this one has grown graver than its kind.
fn level_of(alarm: &AlarmRow, code: AlarmCode, decided: Level) -> Level {
    let stored = Level::parse(&alarm.level).unwrap_or(decided);
    if stored > code.level() {
        stored
    } else {
        decided
    }
}

/// Whether a mute is about this alarm; what it leaves open narrows nothing.
fn covers(mute: &Mute, alarm: &AlarmRow) -> bool {
    mute.code.as_ref().is_none_or(|code| *code == alarm.code)
        && mute.alarm_id.is_none_or(|id| id == alarm.id)
        && mute
            .station_id
            .is_none_or(|station| alarm.station_id == Some(station))
        && mute
            .device_id
            .is_none_or(|device| alarm.device_id.is_some_and(|own| own.0 == device))
}
