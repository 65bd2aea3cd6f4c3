use super::Actor;
use crate::device_admin::DeviceChange;
use crate::{App, AppError};
use domain::org::{OperationMode, OrgType, Scope};
use kernel::PhyId;
use serde_json::{Value, json};
use store::row_owners::{self, Addressed};
use store::stations::{self, Station, StationEntry};
use store::{Tx, constraint, orgs};

const NO_STATION: AppError = AppError::NotFound("station");

/// What somebody writes about a station; who owns and runs it by id.
#[derive(Clone, Debug)]
pub struct StationDraft(pub StationEntry);

impl StationDraft {
    /// The entry with the paths of its organisations. Who is not above an operator or an agent
    /// leaves them as they were.
    async fn place(
        self,
        tx: &mut Tx,
        actor: &Actor,
        known: Option<&StationEntry>,
    ) -> Result<StationEntry, AppError> {
        let mut entry = self.0;
        let limited = actor.scope().path().is_some();
        let (operator, agent) = known.map_or((None, None), |known| {
            (known.operator_org_id, known.agent_org_id)
        });
        if limited {
            entry.operator_org_id = entry.operator_org_id.or(operator);
            entry.agent_org_id = entry.agent_org_id.or(agent);
        }
        let owner = orgs::find(tx.conn(), entry.owner_org_id).await?;
        let owner = owner
            .filter(|org| actor.owns(&org.path))
            .ok_or(AppError::NotFound("organisation"))?;
        if !matches!(owner.kind, OrgType::Merchant | OrgType::Platform) {
            return Err(semantic(
                "owner_org_id",
                "must be a merchant or the platform",
            ));
        }
        entry.org_path = owner.path;
        entry.operator_path = None;
        match (entry.operation_mode.has_operator(), entry.operator_org_id) {
            (true, None) if entry.operation_mode == OperationMode::SelfOther => {
                return Err(semantic("operator_org_id", "is required for this mode"));
            }
            (_, Some(said)) => {
                let found = orgs::find(tx.conn(), said).await?;
                let found = found
                    .filter(|org| matches!(org.kind, OrgType::Merchant | OrgType::Platform))
                    .filter(|org| operator == Some(org.id) || actor.owns(&org.path))
                    .ok_or_else(|| semantic("operator_org_id", "is no merchant of yours"))?;
                entry.operator_path = Some(found.path);
            }
            (_, None) => {}
        }
        if let Some(said) = entry.agent_org_id {
            let found = orgs::find(tx.conn(), said).await?;
            found
                .filter(|org| org.kind == OrgType::Agent)
                .filter(|org| agent == Some(org.id) || actor.owns(&org.path))
                .ok_or_else(|| semantic("agent_org_id", "is no agent of yours"))?;
        }
        Ok(entry)
    }
}

fn semantic(field: &str, problem: &str) -> AppError {
    AppError::Semantic {
        field: field.to_owned(),
        problem: problem.to_owned(),
    }
}

impl App {
    /// A station.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without one.
    pub async fn station(&self, id: i64) -> Result<Station, AppError> {
        let mut view = self.db.view().await?;
        stations::find(view.conn(), id).await?.ok_or(NO_STATION)
    }

    /// Makes a station.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when its number is taken.
    pub async fn create_station(
        &self,
        actor: &Actor,
        draft: StationDraft,
    ) -> Result<Station, AppError> {
        let mut tx = self.db.begin().await?;
        let entry = draft.place(&mut tx, actor, None).await?;
        let id = stations::insert(tx.conn(), &entry, self.now()).await;
        let id = id.map_err(taken)?;
        let station = stations::find(tx.conn(), id).await?.ok_or(NO_STATION)?;
        let after = Some(shown(&station));
        let object = object(id);
        self.audit_in(
            &mut tx,
            actor,
            "device.station.create",
            &object,
            None,
            after,
        )
        .await?;
        tx.commit().await?;
        Ok(station)
    }

