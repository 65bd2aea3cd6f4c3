//! Certification of a device's model and firmware: charges and mishaps, one check after the other,
//! over days. Everything that it knows is in the database, so that it goes on after a restart.

mod charge;
mod checks;
mod long;
mod report;

pub use report::{Evidence, certificate_page};

use crate::device_admin::DeviceChange;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::certification::{
    CertificationPlan, CertificationState, CheckCode, CheckState, Wanted, score,
};
use kernel::{PhyId, PortNo, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;
use store::certifications::{
    self, Certification, CertificationCheck, CertificationFilter, CertifiedModel,
};
use store::{Page, PageRequest};
use tracing::{info, warn};

/// Certifications under way at once.
const RUNNING_MAX: usize = 50;
/// The trait that has all frames of a device logged.
const COMM_LOG: &str = "comm_log";

const NO_CERTIFICATION: AppError = AppError::NotFound("certification");

/// A certification with its checks.
#[derive(Clone, Debug)]
pub struct CertificationView {
    /// Its row.
    pub row: Certification,
    /// Its checks, in their order.
    pub checks: Vec<CertificationCheck>,
}

impl CertificationView {
    /// What somebody at the device is asked to do now.
    pub fn wanted(&self) -> Option<(CheckCode, Wanted)> {
        self.checks
            .iter()
            .filter(|check| check.state == CheckState::Waiting)
            .find_map(|check| Some((check.code, check.wanted?)))
    }
}

impl App {
    /// Begins to certify what a device is. All its frames are logged until the end.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown device, [`AppError::Semantic`] for a plan that it
    /// cannot follow, [`AppError::Conflict`] while it is tried already.
    pub async fn begin_certification(
        &self,
        actor: &Actor,
        phy_id: &PhyId,
        plan: CertificationPlan,
    ) -> Result<CertificationView, AppError> {
        plan.check().map_err(|fault| AppError::Semantic {
            field: fault.field.to_owned(),
            problem: fault.to_string(),
        })?;
        self.require(phy_id).await?;
        let port = PortNo(plan.port);
        let has_port = self.live.read(phy_id, |live| live.port(port).is_some());
        if has_port != Some(true) {
            return Err(AppError::Semantic {
                field: "port_no".to_owned(),
                problem: "is no port of the device".to_owned(),
            });
        }
        let registered = self.live.read(phy_id, |live| live.registration.clone());
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let row = store::devices::find_by_phy_id(tx.conn(), phy_id).await?;
        let row = row.ok_or(AppError::NotFound("device"))?;
        let running = certifications::running(tx.conn()).await?;
        if running.iter().any(|other| other.device_id == row.id) {
            return Err(AppError::Conflict("the device is being certified"));
        }
        if running.len() >= RUNNING_MAX {
            return Err(AppError::Overloaded);
        }
        let registered = registered.unwrap_or_default();
        let mut new = Certification {
            id: 0,
            device_id: row.id,
            phy_id: phy_id.clone(),
            protocol: row.protocol,
            device_model: registered.model.or(row.device_model),
            firmware_version: registered.firmware.or(row.firmware_version),
            plan,
            state: CertificationState::Running,
            passed: None,
            score: None,
            note: None,
            created_by: actor.name.clone(),
            created_at: now,
            ended_at: None,
        };
        new.id = certifications::insert(tx.conn(), &new).await?;
        let after = json!({"phy_id": phy_id.as_str(), "plan": plan});
        let object = format!("certification:{}", new.id);
        self.audit_in(
            &mut tx,
            actor,
            "device.model.run_certification",
            &object,
            None,
            Some(after),
        )
        .await?;
        tx.commit().await?;
        self.log_all(phy_id, true).await;
        info!(certification = new.id, device = %phy_id, actor = actor.name, "certification begun");
        self.certification(new.id).await
    }

    /// A certification with its checks.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a one.
    pub async fn certification(&self, id: i64) -> Result<CertificationView, AppError> {
        let mut view = self.db.view().await?;
        let row = certifications::find(view.conn(), id).await?;
        let row = row.ok_or(NO_CERTIFICATION)?;
        let checks = certifications::checks(view.conn(), id).await?;
        Ok(CertificationView { row, checks })
    }

    /// A page of certifications, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_certifications(
        &self,
        filter: &CertificationFilter,
        page: PageRequest,
    ) -> Result<Page<Certification>, AppError> {
        let mut view = self.db.view().await?;
        Ok(certifications::list(view.conn(), filter, page).await?)
    }

    /// Ends a certification before its time. Its charge, if one runs, is stopped.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a one, [`AppError::Conflict`] when it is over.
    pub async fn cancel_certification(
        &self,
        actor: &Actor,
        id: i64,
        reason: &str,
    ) -> Result<CertificationView, AppError> {
        let view = self.certification(id).await?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let state = CertificationState::Cancelled;
        if !certifications::end(tx.conn(), id, state, None, Some(reason), now).await? {
            return Err(AppError::Conflict("the certification is over"));
        }
        let object = format!("certification:{id}");
        let (before, after) = (
            Some(json!({"state": view.row.state.as_str()})),
            Some(json!({"state": state.as_str(), "reason": reason})),
        );
        let leaf = "device.model.run_certification";
        self.audit_in(&mut tx, actor, leaf, &object, before, after)
            .await?;
        tx.commit().await?;
        let open = view.checks.iter().filter(|check| !check.state.is_over());
        for memory in open.filter_map(|check| check.memory.as_ref()) {
            self.stop_trial(memory).await?;
        }
        self.log_all(&view.row.phy_id, false).await;
        self.certification(id).await
    }

    /// Says whether a model with a firmware may be called certified.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when no full certification of it has passed.
    pub async fn certify_model(
        &self,
        actor: &Actor,
        model: &str,
        firmware: &str,
        certified: bool,
    ) -> Result<CertifiedModel, AppError> {
        let mut tx = self.db.begin().await?;
        let before = certifications::find_model(tx.conn(), model, firmware).await?;
        let passed = certifications::newest_passed(tx.conn(), model, firmware).await?;
        let passed = passed.filter(|passed| passed.plan.is_full());
        let basis = match (&passed, &before) {
            (Some(passed), _) => passed.id,
            (None, Some(known)) if !certified => known.certification_id,
            _ => {
                return Err(AppError::Conflict(
                    "no full certification of this firmware has passed",
                ));
            }
        };
        let row = CertifiedModel {
            device_model: model.to_owned(),
            firmware_version: firmware.to_owned(),
            certified,
            certification_id: basis,
            changed_by: actor.name.clone(),
            changed_at: self.now(),
        };
        certifications::put_model(tx.conn(), &row).await?;
        let said = |row: &CertifiedModel| json!({"certified": row.certified, "certification_id": row.certification_id});
        // Nothing said is not certified.
        let was = before.as_ref().map_or(json!({"certified": false}), said);
        let object = format!("model:{model}/{firmware}");
        let leaf = "device.model.edit";
        self.audit_in(&mut tx, actor, leaf, &object, Some(was), Some(said(&row)))
            .await?;
        tx.commit().await?;
        Ok(row)
    }

    /// A page of models with what was said of them.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_certified_models(
        &self,
        page: PageRequest,
    ) -> Result<Page<CertifiedModel>, AppError> {
        let mut view = self.db.view().await?;
        Ok(certifications::list_models(view.conn(), page).await?)
    }

    /// Looks after all certifications once.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn step_certifications(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let running = certifications::running(view.conn()).await?;
        drop(view);
        for row in running {
            Box::pin(self.step_certification(&row)).await?;
        }
        Ok(())
    }

    async fn step_certification(&self, row: &Certification) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let mut checks = certifications::checks(view.conn(), row.id).await?;
        drop(view);
        let before = checks.clone();
        let now = self.now();
        let next = checks.iter().position(|check| !check.state.is_over());
        let Some(next) = next else {
            return self.end_certification(row, &checks, now).await;
        };
        let code = checks[next].code;
        if matches!(
            code,
            CheckCode::Cycles | CheckCode::Continuous | CheckCode::Stability
        ) {
            self.step_long(row, &mut checks, now).await?;
        } else {
            self.step_check(row, &mut checks, next, now).await?;
        }
        let mut direct = self.db.direct().await?;
        for (was, is) in before.iter().zip(&checks) {
            if was != is {
                certifications::put_check(direct.conn(), row.id, is).await?;
            }
            if was.state != is.state && is.state.is_over() {
                info!(
                    certification = row.id,
                    check = is.code.as_str(),
                    state = is.state.as_str(),
                    reason = is.reason,
                    "a check has ended"
                );
            }
        }
        Ok(())
    }

    async fn end_certification(
        &self,
        row: &Certification,
        checks: &[CertificationCheck],
        now: Timestamp,
    ) -> Result<(), AppError> {
        let passed = |code: CheckCode| {
            checks
                .iter()
                .any(|check| check.code == code && check.state == CheckState::Passed)
        };
        let all = CheckCode::ALL.iter().all(|code| passed(*code));
        let points = i16::try_from(score(passed)).unwrap_or(0);
        let mut direct = self.db.direct().await?;
        let state = CertificationState::Done;
        certifications::end(direct.conn(), row.id, state, Some((all, points)), None, now).await?;
        drop(direct);
        self.log_all(&row.phy_id, false).await;
        info!(
            certification = row.id,
            passed = all,
            score = points,
            "certification done"
        );
        Ok(())
    }

    /// Has all frames of a device logged, or again only what is worth it.
    async fn log_all(&self, phy_id: &PhyId, on: bool) {
        let change = DeviceChange {
            pinned: BTreeMap::from([(COMM_LOG.to_owned(), on.then(|| "full".to_owned()))]),
            ..DeviceChange::default()
        };
        if let Err(error) = self.change_device("certification", phy_id, change).await {
            warn!(device = %phy_id, %error, "what is logged of a device could not be changed");
        }
    }
}

/// A check ends.
fn conclude(check: &mut CertificationCheck, problem: Option<String>, now: Timestamp) {
    check.state = if problem.is_none() {
        CheckState::Passed
    } else {
        CheckState::Failed
    };
    check.wanted = None;
    check.reason = problem;
    check.ended_at = Some(now);
}

/// A check is under way; somebody is asked for something, or nobody.
fn carry_on(check: &mut CertificationCheck, wanted: Option<Wanted>, now: Timestamp) {
    check.state = if wanted.is_some() {
        CheckState::Waiting
    } else {
        CheckState::Running
    };
    check.wanted = wanted;
    check.started_at.get_or_insert(now);
}
