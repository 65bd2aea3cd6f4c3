use crate::view::seconds;
use app::CertificationView;
use domain::certification::{CheckState, Wanted};
use serde::Serialize;
use serde_json::Value;
use store::certifications::{Certification, CertificationCheck, CertifiedModel};
use utoipa::ToSchema;

/// A certification.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificationRowOut {
    /// Its row.
    certification_id: i64,
    /// The device that is tried.
    #[schema(example = "82210225000520")]
    phy_id: String,
    /// What it speaks.
    protocol: Option<String>,
    /// Its model when it began.
    device_model: Option<String>,
    /// Its firmware when it began.
    firmware_version: Option<String>,
    /// `running`, `done` or `cancelled`.
    #[schema(example = "running")]
    state: &'static str,
    /// Whether all checks passed; null before its end.
    passed: Option<bool>,
    /// The protocol score, 0 to 100; null before its end.
    score: Option<i16>,
    /// Whether a pass of it certifies: nothing was shorter than certification demands.
    full: bool,
    /// Why it was cancelled.
    note: Option<String>,
    /// Who began it.
    created_by: String,
    /// When, Unix seconds.
    created_at: i64,
    /// When it ended, Unix seconds.
    ended_at: Option<i64>,
}

impl From<Certification> for CertificationRowOut {
    fn from(row: Certification) -> Self {
        Self {
            certification_id: row.id,
            phy_id: row.phy_id.to_string(),
            protocol: row.protocol,
            device_model: row.device_model,
            firmware_version: row.firmware_version,
            state: row.state.as_str(),
            passed: row.passed,
            score: row.score,
            full: row.plan.is_full(),
            note: row.note,
            created_by: row.created_by,
            created_at: row.created_at.unix_seconds(),
            ended_at: seconds(row.ended_at),
        }
    }
}

/// A check of a certification.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificationCheckOut {
    /// Which one.
    #[schema(example = "full_charge")]
    code: &'static str,
    /// Its name.
    #[schema(example = "7 分钟完整充电")]
    title: &'static str,
    /// Its English name.
    title_en: &'static str,
    /// What it counts for: `link`, `status`, `control`, `data`, `exceptions`.
    area: &'static str,
    /// `pending`, `running`, `waiting`, `passed`, `failed`.
    #[schema(example = "passed")]
    state: &'static str,
    /// What somebody at the device is asked to do, while it waits.
    wanted: Option<&'static str>,
    /// The same in words.
    request: Option<&'static str>,
    /// The same in English.
    request_en: Option<&'static str>,
    /// Why it failed.
    reason: Option<String>,
    /// Its numbers and the orders that they come from.
    #[schema(value_type = Object)]
    figures: Value,
    /// When it began, Unix seconds.
    started_at: Option<i64>,
    /// When it ended, Unix seconds.
    ended_at: Option<i64>,
}

impl From<CertificationCheck> for CertificationCheckOut {
    fn from(check: CertificationCheck) -> Self {
        let (title, title_en) = check.code.title();
        let request = check.wanted.map(Wanted::request);
        Self {
            code: check.code.as_str(),
            title,
            title_en,
            area: check.code.area().as_str(),
            state: check.state.as_str(),
            wanted: check.wanted.map(Wanted::as_str),
            request: request.map(|(zh, _)| zh),
            request_en: request.map(|(_, en)| en),
            reason: check.reason,
            figures: check.figures,
            started_at: seconds(check.started_at),
            ended_at: seconds(check.ended_at),
        }
    }
}

/// A certification with its checks.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertificationOut {
    /// The certification.
    certification: CertificationRowOut,
    /// Checks that are over, of all of them.
    #[schema(example = 3)]
    checks_over: usize,
    /// Its checks, in their order.
    checks: Vec<CertificationCheckOut>,
}

impl From<CertificationView> for CertificationOut {
    fn from(view: CertificationView) -> Self {
        let over = |check: &&CertificationCheck| {
            matches!(check.state, CheckState::Passed | CheckState::Failed)
        };
        Self {
            checks_over: view.checks.iter().filter(over).count(),
            certification: view.row.into(),
            checks: view.checks.into_iter().map(Into::into).collect(),
        }
    }
}

/// What is said of a model with its firmware.
#[derive(Serialize, ToSchema)]
pub(crate) struct CertifiedModelOut {
    /// The model.
    #[schema(example = "组网版设备")]
    device_model: String,
    /// Its firmware.
    #[schema(example = "v2.0")]
    firmware_version: String,
    /// Whether it may be called certified.
    certified: bool,
    /// By which certification.
    certification_id: i64,
    /// Who said so.
    changed_by: String,
    /// When, Unix seconds.
    changed_at: i64,
}

impl From<CertifiedModel> for CertifiedModelOut {
    fn from(row: CertifiedModel) -> Self {
        Self {
            device_model: row.device_model,
            firmware_version: row.firmware_version,
            certified: row.certified,
            certification_id: row.certification_id,
            changed_by: row.changed_by,
            changed_at: row.changed_at.unix_seconds(),
        }
    }
}