    /// Replaces what is written about a station. Its devices follow their new owner. Who only
    /// runs a station does not change whose it is and how it is run.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when its number is taken.
    pub async fn change_station(
        &self,
        actor: &Actor,
        id: i64,
        draft: StationDraft,
    ) -> Result<Station, AppError> {
        let mut tx = self.db.begin().await?;
        let before = stations::find(tx.conn(), id).await?;
        let before = before
            .filter(|row| {
                let entry = &row.entry;
                let operator = entry.operator_path.as_deref();
                let own = actor.scope().without_grants();
                own.covers_at(Some(&entry.org_path), operator, Some(id))
            })
            .ok_or(NO_STATION)?;
        let limited = matches!(actor.scope(), Scope::Narrowed(_));
        let entry = if actor.owns(&before.entry.org_path) {
            draft.place(&mut tx, actor, Some(&before.entry)).await?
        } else {
            let known = &before.entry;
            StationEntry {
                owner_org_id: known.owner_org_id,
                operator_org_id: known.operator_org_id,
                agent_org_id: known.agent_org_id,
                operation_mode: known.operation_mode,
                org_path: known.org_path.clone(),
                operator_path: known.operator_path.clone(),
                invoice_by: known.invoice_by.clone(),
                // Who is limited to an area does not take a station out of it.
                area_code: if limited {
                    known.area_code.clone()
                } else {
                    draft.0.area_code.clone()
                },
                ..draft.0
            }
        };
        stations::update(tx.conn(), id, &entry, self.now())
            .await
            .map_err(taken)?;
        let after = stations::find(tx.conn(), id).await?.ok_or(NO_STATION)?;
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        let object = object(id);
        self.audit_in(&mut tx, actor, "device.station.edit", &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Puts devices into a station; from then on they belong to its owner. All must be the
    /// actor's to give.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the station or a device is not the actor's.
    pub async fn bind_devices(
        &self,
        actor: &Actor,
        id: i64,
        devices: &[PhyId],
    ) -> Result<u64, AppError> {
        let scope = actor.scope().without_grants();
        let mut view = self.db.view().await?;
        let station = stations::find(view.conn(), id).await?;
        station
            .filter(|station| {
                let entry = &station.entry;
                let operator = entry.operator_path.as_deref();
                scope.covers_at(Some(&entry.org_path), operator, Some(id))
            })
            .ok_or(NO_STATION)?;
        for phy_id in devices {
            let key = phy_id.as_str();
            if !row_owners::is_seen(view.conn(), Addressed::Device, key, &scope).await? {
                return Err(AppError::NotFound("device"));
            }
        }
        drop(view);
        for phy_id in devices {
            let change = DeviceChange {
                station_id: Some(Some(id)),
                ..DeviceChange::default()
            };
            self.change_device(&actor.name, phy_id, change).await?;
        }
        let after =
            Some(json!({ "devices": devices.iter().map(PhyId::as_str).collect::<Vec<_>>() }));
        self.audit(actor, "device.device.bind", &object(id), after)
            .await?;
        Ok(u64::try_from(devices.len()).unwrap_or(u64::MAX))
    }
}

fn taken(error: store::StoreError) -> AppError {
    if error.violates(constraint::STATION_NO) {
        AppError::Conflict("station number exists")
    } else {
        error.into()
    }
}

fn object(id: i64) -> String {
    format!("station:{id}")
}

fn shown(station: &Station) -> Value {
    let entry = &station.entry;
    json!({
        "station_no": entry.station_no,
        "name": entry.name,
        "owner_org_id": entry.owner_org_id,
        "operator_org_id": entry.operator_org_id,
        "agent_org_id": entry.agent_org_id,
        "operation_mode": entry.operation_mode,
        "area_code": entry.area_code,
        "address": entry.address,
        "station_type": entry.station_type,
        "station_status": entry.station_status,
        "service_tel": entry.service_tel,
        "invoice_by": entry.invoice_by,
        "details": entry.details,
        "remark": entry.remark,
    })
}
