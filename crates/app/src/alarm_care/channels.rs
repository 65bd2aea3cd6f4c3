//! Channels that people are told by, as the staff keeps them.

use crate::staff::Actor;
use crate::{App, AppError};
use channels::chat::PostFault;
use domain::alarm::{
    AlarmCode, Audience, ChannelKind, DAY_MINUTES, Language, Level, NoticeKind, Promptness, Told,
};
use domain::fault::FieldFault;
use serde_json::{Value, json};
use store::notice_channels::{self, Channel, NewChannel};
use store::{Page, PageRequest, alarm_notices};

const NO_CHANNEL: AppError = AppError::NotFound("channel");
/// Most addresses, telephones, stations of one channel.
const ENTRIES_MAX: usize = 50;
/// Longest address.
const ADDRESS_MAX: usize = 500;
/// Longest name.
const NAME_MAX: usize = 60;

/// A channel as somebody of the staff writes it.
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelDraft {
    /// Its name.
    pub name: String,
    /// What carries the notices.
    pub kind: ChannelKind,
    /// Robots and calls: the address. None keeps the one that is stored.
    pub url: Option<String>,
    /// Robots and calls: what is signed with. None keeps the one that is stored, an empty one
    /// takes it away.
    pub secret: Option<String>,
    /// Letters: addresses. Short messages and robots: telephones.
    pub recipients: Vec<String>,
    /// Whom it tells, and when.
    pub audience: Audience,
    /// In which language.
    pub language: Language,
    /// Whether it is used.
    pub enabled: bool,
}

/// Who gets the messages of a channel.
pub(super) enum Recipients {
    /// Letters.
    Mail {
        /// To these.
        to: Vec<String>,
    },
    /// Short messages.
    Sms {
        /// To these.
        phones: Vec<String>,
    },
    /// A post.
    Post {
        /// There.
        url: String,
        /// Signed with this.
        secret: Option<String>,
        /// Calling these.
        mentions: Vec<String>,
    },
}

impl ChannelDraft {
    const fn posts(&self) -> bool {
        !matches!(self.kind, ChannelKind::Mail | ChannelKind::Sms)
    }

    fn check(&self, app: &App, stored: Option<&Channel>) -> Result<(), FieldFault> {
        let name = self.name.trim().chars().count();
        let fits = (1..=NAME_MAX).contains(&name);
        FieldFault::unless(
            fits,
            "name",
            format!("must have 1 to {NAME_MAX} characters"),
        )?;
        let many = format!("must be at most {ENTRIES_MAX}");
        let few = self.recipients.len() <= ENTRIES_MAX;
        FieldFault::unless(few, "recipients", many.clone())?;
        FieldFault::unless(
            self.audience.stations.len() <= ENTRIES_MAX,
            "station_ids",
            many,
        )?;
        for (place, entry) in self.recipients.iter().enumerate() {
            let field = format!("recipients[{place}]");
            if self.kind == ChannelKind::Mail {
                let parts = entry.split_once('@');
                let fits = parts.is_some_and(|(name, host)| {
                    !name.is_empty() && host.contains('.') && entry.len() <= ADDRESS_MAX
                });
                FieldFault::unless(fits, &field, "must be a mail address")?;
            } else {
                let fits = entry.len() == 11
                    && entry.starts_with('1')
                    && entry.bytes().all(|byte| byte.is_ascii_digit());
                FieldFault::unless(fits, &field, "must be a telephone of eleven digits")?;
            }
        }
        if self.posts() {
            let kept = stored.filter(|stored| stored.kind == self.kind);
            let url = self.url.clone().or_else(|| text(kept?, "url"));
            let url = url.ok_or_else(|| FieldFault::at("url", "is required"))?;
            FieldFault::unless(url.len() <= ADDRESS_MAX, "url", "is too long")?;
            let checked = app.outside.chat.check(&url);
            checked.map_err(|problem| FieldFault::at("url", problem))?;
        } else {
            let named = !self.recipients.is_empty();
            FieldFault::unless(named, "recipients", "must name somebody")?;
        }
        let audience = &self.audience;
        FieldFault::unless([1, 2].contains(&audience.tier), "tier", "must be 1 or 2")?;
        let minute = |field: &str, minute: u16| {
            FieldFault::unless(minute < DAY_MINUTES, field, "must be a time of day, HH:MM")
        };
        minute("digest_at", audience.digest_at)?;
        if let Some((from, until)) = audience.quiet {
            minute("quiet_from", from)?;
            minute("quiet_until", until)?;
            FieldFault::unless(from != until, "quiet_until", "must differ from quiet_from")?;
        }
        Ok(())
    }

