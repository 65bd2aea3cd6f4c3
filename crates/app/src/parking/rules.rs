//! What car parks grant, as the staff agreed on it with them.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::org::Scope;
use domain::parking::ParkingRule;
use serde_json::json;
use store::parking_rules::{self, ParkingRuleRow};
use store::{Page, PageRequest, constraint, stations};

const NO_RULE: AppError = AppError::NotFound("rule");

impl App {
    /// Adds the rule of a station.
    ///
    /// # Errors
    /// [`AppError::Semantic`] for a rule that cannot stand, [`AppError::NotFound`] without such a
    /// station, [`AppError::Conflict`] when it has a rule.
    pub async fn add_parking_rule(
        &self,
        actor: &Actor,
        station_id: i64,
        terms: &ParkingRule,
    ) -> Result<ParkingRuleRow, AppError> {
        terms.check().map_err(|fault| AppError::Semantic {
            field: format!("terms.{}", fault.field),
            problem: fault.problem,
        })?;
        if self.outside.parking.named(&terms.vendor).is_none() {
            return Err(AppError::Semantic {
                field: "terms.vendor".to_owned(),
                problem: "is not configured".to_owned(),
            });
        }
        let now = self.now();
        let mut tx = self.db.begin().await?;
        stations::find(tx.conn(), station_id)
            .await?
            .ok_or(AppError::NotFound("station"))?;
        let name = &actor.name;
        let id = match parking_rules::insert(tx.conn(), station_id, terms, name, now).await {
            Err(error) if error.violates(constraint::ONE_PARKING_RULE_PER_STATION) => {
                return Err(AppError::Conflict("the station has a rule"));
            }
            made => made?,
        };
        let made = json!({"station_id": station_id, "terms": terms});
        let object = format!("parking_rule:{id}");
        self.audit_in(&mut tx, actor, "parking.add", &object, None, Some(made))
            .await?;
        let row = parking_rules::find(tx.conn(), id).await?;
        tx.commit().await?;
        row.ok_or(NO_RULE)
    }

    /// Takes a rule away; charges that have ended under it are told all the same.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a rule.
    pub async fn end_parking_rule(&self, actor: &Actor, id: i64) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        let before = parking_rules::find(tx.conn(), id).await?.ok_or(NO_RULE)?;
        if !parking_rules::end(tx.conn(), id, self.now()).await? {
            return Err(NO_RULE);
        }
        let object = format!("parking_rule:{id}");
        let old = json!({"station_id": before.station_id, "terms": before.terms});
        self.audit_in(&mut tx, actor, "parking.end", &object, Some(old), None)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// A page of rules, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_parking_rules(
        &self,
        scope: &Scope,
        station: Option<i64>,
        page: PageRequest,
    ) -> Result<Page<ParkingRuleRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(parking_rules::list(view.conn(), scope, station, page).await?)
    }
}
