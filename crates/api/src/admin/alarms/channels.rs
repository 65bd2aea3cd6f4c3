//! Channels that the staff is told by.

use crate::Api;
use crate::choice::one_of;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::system::SystemQuery;
use crate::view::{PageOut, PageQuery, seconds};
use app::ChannelDraft;
use axum::extract::State;
use domain::alarm::{AlarmCode, Audience, ChannelKind, Language, Promptness};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::notice_channels::Channel;
use utoipa::ToSchema;

/// A channel's row, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct ChannelId(i64);

impl Named for ChannelId {
    const NAME: &'static str = "channel";
}

/// Which level is told how.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelLevels {
    /// Critical alarms: `at_once`, `digest`, `never`.
    #[serde(rename = "C")]
    critical: String,
    /// Warnings.
    #[serde(rename = "W")]
    warning: String,
    /// Information.
    #[serde(rename = "I")]
    info: String,
}

/// A channel. Its address and its secret are never shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeChannelOut {
    /// Its row.
    channel_id: i64,
    /// Its name.
    #[schema(example = "运维群")]
    name: String,
    /// `webhook`, `mail`, `sms`, `dingtalk`, `wecom`, `feishu`.
    #[schema(example = "dingtalk")]
    kind: &'static str,
    /// Host of its address.
    #[schema(example = "oapi.dingtalk.com")]
    host: Option<String>,
    /// Whether it has a secret.
    has_secret: bool,
    /// Mail addresses, or telephones.
    recipients: Vec<String>,
    /// Which level is told how.
    levels: ChannelLevels,
    /// Only these causes; empty: all.
    codes: Vec<String>,
    /// Only at these stations; empty: everywhere.
    station_ids: Vec<i64>,
    /// 1 is told first, 2 of what nobody has taken.
    tier: i16,
    /// Only critical alarms are told from then, HH:MM in Shanghai …
    #[schema(example = "22:00")]
    quiet_from: Option<String>,
    /// … until then.
    #[schema(example = "07:00")]
    quiet_until: Option<String>,
    /// When the digest goes out, HH:MM in Shanghai.
    #[schema(example = "09:00")]
    digest_at: String,
    /// `zh`, `en`.
    language: String,
    /// Whether it is used.
    enabled: bool,
    /// When a message last arrived, Unix seconds.
    sent_at: Option<i64>,
    /// When one last did not, Unix seconds.
    failed_at: Option<i64>,
    /// Why not, while it fails.
    error: Option<String>,
    /// Messages in a row that did not arrive.
    failures: i32,
}

impl From<Channel> for NoticeChannelOut {
    fn from(row: Channel) -> Self {
        let said = |level: &str| {
            let how = row.levels.get(level).and_then(Value::as_str);
            how.unwrap_or("never").to_owned()
        };
        let set = |name: &str| row.settings.get(name).and_then(Value::as_str);
        let texts = |list: Option<&Value>| {
            let list = list.and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|one| Some(one.as_str()?.to_owned()))
                .collect::<Vec<_>>()
        };
        let stations = row.station_ids.as_array().into_iter().flatten();
        Self {
            channel_id: row.id,
            kind: row.kind.as_str(),
            host: set("url").and_then(host),
            has_secret: set("secret").is_some(),
            recipients: texts(row.settings.get("recipients")),
            levels: ChannelLevels {
                critical: said("C"),
                warning: said("W"),
                info: said("I"),
            },
            codes: texts(Some(&row.codes)),
            station_ids: stations.filter_map(Value::as_i64).collect(),
            tier: row.tier,
            quiet_from: row.quiet_from.map(clock),
            quiet_until: row.quiet_until.map(clock),
            digest_at: clock(row.digest_at),
            name: row.name,
            language: row.language,
            enabled: row.enabled,
            sent_at: seconds(row.sent_at),
            failed_at: seconds(row.failed_at),
            error: row.error,
            failures: row.failures,
        }
    }
}

fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some(authority.rsplit('@').next()?.to_owned())
}