    fn row(&self, stored: Option<&Channel>) -> NewChannel {
        let kept = stored.filter(|stored| stored.kind == self.kind);
        let secret = match &self.secret {
            Some(secret) if secret.is_empty() => None,
            Some(secret) => Some(secret.clone()),
            None => kept.and_then(|kept| text(kept, "secret")),
        };
        let url = self
            .url
            .clone()
            .or_else(|| kept.and_then(|kept| text(kept, "url")));
        let settings = if self.posts() {
            json!({"url": url, "secret": secret, "recipients": self.recipients})
        } else {
            json!({"recipients": self.recipients})
        };
        let audience = &self.audience;
        let minute = |minute: u16| i16::try_from(minute).unwrap_or(0);
        NewChannel {
            name: self.name.trim().to_owned(),
            kind: self.kind,
            settings,
            levels: json!({
                "C": audience.critical,
                "W": audience.warning,
                "I": audience.info,
            }),
            codes: json!(audience.codes),
            station_ids: json!(audience.stations),
            tier: audience.tier,
            quiet_from: audience.quiet.map(|(from, _)| minute(from)),
            quiet_until: audience.quiet.map(|(_, until)| minute(until)),
            digest_at: minute(audience.digest_at),
            language: self.language.as_str().to_owned(),
            enabled: self.enabled,
        }
    }
}

/// Whom a stored channel tells, and when.
pub(crate) fn audience_of(channel: &Channel) -> Audience {
    let promptness = |level: Level| {
        let said = channel.levels.get(level.letter()).and_then(Value::as_str);
        said.and_then(Promptness::parse)
            .unwrap_or(Promptness::Never)
    };
    let minute = |minute: i16| u16::try_from(minute).unwrap_or(0);
    let texts = channel.codes.as_array().into_iter().flatten();
    let numbers = channel.station_ids.as_array().into_iter().flatten();
    Audience {
        critical: promptness(Level::Critical),
        warning: promptness(Level::Warning),
        info: promptness(Level::Info),
        codes: texts
            .filter_map(|code| AlarmCode::parse(code.as_str()?))
            .collect(),
        stations: numbers.filter_map(Value::as_i64).collect(),
        tier: channel.tier,
        quiet: channel
            .quiet_from
            .zip(channel.quiet_until)
            .map(|(from, until)| (minute(from), minute(until))),
        digest_at: minute(channel.digest_at),
    }
}

/// Who gets the messages of a stored channel.
pub(super) fn recipients_of(channel: &Channel) -> Recipients {
    let named = named(channel);
    match channel.kind {
        ChannelKind::Mail => Recipients::Mail { to: named },
        ChannelKind::Sms => Recipients::Sms { phones: named },
        _ => Recipients::Post {
            url: text(channel, "url").unwrap_or_default(),
            secret: text(channel, "secret"),
            mentions: named,
        },
    }
}

fn text(channel: &Channel, name: &str) -> Option<String> {
    Some(channel.settings.get(name)?.as_str()?.to_owned())
}

fn named(channel: &Channel) -> Vec<String> {
    let list = channel.settings.get("recipients").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|one| Some(one.as_str()?.to_owned()))
        .collect()
}

