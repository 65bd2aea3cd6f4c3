//! Texts of short messages (短信通知管理), and what became of each message.

use super::Code;
use crate::Api;
use crate::choice::among;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::optional;
use crate::view::{PageOut, PageQuery};
use app::system::TextView;
use axum::extract::State;
use domain::sms::{TEXTS, units};
use serde::{Deserialize, Serialize};
use store::texts::SmsLine;
use utoipa::{IntoParams, ToSchema};

/// A text of short messages.
#[derive(Serialize, ToSchema)]
pub(crate) struct TextOut {
    /// Its name.
    #[schema(example = "SMS_LOGIN")]
    code: &'static str,
    /// What people read, with its variables as `${name}`.
    text: String,
    /// Its variables.
    variables: Vec<&'static str>,
    /// How many messages it is billed as, its variables not filled.
    units: usize,
    /// The id under which the provider has it; null: as it is configured.
    provider_code: Option<String>,
    /// Whether it is sent.
    enabled: bool,
    /// Who carries messages: `aliyun`, `tencent`, `none`.
    #[schema(example = "aliyun")]
    provider: &'static str,
    /// Who changed it last.
    updated_by: Option<String>,
    /// When, Unix seconds.
    updated_at: Option<i64>,
}

impl TextOut {
    fn of(view: TextView, provider: &'static str) -> Self {
        let (text, enabled) = (view.wording().to_owned(), view.enabled());
        Self {
            code: view.text.code,
            units: units(text.chars().count()),
            text,
            variables: view.text.variables(),
            enabled,
            provider,
            updated_at: view
                .changed
                .as_ref()
                .map(|row| row.updated_at.unix_seconds()),
            updated_by: view.changed.as_ref().map(|row| row.updated_by.clone()),
            provider_code: view.changed.and_then(|row| row.provider_code),
        }
    }
}

/// Shows all texts of short messages.
#[utoipa::path(
    get,
    path = "/api/v1/admin/sms-templates",
    tag = "console",
    operation_id = "list_sms_templates",
    extensions(("x-access" = json!("system.sms.view"))),
    responses((status = 200, description = "Texts", body = Envelope<Vec<TextOut>>))
)]
pub(crate) async fn list(State(api): State<Api>) -> Answer<Vec<TextOut>> {
    let provider = api.app().sms_provider();
    let texts = api.app().sms_texts().await?.into_iter();
    Ok(ok(texts.map(|view| TextOut::of(view, provider)).collect()))
}

/// What is written about a text.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"text": "验证码${code}。", "provider_code": "SMS_154950909"}))]
pub(crate) struct TextBody {
    /// What people read, with its variables as `${name}`.
    text: String,
    /// The id under which the provider has it; as it is configured when absent.
    provider_code: Option<String>,
    /// Whether it is sent; true when absent.
    enabled: Option<bool>,
}

/// Changes a text of short messages, its number at the provider, and whether it is sent.
#[utoipa::path(
    put,
    path = "/api/v1/admin/sms-templates/{code}",
    tag = "console",
    operation_id = "change_sms_template",
    extensions(("x-access" = json!("system.sms.edit")), ("x-audit" = json!("own"))),
    params(("code" = String, Path, description = "Its name", example = "SMS_LOGIN")),
    request_body = TextBody,
    responses(
        (status = 200, description = "The text", body = Envelope<TextOut>),
        (status = 404, description = "No such text", body = Refusal),
        (status = 422, description = "A variable that nobody fills, or a code without its number",
            body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(Code(code)): At<Code>,
    Payload(body): Payload<TextBody>,
) -> Answer<TextOut> {
    let provider_code = optional("provider_code", body.provider_code, 64)?;
    // Turning a text on or off is a permission of its own.
    let enabled = body.enabled.unwrap_or(true);
    if !enabled && !actor.has("system.sms.enable") {
        return Err(Failure::denied("system.sms.enable"));
    }
    let app = api.app().clone();
    let view = run_to_end(async move {
        app.change_sms_text(&actor, &code, &body.text, provider_code, enabled)
            .await
    })
    .await?;
    Ok(ok(TextOut::of(view, api.app().sms_provider())))
}

/// To whom a test goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone": "13800138000"}))]
pub(crate) struct TextTestBody {
    /// Eleven digits.
    phone: String,
}

/// What was sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct TextSent {
    /// False when there is no provider.
    sent: bool,
    /// It stands in the program's log instead, because there is no provider.
    logged: bool,
}

/// Sends a text to a number, its variables filled with zeros.
#[utoipa::path(
    post,
    path = "/api/v1/admin/sms-templates/{code}/test",
    tag = "console",
    operation_id = "test_sms_template",
    extensions(("x-access" = json!("system.sms.test_send")), ("x-audit" = json!("own"))),
    params(("code" = String, Path, description = "Its name", example = "SMS_LOGIN")),
    request_body = TextTestBody,
    responses(
        (status = 200, description = "Sent", body = Envelope<TextSent>),
        (status = 404, description = "No such text", body = Refusal),
        (status = 409, description = "Not sent; the log says why", body = Refusal),
    )
)]
pub(crate) async fn test(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(Code(code)): At<Code>,
    Payload(body): Payload<TextTestBody>,
) -> Answer<TextSent> {
    let app = api.app().clone();
    let work = async move { app.test_sms(&actor, &code, &body.phone).await };
    let sent = run_to_end(work).await?;
    Ok(ok(TextSent {
        sent,
        logged: !sent,
    }))
}

/// Which messages a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TextLogQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// In this text only.
    template: Option<String>,
    /// With this outcome only: `sent`, `failed`, `off`, `logged`.
    result: Option<String>,
}

impl PageQuery for TextLogQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// What became of a message.
#[derive(Serialize, ToSchema)]
pub(crate) struct TextLineOut {
    /// Its row.
    id: i64,
    /// To whom, masked.
    #[schema(example = "138****8000")]
    phone: String,
    /// Which text.
    template: String,
    /// `sent`, `failed`, `off`, `logged` where there is no provider.
    #[schema(example = "sent")]
    result: String,
    /// Why it was not sent.
    detail: Option<String>,
    /// Who had it sent; null: the program.
    sent_by: Option<String>,
    /// When, Unix seconds.
    at: i64,
}

impl From<SmsLine> for TextLineOut {
    fn from(row: SmsLine) -> Self {
        Self {
            id: row.id,
            phone: row.phone,
            template: row.template,
            result: row.result,
            detail: row.detail,
            sent_by: row.sent_by,
            at: row.at.unix_seconds(),
        }
    }
}

/// Lists what became of messages, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/sms-log",
    tag = "console",
    operation_id = "list_sms_log",
    extensions(("x-access" = json!("system.sms.view"))),
    params(TextLogQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<TextLineOut>>))
)]
pub(crate) async fn log(
    State(api): State<Api>,
    Filter(query): Filter<TextLogQuery>,
) -> Answer<PageOut<TextLineOut>> {
    let request = query.page_request()?;
    among(
        "result",
        query.result.as_deref(),
        &["sent", "failed", "off", "logged"],
    )?;
    let templates: Vec<&'static str> = TEXTS.iter().map(|text| text.code).collect();
    among("template", query.template.as_deref(), &templates)?;
    let (template, result) = (query.template.as_ref(), query.result.as_ref());
    let page = api.app().sms_log(template, result, request).await?;
    Ok(ok(PageOut::of(page, TextLineOut::from)))
}