fn clock(minute: i16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn minute(field: &str, text: &str) -> Result<u16, Failure> {
    let parsed = text.split_once(':').and_then(|(hour, minute)| {
        let two = |part: &str| {
            (part.len() == 2)
                .then(|| part.parse::<u16>().ok())
                .flatten()
        };
        let (hour, minute) = (two(hour)?, two(minute)?);
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    });
    parsed.ok_or_else(|| Failure::invalid(field, "must be a time of day, HH:MM"))
}

/// A channel as it is written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "运维群", "kind": "dingtalk",
    "url": "https://oapi.dingtalk.com/robot/send?access_token=abc", "secret": "SECabc",
    "levels": {"C": "at_once", "W": "at_once", "I": "digest"}
}))]
pub(crate) struct NoticeChannelBody {
    /// Its name, 1 to 60 characters.
    name: String,
    /// `webhook`, `mail`, `sms`, `dingtalk`, `wecom`, `feishu`.
    kind: String,
    /// Robots and webhooks: the address. Absent in a change: the one that is there stays.
    url: Option<String>,
    /// What is signed with. Absent in a change: the one that is there stays; empty: none.
    secret: Option<String>,
    /// Mail: addresses. Short messages: telephones. DingTalk and WeCom: telephones of those who are
    /// called by name.
    #[serde(default)]
    recipients: Vec<String>,
    /// Which level is told how; absent: critical and warnings at once, information in the digest.
    levels: Option<ChannelLevels>,
    /// Only these causes; empty: all.
    #[serde(default)]
    codes: Vec<String>,
    /// Only at these stations; empty: everywhere.
    #[serde(default)]
    station_ids: Vec<i64>,
    /// 1 (when absent) is told first, 2 of what nobody has taken.
    tier: Option<i16>,
    /// Only critical alarms are told from then, HH:MM in Shanghai …
    quiet_from: Option<String>,
    /// … until then.
    quiet_until: Option<String>,
    /// When the digest goes out, HH:MM in Shanghai; 09:00 when absent.
    digest_at: Option<String>,
    /// `zh` (when absent), `en`.
    language: Option<String>,
    /// Whether it is used; it is when absent.
    enabled: Option<bool>,
}

impl NoticeChannelBody {
    fn read(self) -> Result<ChannelDraft, Failure> {
        let needed = |field: &str| Failure::invalid(field, "is required");
        let promptness = |field: &str, said: &str| {
            one_of(field, Some(said), Promptness::ALL, Promptness::as_str)?
                .ok_or_else(|| needed(field))
        };
        let kind = one_of(
            "kind",
            Some(&self.kind),
            ChannelKind::ALL,
            ChannelKind::as_str,
        )?;
        let levels = self.levels.unwrap_or_else(|| ChannelLevels {
            critical: Promptness::AtOnce.as_str().to_owned(),
            warning: Promptness::AtOnce.as_str().to_owned(),
            info: Promptness::Digest.as_str().to_owned(),
        });
        let all = [Language::Chinese, Language::English];
        let language = one_of("language", self.language.as_deref(), &all, Language::as_str)?;
        let codes = self.codes.iter().enumerate().map(|(place, code)| {
            AlarmCode::parse(code)
                .ok_or_else(|| Failure::invalid(&format!("codes[{place}]"), "is not known"))
        });
        let quiet = match (&self.quiet_from, &self.quiet_until) {
            (None, None) => None,
            (Some(from), Some(until)) => {
                Some((minute("quiet_from", from)?, minute("quiet_until", until)?))
            }
            (Some(_), None) => return Err(needed("quiet_until")),
            (None, Some(_)) => return Err(needed("quiet_from")),
        };
        let digest_at = self.digest_at.as_deref().unwrap_or("09:00");
        Ok(ChannelDraft {
            kind: kind.ok_or_else(|| needed("kind"))?,
            audience: Audience {
                critical: promptness("levels.C", &levels.critical)?,
                warning: promptness("levels.W", &levels.warning)?,
                info: promptness("levels.I", &levels.info)?,
                codes: codes.collect::<Result<_, _>>()?,
                stations: self.station_ids,
                tier: self.tier.unwrap_or(1),
                quiet,
                digest_at: minute("digest_at", digest_at)?,
            },
            name: self.name,
            url: self.url,
            secret: self.secret,
            recipients: self.recipients,
            language: language.unwrap_or(Language::Chinese),
            enabled: self.enabled.unwrap_or(true),
        })
    }
}

/// Lists channels that the staff is told by.
#[utoipa::path(
    get,
    path = "/api/v1/admin/notice-channels",
    tag = "administration",
    operation_id = "list_notice_channels",
    extensions(("x-access" = json!("device.alarm.view"))),
    params(SystemQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<NoticeChannelOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<SystemQuery>,
) -> Answer<PageOut<NoticeChannelOut>> {
    let page = api.app().list_channels(query.page_request()?).await?;
    Ok(ok(PageOut::of(page, NoticeChannelOut::from)))
}

