//! The report of a certification, for people and for programs.

use super::{CertificationId, CertificationOut};
use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::At;
use crate::view;
use app::{CertificationView, Evidence, certificate_page};
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// A frame as it went over the wire.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificationFrameOut {
    /// When, Unix milliseconds.
    at_ms: i64,
    /// `up` or `down`.
    #[schema(example = "up")]
    direction: String,
    /// What it is.
    #[schema(example = "record")]
    kind: String,
    /// The bytes in hex.
    raw_hex: String,
}

/// The first frames of a check.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificationEvidenceOut {
    /// Which check.
    #[schema(example = "full_charge")]
    code: &'static str,
    /// Its frames, at most twenty; the rest is in the communication log.
    frames: Vec<CertificationFrameOut>,
}

impl From<Evidence> for CertificationEvidenceOut {
    fn from(evidence: Evidence) -> Self {
        let frames = evidence.frames.into_iter();
        Self {
            code: evidence.code.as_str(),
            frames: frames
                .map(|frame| CertificationFrameOut {
                    at_ms: frame.at.0,
                    direction: frame.direction,
                    kind: frame.kind,
                    raw_hex: frame.raw_hex,
                })
                .collect(),
        }
    }
}

/// The report.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificationReportOut {
    /// The certification with its checks.
    report: CertificationOut,
    /// What it rests on.
    evidence: Vec<CertificationEvidenceOut>,
}

impl CertificationReportOut {
    fn of(view: CertificationView, evidence: Vec<Evidence>) -> Self {
        Self {
            report: view.into(),
            evidence: evidence.into_iter().map(Into::into).collect(),
        }
    }
}

/// The report for programs, as [`report`] answers with it.
pub fn certification_json(view: CertificationView, evidence: Vec<Evidence>) -> serde_json::Value {
    let report = CertificationReportOut::of(view, evidence);
    // Plain data: it always becomes JSON.
    serde_json::to_value(report).unwrap_or_default()
}

/// Shows the report of a certification for programs, with frames from the communication log.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/certifications/{certification_id}/report.json",
    tag = "administration",
    operation_id = "certification_report",
    extensions(("x-access" = json!("device.model.report"))),
    params(("certification_id" = i64, Path, description = "The certification", example = 1)),
    responses(
        (status = 200, description = "The report", body = Envelope<CertificationReportOut>),
        (status = 404, description = "No such certification", body = Refusal),
    )
)]
pub(crate) async fn report(
    State(api): State<Api>,
    At(CertificationId(id)): At<CertificationId>,
) -> Answer<CertificationReportOut> {
    let view = api.app().certification(id).await?;
    let evidence = api.app().certification_evidence(&view).await?;
    Ok(ok(CertificationReportOut::of(view, evidence)))
}

/// Shows the report of a certification as one page that prints, Chinese with a switch to English.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/certifications/{certification_id}/report.html",
    tag = "administration",
    operation_id = "certification_report_page",
    extensions(("x-access" = json!("device.model.report"))),
    params(("certification_id" = i64, Path, description = "The certification", example = 1)),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        (status = 404, description = "No such certification", body = Refusal),
    )
)]
pub(crate) async fn html(
    State(api): State<Api>,
    At(CertificationId(id)): At<CertificationId>,
) -> Result<Response, Failure> {
    let view = api.app().certification(id).await?;
    let evidence = api.app().certification_evidence(&view).await?;
    Ok(view::html(certificate_page(&view, &evidence)))
}
