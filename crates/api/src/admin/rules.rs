//! What e-bike plans and occupancy rules have in common: names, versions, places, decisions.

use super::tariffs::BindingOut;
use crate::failure::Failure;
use crate::payload::Named;
use crate::third::device_id;
use crate::view::{PageQuery, seconds};
use app::{Decision, Place};
use domain::tariff::VersionState;
use kernel::PortNo;
use serde::{Deserialize, Serialize};
use store::price_rules::{Rule, RuleVersion};
use store::tariffs::Binding;
use utoipa::{IntoParams, ToSchema};

/// Longest name and note.
const TEXT_MAX: usize = 200;

/// A name or a note that says something.
pub(super) fn named(field: &str, said: &str) -> Result<String, Failure> {
    let said = said.trim();
    if (1..=TEXT_MAX).contains(&said.chars().count()) {
        Ok(said.to_owned())
    } else {
        Err(Failure::invalid(field, "must have 1 to 200 characters"))
    }
}

/// A rule's id in a path.
#[derive(Deserialize)]
pub(crate) struct RuleId(pub(super) i64);

impl Named for RuleId {
    const NAME: &'static str = "rule";
}

/// The id of a rule and one of its versions, in a path.
#[derive(Deserialize)]
pub(crate) struct RuleVersionId(pub(super) i64, pub(super) i32);

impl Named for RuleVersionId {
    const NAME: &'static str = "version";
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RuleQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
}

impl PageQuery for RuleQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// An e-bike plan or an occupancy rule.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleOut {
    /// Its id.
    id: i64,
    /// Its name.
    name: String,
    /// The number of its newest version.
    version: Option<i32>,
    /// What has become of that: `draft`, `submitted`, `approved`, `rejected`, `retired`.
    #[schema(example = "approved")]
    state: Option<&'static str>,
    /// From when on that is in force, Unix seconds.
    effective_at: Option<i64>,
    /// Who made it.
    created_by: String,
    /// When, Unix seconds.
    created_at: i64,
}

impl From<Rule> for RuleOut {
    fn from(row: Rule) -> Self {
        Self {
            id: row.id,
            name: row.name,
            version: row.version,
            state: row.state.map(VersionState::as_str),
            effective_at: seconds(row.effective_at),
            created_by: row.created_by,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// What is known of a version beside its parameters.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleStateOut {
    /// 1 for the first.
    version: i32,
    /// `draft`, `submitted`, `approved`, `rejected`, `retired`.
    #[schema(example = "approved")]
    state: &'static str,
    /// From when on it is in force, Unix seconds.
    effective_at: i64,
    /// Who wrote it.
    written_by: String,
    /// Who decided on it.
    reviewed_by: Option<String>,
    /// When, Unix seconds.
    reviewed_at: Option<i64>,
    /// What they said.
    review_note: Option<String>,
}

impl From<&RuleVersion> for RuleStateOut {
    fn from(row: &RuleVersion) -> Self {
        Self {
            version: row.version,
            state: row.state.as_str(),
            effective_at: row.effective_at.unix_seconds(),
            written_by: row.written_by.clone(),
            reviewed_by: row.reviewed_by.clone(),
            reviewed_at: seconds(row.reviewed_at),
            review_note: row.review_note.clone(),
        }
    }
}

/// The version that a preview is made by: the one that was asked for, else the newest.
pub(super) fn version_of(
    versions: Vec<RuleVersion>,
    wanted: Option<i32>,
) -> Result<RuleVersion, Failure> {
    let mut fitting = versions.into_iter();
    let found = fitting.find(|known| wanted.is_none_or(|wanted| known.version == wanted));
    found.ok_or_else(|| Failure::not_found("version"))
}

/// Where rules apply, as they are shown.
pub(super) fn bindings(bindings: Vec<Binding>) -> Vec<BindingOut> {
    bindings.into_iter().map(BindingOut::from).collect()
}

/// What is to become of a version.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RuleAction {
    /// It is ready to be looked at.
    Submit,
    /// It comes into force.
    Approve,
    /// It goes back.
    Reject,
    /// It goes out of force.
    Retire,
}

/// A decision on a version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "approve"}))]
pub(crate) struct RuleDecisionBody {
    /// `submit`, `approve`, `reject` or `retire`.
    action: RuleAction,
    /// Kept with the version.
    note: Option<String>,
}

impl RuleDecisionBody {
    pub(super) fn read(self) -> Result<(Decision, Option<String>), Failure> {
        let note = self.note.map(|note| named("note", &note)).transpose()?;
        let decision = match self.action {
            RuleAction::Submit => Decision::Submit,
            RuleAction::Approve => Decision::Approve,
            RuleAction::Reject => Decision::Reject,
            RuleAction::Retire => Decision::Retire,
        };
        Ok((decision, note))
    }
}

/// Where which rule is to apply.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"id": 1, "device_phy_id": "82210225000520"}))]
pub(crate) struct RuleBindBody {
    /// The rule; null lets none apply there.
    pub(super) id: Option<i64>,
    /// At all devices of this station. This or a device.
    station_id: Option<i64>,
    /// At this device.
    device_phy_id: Option<String>,
    /// At this port of the device only.
    port_no: Option<u16>,
}

impl RuleBindBody {
    pub(super) fn place(&self) -> Result<Place, Failure> {
        let device = self.device_phy_id.as_deref().map(device_id).transpose()?;
        match (self.station_id, device, self.port_no) {
            (Some(station), None, None) => Ok(Place::Station(station)),
            (None, Some(device), None) => Ok(Place::Device(device)),
            (None, Some(device), Some(port)) => Ok(Place::Port(device, PortNo(port))),
            _ => {
                let problem = "or station_id is required, not both";
                Err(Failure::invalid("device_phy_id", problem))
            }
        }
    }
}
