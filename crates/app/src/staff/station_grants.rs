use super::Actor;
use crate::{App, AppError};
use serde_json::json;
use std::collections::BTreeSet;
use store::station_grants::{self, StationGrant};
use store::{orgs, stations};

const NO_STATION: AppError = AppError::NotFound("station");

impl App {
    /// Who sees a station of somebody else.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a station of the actor's.
    pub async fn station_grants(
        &self,
        actor: &Actor,
        station: i64,
    ) -> Result<Vec<StationGrant>, AppError> {
        let mut view = self.db.view().await?;
        let row = stations::find(view.conn(), station).await?;
        row.filter(|row| actor.owns_at(&row.entry.org_path, Some(station)))
            .ok_or(NO_STATION)?;
        Ok(station_grants::of_station(view.conn(), station).await?)
    }

    /// Shows a station, with its devices, orders and alarms, to exactly those organisations.
    /// They see and change nothing.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a station of the actor's, or such an organisation.
    pub async fn grant_station(
        &self,
        actor: &Actor,
        station: i64,
        org_ids: &BTreeSet<i64>,
    ) -> Result<Vec<StationGrant>, AppError> {
        let mut tx = self.db.begin().await?;
        let row = stations::find(tx.conn(), station).await?;
        row.filter(|row| actor.owns_at(&row.entry.org_path, Some(station)))
            .ok_or(NO_STATION)?;
        for org in org_ids {
            let org = orgs::find(tx.conn(), *org).await?;
            org.ok_or(AppError::NotFound("organisation"))?;
        }
        let before = station_grants::of_station(tx.conn(), station).await?;
        station_grants::replace(tx.conn(), station, org_ids, &actor.name, self.now()).await?;
        let after = station_grants::of_station(tx.conn(), station).await?;
        let ids = |rows: &[StationGrant]| {
            let ids: Vec<i64> = rows.iter().map(|row| row.org_id).collect();
            Some(json!({ "org_ids": ids }))
        };
        let object = format!("station:{station}");
        let (old, new) = (ids(&before), ids(&after));
        self.audit_in(&mut tx, actor, "device.station.grant", &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }
}
