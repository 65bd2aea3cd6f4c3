//! How each kind of alarm is handled.

use crate::Api;
use crate::choice::one_of;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::seconds;
use app::{RuleChange, RuleInForce};
use axum::extract::State;
use domain::alarm::{Language, Level};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A cause, in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct AlarmCodeIn(String);

impl Named for AlarmCodeIn {
    const NAME: &'static str = "alarm code";
}

/// How a kind of alarm is handled.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlarmRuleOut {
    /// The cause.
    #[schema(example = "device_offline")]
    code: &'static str,
    /// What people call it.
    #[schema(example = "设备离线")]
    title: &'static str,
    /// The same in English.
    #[schema(example = "device offline")]
    title_en: String,
    /// Whether it ends by itself when its cause is gone.
    recovers: bool,
    /// Whether people are told of it.
    enabled: bool,
    /// `C`, `W`, `I`.
    #[schema(example = "W")]
    level: &'static str,
    /// Its cause must be gone for so long before it is over, seconds.
    recover_s: u64,
    /// It is told again after so long while nobody has taken it, seconds; none: once.
    repeat_s: Option<u64>,
    /// It goes to the second tier after so long while nobody has taken it, seconds; none: never.
    escalate_s: Option<u64>,
    /// Who changed it; none: it is as the program has it.
    changed_by: Option<String>,
    /// When, Unix seconds.
    changed_at: Option<i64>,
}

impl From<RuleInForce> for AlarmRuleOut {
    fn from(rule: RuleInForce) -> Self {
        let (by, at) = rule.changed.unzip();
        Self {
            code: rule.code.as_str(),
            title: rule.code.title(),
            title_en: rule.code.title_in(Language::English),
            recovers: rule.code.recovers(),
            enabled: rule.rule.enabled,
            level: rule.rule.level.letter(),
            recover_s: rule.rule.recover.as_secs(),
            repeat_s: rule.rule.repeat.map(|time| time.as_secs()),
            escalate_s: rule.rule.escalate.map(|time| time.as_secs()),
            changed_by: by,
            changed_at: seconds(at),
        }
    }
}

/// How a kind of alarm is to be handled, in full.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "enabled": true, "level": "W", "recover_s": 0, "repeat_s": 900, "escalate_s": 1800
}))]
pub(crate) struct AlarmRuleBody {
    /// Whether people are told of it; always for a critical one.
    enabled: bool,
    /// `C`, `W`, `I`.
    level: String,
    /// Its cause must be gone for so long before it is over, seconds.
    recover_s: u32,
    /// It is told again after so long while nobody has taken it, 60 seconds to 7 days; absent: once.
    repeat_s: Option<u32>,
    /// It goes to the second tier after so long while nobody has taken it, 60 seconds to 7 days;
    /// absent: never.
    escalate_s: Option<u32>,
}

/// Lists all kinds of alarms and how each is handled.
#[utoipa::path(
    get,
    path = "/api/v1/admin/alarm-rules",
    tag = "administration",
    operation_id = "list_alarm_rules",
    extensions(("x-access" = json!("device.alarm.view"))),
    responses((status = 200, description = "All of them", body = Envelope<Vec<AlarmRuleOut>>))
)]
pub(crate) async fn list(State(api): State<Api>) -> Answer<Vec<AlarmRuleOut>> {
    let rules = api.app().list_alarm_rules().await?;
    Ok(ok(rules.into_iter().map(AlarmRuleOut::from).collect()))
}

/// Changes how a kind of alarm is handled, also those that are open.
#[utoipa::path(
    put,
    path = "/api/v1/admin/alarm-rules/{code}",
    tag = "administration",
    operation_id = "change_alarm_rule",
    extensions(("x-access" = json!("device.alarm.edit_rule")), ("x-audit" = json!("own"))),
    params(("code" = String, Path, description = "The cause", example = "device_offline")),
    request_body = AlarmRuleBody,
    responses(
        (status = 200, description = "How it is handled", body = Envelope<AlarmRuleOut>),
        (status = 404, description = "No such kind", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(AlarmCodeIn(code)): At<AlarmCodeIn>,
    Payload(body): Payload<AlarmRuleBody>,
) -> Answer<AlarmRuleOut> {
    let all = [Level::Critical, Level::Warning, Level::Info];
    let level = one_of("level", Some(&body.level), &all, Level::letter)?;
    let change = RuleChange {
        enabled: body.enabled,
        level: level.ok_or_else(|| Failure::invalid("level", "is required"))?,
        recover_s: body.recover_s,
        repeat_s: body.repeat_s,
        escalate_s: body.escalate_s,
    };
    let app = api.app().clone();
    let rule =
        run_to_end(async move { app.change_alarm_rule(&actor, &code, Some(change)).await }).await?;
    Ok(ok(rule.into()))
}

/// Takes a kind of alarm back to how the program handles it.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/alarm-rules/{code}",
    tag = "administration",
    operation_id = "reset_alarm_rule",
    extensions(("x-access" = json!("device.alarm.edit_rule")), ("x-audit" = json!("own"))),
    params(("code" = String, Path, description = "The cause", example = "device_offline")),
    responses(
        (status = 200, description = "How it is handled", body = Envelope<AlarmRuleOut>),
        (status = 404, description = "No such kind", body = Refusal),
    )
)]
pub(crate) async fn reset(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(AlarmCodeIn(code)): At<AlarmCodeIn>,
) -> Answer<AlarmRuleOut> {
    let app = api.app().clone();
    let rule = run_to_end(async move { app.change_alarm_rule(&actor, &code, None).await }).await?;
    Ok(ok(rule.into()))
}
