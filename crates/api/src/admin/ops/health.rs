//! Whether the program is well, in words.

use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Failure;
use crate::view::{html, seconds};
use app::{Health, health_page};
use axum::extract::State;
use axum::response::{Redirect, Response};
use domain::health::{Condition, Words};
use serde::Serialize;
use utoipa::ToSchema;

/// The same in both languages.
#[derive(Serialize, ToSchema)]
pub(crate) struct WordsOut {
    /// Chinese.
    #[schema(example = "等待推送 12 条，死信 0 条")]
    zh: String,
    /// English.
    #[schema(example = "12 webhooks wait, 0 were given up")]
    en: String,
}

impl From<Words> for WordsOut {
    fn from(words: Words) -> Self {
        Self {
            zh: words.zh,
            en: words.en,
        }
    }
}

/// How one part of the program is.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConditionOut {
    /// Which part: `database`, `connections`, `webhooks`, `books`, `backups`, `notices`,
    /// `notices/…`, `task/…`, `alarm/…`.
    #[schema(example = "webhooks")]
    what: String,
    /// `ok`, `info`, `warning`, `critical`.
    #[schema(example = "warning")]
    level: &'static str,
    /// Since when it is not as it should be, Unix seconds; null where it is, or where nobody knows.
    #[schema(example = 1_729_407_600)]
    since: Option<i64>,
    /// What there is to say.
    words: WordsOut,
}

impl From<Condition> for ConditionOut {
    fn from(condition: Condition) -> Self {
        Self {
            what: condition.what,
            level: condition.level.as_str(),
            since: seconds(condition.since),
            words: condition.words.into(),
        }
    }
}

/// How the program is.
#[derive(Serialize, ToSchema)]
pub(crate) struct HealthReportOut {
    /// As the worst of its parts: `ok`, `info`, `warning`, `critical`.
    #[schema(example = "warning")]
    level: &'static str,
    /// When it was looked at, Unix seconds.
    #[schema(example = 1_729_407_600)]
    at: i64,
    /// When the program was started, Unix seconds.
    #[schema(example = 1_729_400_400)]
    started_at: i64,
    /// Version of the program.
    version: &'static str,
    /// Every part, the worst first, then what has been so for longest.
    conditions: Vec<ConditionOut>,
}

impl From<Health> for HealthReportOut {
    fn from(health: Health) -> Self {
        Self {
            level: health.level.as_str(),
            at: health.at.unix_seconds(),
            started_at: health.started_at.unix_seconds(),
            version: env!("CARGO_PKG_VERSION"),
            conditions: health.conditions.into_iter().map(Into::into).collect(),
        }
    }
}

/// Says in words what is wrong with the program, and since when.
///
/// Answers also while the database is away, to an admin key; a session is then not known.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/health",
    tag = "administration",
    operation_id = "health_report",
    extensions(("x-access" = json!("ops.health.view"))),
    responses((status = 200, description = "How the program is",
        body = Envelope<HealthReportOut>))
)]
pub(crate) async fn report(State(api): State<Api>) -> Answer<HealthReportOut> {
    let listening = api.readiness().get();
    Ok(ok(api.app().health(listening).await.into()))
}

/// Says the same as one page for people, Chinese with a switch to English. `/status` leads here.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/health.html",
    tag = "administration",
    operation_id = "health_page",
    extensions(("x-access" = json!("ops.health.view"))),
    responses((status = 200, description = "The page", body = String,
        content_type = "text/html"))
)]
pub(crate) async fn page(State(api): State<Api>) -> Result<Response, Failure> {
    let listening = api.readiness().get();
    let health = api.app().health(listening).await;
    Ok(html(health_page(&health)))
}

/// Leads people who type addresses to the page.
pub(crate) async fn short_way() -> Redirect {
    Redirect::temporary("/api/v1/admin/ops/health.html")
}
