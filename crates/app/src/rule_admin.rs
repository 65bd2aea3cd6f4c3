//! E-bike plans and occupancy rules in the hands of people: written by one, approved by another,
//! bound to places.

use crate::tariff_admin::{Decision, Place, seen_bindings};
use crate::{App, AppError};
use domain::org::Scope as Seen;
use domain::pricing::ebike::EbikePlan;
use domain::pricing::occupancy::OccupancyRule;
use domain::tariff::VersionState;
use kernel::Timestamp;
use serde_json::Value;
use store::price_rules::{self, Rule, RuleKind, RuleVersion};
use store::tariffs::{Binding, Scope};
use store::{Page, PageRequest};
use tracing::info;

/// The parameters of a rule.
#[derive(Clone, Debug)]
pub enum RuleTerms {
    /// A plan of e-bike charges.
    Ebike(Box<EbikePlan>),
    /// An occupancy fee.
    Occupancy(Box<OccupancyRule>),
}

impl RuleTerms {
    /// What they are about.
    pub const fn kind(&self) -> RuleKind {
        match self {
            Self::Ebike(_) => RuleKind::Ebike,
            Self::Occupancy(_) => RuleKind::Occupancy,
        }
    }

    fn checked(&self) -> Result<Value, AppError> {
        let semantic = |field, problem| AppError::Semantic { field, problem };
        match self {
            Self::Ebike(plan) => {
                plan.check()
                    .map_err(|fault| semantic(format!("plan.{}", fault.field), fault.problem))?;
                Ok(serde_json::json!(plan))
            }
            Self::Occupancy(rule) => {
                rule.check()
                    .map_err(|fault| semantic(format!("rule.{}", fault.field), fault.problem))?;
                Ok(serde_json::json!(rule))
            }
        }
    }
}

/// A rule with its versions and where it applies.
#[derive(Clone, Debug)]
pub struct RuleView {
    /// The rule.
    pub rule: Rule,
    /// Its versions, newest first.
    pub versions: Vec<RuleVersion>,
    /// Where it applies.
    pub bindings: Vec<Binding>,
}

const fn missing(kind: RuleKind) -> AppError {
    match kind {
        RuleKind::Ebike => AppError::NotFound("e-bike plan"),
        RuleKind::Occupancy => AppError::NotFound("occupancy rule"),
    }
}

impl App {
    /// Makes a rule with its first version, a draft.
    ///
    /// # Errors
    /// [`AppError::Semantic`] for the first value that is out of range.
    pub async fn create_rule(
        &self,
        actor: &str,
        name: &str,
        terms: &RuleTerms,
        effective_at: Timestamp,
    ) -> Result<RuleView, AppError> {
        let (stored, kind, now) = (terms.checked()?, terms.kind(), self.now());
        let mut tx = self.db.begin().await?;
        let id = price_rules::insert(tx.conn(), kind, name, actor, now).await?;
        price_rules::insert_version(tx.conn(), id, &stored, effective_at, actor, now).await?;
        tx.commit().await?;
        info!(rule = id, kind = kind.as_str(), actor, "rule made");
        self.rule(kind, id).await
    }

    /// Writes the next version of a rule, or rewrites the last one while that is still open.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a rule, [`AppError::Conflict`] while a version waits
    /// for its decision, [`AppError::Semantic`] for a value out of range.
    pub async fn write_rule(
        &self,
        actor: &str,
        id: i64,
        terms: &RuleTerms,
        effective_at: Timestamp,
    ) -> Result<RuleView, AppError> {
        let (stored, kind, now) = (terms.checked()?, terms.kind(), self.now());
        let mut tx = self.db.begin().await?;
        let found = price_rules::find(tx.conn(), kind, id).await?;
        found.ok_or_else(|| missing(kind))?;
        let versions = price_rules::list_versions(tx.conn(), id).await?;
        match versions.first() {
            Some(version) if version.state == VersionState::Submitted => {
                return Err(AppError::Conflict("a version waits for its decision"));
            }
            Some(version) if version.state.is_open() => {
                let row = version.id;
                price_rules::rewrite_version(tx.conn(), row, &stored, effective_at, actor, now)
                    .await?;
            }
            _ => {
                price_rules::insert_version(tx.conn(), id, &stored, effective_at, actor, now)
                    .await?;
            }
        }
        tx.commit().await?;
        info!(rule = id, kind = kind.as_str(), actor, "rule written");
        self.rule(kind, id).await
    }