impl App {
    /// A page of channels.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_channels(&self, page: PageRequest) -> Result<Page<Channel>, AppError> {
        let mut view = self.db.view().await?;
        Ok(notice_channels::list(view.conn(), page).await?)
    }

    /// A channel.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a channel.
    pub async fn channel(&self, id: i64) -> Result<Channel, AppError> {
        let mut view = self.db.view().await?;
        notice_channels::find(view.conn(), id)
            .await?
            .ok_or(NO_CHANNEL)
    }

    /// Adds a channel.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for what cannot be.
    pub async fn add_channel(
        &self,
        actor: &Actor,
        draft: &ChannelDraft,
    ) -> Result<Channel, AppError> {
        draft.check(self, None)?;
        let mut tx = self.db.begin().await?;
        let (row, now) = (draft.row(None), self.now());
        let id = notice_channels::insert(tx.conn(), &row, &actor.name, now).await?;
        let made = notice_channels::find(tx.conn(), id)
            .await?
            .ok_or(NO_CHANNEL)?;
        let object = format!("channel:{id}");
        let after = Some(shown(&made));
        self.audit_in(
            &mut tx,
            actor,
            "device.alarm.edit_rule",
            &object,
            None,
            after,
        )
        .await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Replaces a channel. What waits is sent as the new one says.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a channel, [`AppError::Invalid`] for what cannot be.
    pub async fn change_channel(
        &self,
        actor: &Actor,
        id: i64,
        draft: &ChannelDraft,
    ) -> Result<Channel, AppError> {
        let mut tx = self.db.begin().await?;
        let before = notice_channels::find(tx.conn(), id)
            .await?
            .ok_or(NO_CHANNEL)?;
        draft.check(self, Some(&before))?;
        let (row, now) = (draft.row(Some(&before)), self.now());
        notice_channels::update(tx.conn(), id, &row, now).await?;
        if !draft.enabled {
            alarm_notices::give_up(tx.conn(), id, "the channel is off", now).await?;
        }
        let after = notice_channels::find(tx.conn(), id)
            .await?
            .ok_or(NO_CHANNEL)?;
        let object = format!("channel:{id}");
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        self.audit_in(&mut tx, actor, "device.alarm.edit_rule", &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Takes a channel away; what waits is not sent any more.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a channel.
    pub async fn remove_channel(&self, actor: &Actor, id: i64) -> Result<Channel, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = notice_channels::find(tx.conn(), id)
            .await?
            .ok_or(NO_CHANNEL)?;
        notice_channels::remove(tx.conn(), id, now).await?;
        alarm_notices::give_up(tx.conn(), id, "the channel is gone", now).await?;
        let object = format!("channel:{id}");
        let old = Some(shown(&before));
        self.audit_in(&mut tx, actor, "device.alarm.edit_rule", &object, old, None)
            .await?;
        tx.commit().await?;
        Ok(before)
    }

    /// Sends a message that says that it is a test; what the receiver said, when it did not take
    /// it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a channel.
    pub async fn test_channel(
        &self,
        actor: &Actor,
        id: i64,
    ) -> Result<Result<(), PostFault>, AppError> {
        let channel = self.channel(id).await?;
        let object = format!("channel:{id}");
        self.audit(
            actor,
            "device.alarm.edit_rule",
            &object,
            Some(json!({"test": true})),
        )
        .await?;
        let code = AlarmCode::DeviceOffline;
        let now = self.now();
        let told = Told {
            kind: NoticeKind::Raised,
            level: Level::Info,
            code,
            station: None,
            object: "TEST".to_owned(),
            first_at: now,
            count: 1,
            message: "测试通知，请忽略 / a test, please ignore".to_owned(),
        };
        let data = json!({"alarm_id": 0, "test": true, "code": code, "level": "I"});
        Ok(self.send(&channel, &[told], vec![data]).await)
    }
}

/// Without the address of a robot, which is its key, and without secrets.
fn shown(channel: &Channel) -> Value {
    json!({
        "name": channel.name,
        "kind": channel.kind,
        "recipients": named(channel),
        "levels": channel.levels,
        "codes": channel.codes,
        "station_ids": channel.station_ids,
        "tier": channel.tier,
        "quiet_from": channel.quiet_from,
        "quiet_until": channel.quiet_until,
        "digest_at": channel.digest_at,
        "enabled": channel.enabled,
    })
}
