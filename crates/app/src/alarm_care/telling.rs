//! Telling people: what is due of a channel goes out in one message.

use super::channels::{Recipients, recipients_of};
use crate::{App, AppError};
use channels::chat::{Post, PostFault, text_bytes_max};
use channels::mail::{Mail, MailFault};
use channels::sms::Sms;
use domain::alarm::{AlarmCode, ChannelKind, Language, Level, Told, headline, level_name, lines};
use kernel::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::alarm_notices::{self, Waiting};
use store::alarms::{self, NewAlarm};
use store::notice_channels::{self, Channel};
use tokio::time::timeout;
use tracing::{info, warn};

/// Notices that one message may hold.
const NOTICES_MAX: u16 = 500;
/// Lines of a message that people read.
const LINES_MAX: usize = 20;
/// Lines of a letter.
const LETTER_LINES_MAX: usize = 500;
/// A message that is not out after so long has failed.
const SEND_MAX: Duration = Duration::from_secs(15);
/// First pause after a failure; doubled up to [`PAUSE_MAX`].
const PAUSE_FIRST: Duration = Duration::from_secs(10);
/// Longest pause after a failure.
const PAUSE_MAX: Duration = Duration::from_mins(10);
/// What could not be told for so long is not told any more.
const STALE: Duration = Duration::from_hours(24);
/// Failures in a row after which people are told by other channels.
const FAILURES_TOLD: i32 = 3;
/// What alarms about a channel are about.
const CHANNEL: &str = "channel";

/// Pause between two messages of a channel, so that a burst fills few messages: robots take
/// twenty a minute, people fewer short messages than that.
const fn pause_between(kind: ChannelKind) -> Duration {
    match kind {
        ChannelKind::Webhook => Duration::ZERO,
        ChannelKind::DingTalk | ChannelKind::WeCom | ChannelKind::Feishu => Duration::from_secs(3),
        ChannelKind::Mail => Duration::from_secs(10),
        ChannelKind::Sms => Duration::from_mins(1),
    }
}

impl App {
    /// Starts a message for every channel that has something to tell and nothing under way.
    ///
    /// # Errors
    /// When the database is away; the notices wait.
    pub async fn tell_channels(self: &Arc<Self>) -> Result<(), AppError> {
        let now = self.now();
        let mut view = self.db.view().await?;
        let channels = notice_channels::enabled(view.conn()).await?;
        drop(view);
        for channel in channels {
            let rests = channel.wait_until.is_some_and(|until| until > now);
            if rests || !self.telling.insert(channel.id) {
                continue;
            }
            let app = self.clone();
            self.chores.spawn(async move {
                let id = channel.id;
                if let Err(error) = app.tell(&channel).await {
                    warn!(channel = id, %error, "a channel's notices wait");
                }
                app.telling.remove(&id);
            });
        }
        Ok(())
    }

    /// Messages that are on their way.
    pub fn messages_under_way(&self) -> usize {
        self.telling.len()
    }

    /// Sends what is due of a channel, and writes down what became of it.
    async fn tell(&self, channel: &Channel) -> Result<(), AppError> {
        let now = self.now();
        let mut view = self.db.view().await?;
        let waiting = alarm_notices::waiting(view.conn(), channel.id, now, NOTICES_MAX).await?;
        drop(view);
        if waiting.is_empty() {
            return Ok(());
        }
        let told: Vec<Told> = waiting.iter().filter_map(told_of).collect();
        let data: Vec<Value> = waiting.iter().map(data_of).collect();
        let outcome = self.send(channel, &told, data).await;
        let ids: Vec<i64> = waiting.iter().map(|one| one.id).collect();
        self.note_telling(channel, &waiting, &ids, outcome).await
    }