/// Adds a channel.
#[utoipa::path(
    post,
    path = "/api/v1/admin/notice-channels",
    tag = "administration",
    operation_id = "create_notice_channel",
    extensions(("x-access" = json!("device.alarm.edit_rule")), ("x-audit" = json!("own"))),
    request_body = NoticeChannelBody,
    responses((status = 200, description = "The channel", body = Envelope<NoticeChannelOut>))
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<NoticeChannelBody>,
) -> Answer<NoticeChannelOut> {
    let draft = body.read()?;
    let app = api.app().clone();
    let channel = run_to_end(async move { app.add_channel(&actor, &draft).await }).await?;
    Ok(ok(channel.into()))
}

/// Shows a channel.
#[utoipa::path(
    get,
    path = "/api/v1/admin/notice-channels/{channel_id}",
    tag = "administration",
    operation_id = "show_notice_channel",
    extensions(("x-access" = json!("device.alarm.view"))),
    params(("channel_id" = i64, Path, description = "The channel", example = 1)),
    responses(
        (status = 200, description = "The channel", body = Envelope<NoticeChannelOut>),
        (status = 404, description = "No such channel", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(ChannelId(id)): At<ChannelId>,
) -> Answer<NoticeChannelOut> {
    Ok(ok(api.app().channel(id).await?.into()))
}

/// Replaces a channel; address and secret stay where they are not given.
#[utoipa::path(
    put,
    path = "/api/v1/admin/notice-channels/{channel_id}",
    tag = "administration",
    operation_id = "change_notice_channel",
    extensions(("x-access" = json!("device.alarm.edit_rule")), ("x-audit" = json!("own"))),
    params(("channel_id" = i64, Path, description = "The channel", example = 1)),
    request_body = NoticeChannelBody,
    responses(
        (status = 200, description = "The channel", body = Envelope<NoticeChannelOut>),
        (status = 404, description = "No such channel", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ChannelId(id)): At<ChannelId>,
    Payload(body): Payload<NoticeChannelBody>,
) -> Answer<NoticeChannelOut> {
    let draft = body.read()?;
    let app = api.app().clone();
    let channel = run_to_end(async move { app.change_channel(&actor, id, &draft).await }).await?;
    Ok(ok(channel.into()))
}

/// Takes a channel away; what it had still to tell is given up.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/notice-channels/{channel_id}",
    tag = "administration",
    operation_id = "remove_notice_channel",
    extensions(("x-access" = json!("device.alarm.edit_rule")), ("x-audit" = json!("own"))),
    params(("channel_id" = i64, Path, description = "The channel", example = 1)),
    responses(
        (status = 200, description = "What it was", body = Envelope<NoticeChannelOut>),
        (status = 404, description = "No such channel", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ChannelId(id)): At<ChannelId>,
) -> Answer<NoticeChannelOut> {
    let app = api.app().clone();
    let channel = run_to_end(async move { app.remove_channel(&actor, id).await }).await?;
    Ok(ok(channel.into()))
}

/// What became of a test.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChannelTestOut {
    /// Whether the receiver took it.
    sent: bool,
    /// What it said otherwise.
    error: Option<String>,
}

/// Sends a message that says that it is a test.
#[utoipa::path(
    post,
    path = "/api/v1/admin/notice-channels/{channel_id}/test",
    tag = "administration",
    operation_id = "test_notice_channel",
    extensions(("x-access" = json!("device.alarm.edit_rule")), ("x-audit" = json!("own"))),
    params(("channel_id" = i64, Path, description = "The channel", example = 1)),
    responses(
        (status = 200, description = "What became of it", body = Envelope<ChannelTestOut>),
        (status = 404, description = "No such channel", body = Refusal),
    )
)]
pub(crate) async fn test(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ChannelId(id)): At<ChannelId>,
) -> Answer<ChannelTestOut> {
    let app = api.app().clone();
    let outcome = run_to_end(async move { app.test_channel(&actor, id).await }).await?;
    let error = outcome.err().map(|fault| fault.to_string());
    Ok(ok(ChannelTestOut {
        sent: error.is_none(),
        error,
    }))
}