    /// Submits, approves, rejects or retires a version. Whoever wrote it does not approve it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a version, [`AppError::Conflict`] when its state does
    /// not allow it or the same person would approve.
    pub async fn decide_rule(
        &self,
        actor: &str,
        kind: RuleKind,
        (id, version): (i64, i32),
        decision: Decision,
        note: Option<&str>,
    ) -> Result<RuleView, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let found = price_rules::find(tx.conn(), kind, id).await?;
        found.ok_or_else(|| missing(kind))?;
        let found = price_rules::find_version(tx.conn(), id, version).await?;
        let found = found.ok_or(AppError::NotFound("version"))?;
        let to = match decision {
            Decision::Submit => VersionState::Submitted,
            Decision::Approve => VersionState::Approved,
            Decision::Reject => VersionState::Rejected,
            Decision::Retire => VersionState::Retired,
        };
        if !found.state.may_become(to) {
            return Err(AppError::Conflict("not possible in the version's state"));
        }
        if decision == Decision::Approve && found.written_by == actor {
            return Err(AppError::Conflict("a second person has to approve"));
        }
        let review = (decision != Decision::Submit).then_some((actor, note));
        let states = (found.state, to);
        if !price_rules::move_version(tx.conn(), found.id, states, review, now).await? {
            return Err(AppError::Conflict("not possible in the version's state"));
        }
        tx.commit().await?;
        let state = to.as_str();
        info!(
            rule = id,
            kind = kind.as_str(),
            version,
            actor,
            state,
            "rule version decided"
        );
        self.rule(kind, id).await
    }

    /// A rule with its versions and where it applies.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a rule.
    pub async fn rule(&self, kind: RuleKind, id: i64) -> Result<RuleView, AppError> {
        let mut view = self.db.view().await?;
        let rule = price_rules::find(view.conn(), kind, id).await?;
        Ok(RuleView {
            rule: rule.ok_or_else(|| missing(kind))?,
            versions: price_rules::list_versions(view.conn(), id).await?,
            bindings: price_rules::list_bindings(view.conn(), id).await?,
        })
    }

    /// A page of rules of a kind, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_rules(
        &self,
        kind: RuleKind,
        seen: &Seen,
        page: PageRequest,
    ) -> Result<Page<Rule>, AppError> {
        let mut view = self.db.view().await?;
        Ok(price_rules::list(view.conn(), kind, seen, page).await?)
    }

    /// A rule with its versions, and where it applies among what somebody sees.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a rule.
    pub async fn rule_seen_by(
        &self,
        kind: RuleKind,
        seen: &Seen,
        id: i64,
    ) -> Result<RuleView, AppError> {
        let mut found = self.rule(kind, id).await?;
        let mut view = self.db.view().await?;
        found.bindings = seen_bindings(&mut view, seen, found.bindings).await?;
        Ok(found)
    }

    /// Lets a rule apply somewhere; none lets the one of that kind apply there no more. What
    /// runs keeps its rule. Tells what applied there before.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a rule or device.
    pub async fn bind_rule(
        &self,
        actor: &str,
        kind: RuleKind,
        rule: Option<i64>,
        place: Place,
    ) -> Result<Option<i64>, AppError> {
        let scope = match &place {
            Place::Station(station) => Scope::Station(*station),
            Place::Device(device) => Scope::Device(self.device_summary(device).await?.row.id),
            Place::Port(device, port) => {
                Scope::Port(self.device_summary(device).await?.row.id, *port)
            }
        };
        let mut tx = self.db.begin().await?;
        let was = price_rules::bound(tx.conn(), kind, scope).await?;
        match rule {
            Some(id) => {
                let found = price_rules::find(tx.conn(), kind, id).await?;
                found.ok_or_else(|| missing(kind))?;
                price_rules::bind(tx.conn(), (kind, id), scope, actor, self.now()).await?;
            }
            None => {
                price_rules::unbind(tx.conn(), kind, scope).await?;
            }
        }
        tx.commit().await?;
        info!(?place, ?rule, kind = kind.as_str(), actor, "rule bound");
        Ok(was)
    }
}