    async fn note_telling(
        &self,
        channel: &Channel,
        waiting: &[Waiting],
        ids: &[i64],
        outcome: Result<(), PostFault>,
    ) -> Result<(), AppError> {
        let now = self.now();
        let kind = channel.kind.as_str();
        let object = channel.id.to_string();
        let mut tx = self.db.begin().await?;
        match outcome {
            Ok(()) => {
                let rest = now + pause_between(channel.kind);
                alarm_notices::sent(tx.conn(), ids, now).await?;
                notice_channels::succeeded(tx.conn(), channel.id, now, rest).await?;
                let code = AlarmCode::NoticeFailing.as_str();
                alarms::recover(tx.conn(), code, CHANNEL, &object, now).await?;
                metrics::counter!("openpile_notices_total", "kind" => kind, "result" => "sent")
                    .increment(ids.len() as u64);
                info!(channel = channel.id, notices = ids.len(), "staff told");
            }
            Err(fault) => {
                let error = fault.to_string();
                let (old, young): (Vec<&Waiting>, Vec<&Waiting>) = waiting
                    .iter()
                    .partition(|one| one.alarm.last_at + STALE < now);
                let rows = |some: &[&Waiting]| some.iter().map(|one| one.id).collect::<Vec<_>>();
                alarm_notices::dead(tx.conn(), &rows(&old), &error, now).await?;
                alarm_notices::delayed(tx.conn(), &rows(&young), &error).await?;
                let pause = match fault {
                    PostFault::Busy { after, .. } => after,
                    PostFault::Refused(_) | PostFault::NotSent(_) => pause_after(channel.failures),
                };
                let failures =
                    notice_channels::failed(tx.conn(), channel.id, &error, now, now + pause)
                        .await?;
                if failures == FAILURES_TOLD {
                    alarms::raise(tx.conn(), &failing(channel, &error, now)).await?;
                }
                metrics::counter!("openpile_notices_total", "kind" => kind, "result" => "failed")
                    .increment(1);
                warn!(channel = channel.id, %error, "staff not told, trying again");
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Sends one message about alarms.
    pub(super) async fn send(
        &self,
        channel: &Channel,
        told: &[Told],
        data: Vec<Value>,
    ) -> Result<(), PostFault> {
        let work = Box::pin(self.send_unbounded(channel, told, data));
        timeout(SEND_MAX, work)
            .await
            .unwrap_or_else(|_| Err(PostFault::NotSent("no answer in time".to_owned())))
    }

    async fn send_unbounded(
        &self,
        channel: &Channel,
        told: &[Told],
        data: Vec<Value>,
    ) -> Result<(), PostFault> {
        let language = Language::parse(&channel.language).unwrap_or(Language::Chinese);
        let title = headline(told, language);
        let recipients = recipients_of(channel);
        match recipients {
            Recipients::Mail { to } => {
                let text = lines(
                    told,
                    language,
                    LETTER_LINES_MAX,
                    text_bytes_max(channel.kind),
                );
                for address in to {
                    let mail = Mail {
                        to: address,
                        subject: title.clone(),
                        text: text.clone(),
                        attachments: Vec::new(),
                    };
                    self.outside
                        .mail
                        .send(&mail)
                        .await
                        .map_err(|fault| match fault {
                            MailFault::Refused(why) => PostFault::Refused(why),
                            MailFault::NotSent(why) => PostFault::NotSent(why),
                        })?;
                }
                Ok(())
            }
            Recipients::Sms { phones } => {
                for phone in phones {
                    let sms = Sms::new(phone, "OPS_ALARM", short(told, language));
                    let sent = self.text(sms, None).await;
                    sent.map_err(|fault| PostFault::NotSent(fault.0))?;
                }
                Ok(())
            }
            Recipients::Post {
                url,
                secret,
                mentions,
            } => {
                let at = self.now().unix_seconds();
                let post = Post {
                    kind: channel.kind,
                    url,
                    secret,
                    text: lines(told, language, LINES_MAX, text_bytes_max(channel.kind)),
                    data: json!({"type": "alarms", "title": title, "at": at, "alarms": data}),
                    title,
                    mentions,
                };
                self.outside.chat.post(&post).await
            }
        }
    }
}

/// The gravest of them, for a short message.
fn short(told: &[Told], language: Language) -> Vec<(&'static str, String)> {
    let Some(first) = told.iter().max_by_key(|one| one.level) else {
        return Vec::new();
    };
    let [_, month, day, hour, minute, _] = first.first_at.shanghai();
    let title = first.code.title_in(language);
    let alarm = match (told.len(), language) {
        (1, _) => title,
        (count, Language::Chinese) => format!("{title}等{count}条"),
        (count, Language::English) => format!("{title} and {} more", count - 1),
    };
    vec![
        ("level", level_name(first.level, language).to_owned()),
        ("station", first.station.clone().unwrap_or_default()),
        ("device", first.object.clone()),
        ("alarm", alarm),
        ("time", format!("{month:02}-{day:02} {hour:02}:{minute:02}")),
    ]
}

fn told_of(waiting: &Waiting) -> Option<Told> {
    let alarm = &waiting.alarm;
    let code = AlarmCode::parse(&alarm.code)?;
    let object = match (&alarm.order_no, &waiting.phy_id, alarm.port_no) {
        (_, Some(device), Some(port)) => format!("{device}/{port}"),
        (_, Some(device), None) => device.clone(),
        (Some(order_no), None, _) => order_no.to_string(),
        (None, None, _) => alarm.object_id.clone(),
    };
    Some(Told {
        kind: waiting.kind,
        level: Level::parse(&alarm.level).unwrap_or_else(|| code.level()),
        code,
        station: waiting.station.clone(),
        object,
        first_at: alarm.first_at,
        count: alarm.count,
        message: alarm.message.clone(),
    })
}

fn data_of(waiting: &Waiting) -> Value {
    let alarm = &waiting.alarm;
    json!({
        "alarm_id": alarm.id,
        "notice": waiting.kind,
        "code": alarm.code,
        "level": alarm.level,
        "state": alarm.state,
        "object_type": alarm.object_type,
        "object_id": alarm.object_id,
        "station_id": alarm.station_id,
        "station": waiting.station,
        "phy_id": waiting.phy_id,
        "port_no": alarm.port_no.map(|port| port.0),
        "order_no": alarm.order_no.map(|order_no| order_no.to_string()),
        "message": alarm.message,
        "count": alarm.count,
        "first_at": alarm.first_at.unix_seconds(),
        "last_at": alarm.last_at.unix_seconds(),
        "recovered_at": alarm.recovered_at.map(Timestamp::unix_seconds),
    })
}

fn failing(channel: &Channel, error: &str, now: Timestamp) -> NewAlarm {
    let code = AlarmCode::NoticeFailing;
    NewAlarm {
        code: code.as_str().to_owned(),
        level: code.level().letter().to_owned(),
        object_type: CHANNEL.to_owned(),
        object_id: channel.id.to_string(),
        device_id: None,
        port_no: None,
        order_no: None,
        message: format!("{}: {error}", channel.name),
        details: json!({"channel": channel.name, "kind": channel.kind}),
        at: now,
    }
}

fn pause_after(failures: i32) -> Duration {
    let doublings = u32::try_from(failures).unwrap_or(0).min(10);
    (PAUSE_FIRST * 2_u32.pow(doublings)).min(PAUSE_MAX)
}
