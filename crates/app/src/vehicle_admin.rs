//! The list of vehicles that may charge by being plugged in.

use crate::card_admin::may_become;
use crate::payers::{check_card, check_company, check_member, owner};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::org::Scope;
use store::vehicles::{self, VehicleEntry, VehicleRow};
use store::{Page, PageRequest, constraint};
use tracing::info;

const NO_VEHICLE: AppError = AppError::NotFound("vehicle");

impl App {
    /// Adds a vehicle. It is the company's that pays for it, else that of whoever enters it.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when its number is taken, [`AppError::Invalid`] for a payer or a
    /// card that the actor may not name.
    pub async fn add_vehicle(
        &self,
        actor: &Actor,
        entry: VehicleEntry,
    ) -> Result<VehicleRow, AppError> {
        let vehicle = &entry.vehicle;
        let mut tx = self.db.begin().await?;
        check_member(&mut tx, actor, vehicle.member).await?;
        check_card(&mut tx, actor, vehicle.card_no.as_deref()).await?;
        let company = check_company(&mut tx, actor, vehicle.company).await?;
        match vehicles::insert(tx.conn(), &entry, self.now()).await {
            Err(error) if error.violates(constraint::ONE_VEHICLE_PER_VIN) => {
                return Err(AppError::Conflict("vehicle exists"));
            }
            added => added?,
        };
        let owner = owner(actor, company);
        vehicles::set_owner(tx.conn(), &vehicle.vin, owner.as_deref()).await?;
        let row = vehicles::find(tx.conn(), &vehicle.vin).await?;
        tx.commit().await?;
        info!(vin = vehicle.vin, actor = actor.name, "vehicle added");
        row.ok_or(NO_VEHICLE)
    }

    /// Replaces what is written about a vehicle.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a vehicle, [`AppError::Conflict`] when it cannot go
    /// into that state, [`AppError::Invalid`] for a payer or a card that the actor may not name.
    pub async fn change_vehicle(
        &self,
        actor: &Actor,
        entry: VehicleEntry,
    ) -> Result<VehicleRow, AppError> {
        let is = &entry.vehicle;
        let mut tx = self.db.begin().await?;
        let known = vehicles::lock(tx.conn(), &is.vin).await?;
        let was = known.ok_or(NO_VEHICLE)?.entry.vehicle;
        may_become(was.status, is.status)?;
        if was.member != is.member {
            check_member(&mut tx, actor, is.member).await?;
        }
        if was.card_no != is.card_no {
            check_card(&mut tx, actor, is.card_no.as_deref()).await?;
        }
        if was.company != is.company {
            let company = check_company(&mut tx, actor, is.company).await?;
            let owner = owner(actor, company);
            vehicles::set_owner(tx.conn(), &is.vin, owner.as_deref()).await?;
        }
        vehicles::update(tx.conn(), &entry, self.now()).await?;
        let row = vehicles::find(tx.conn(), &is.vin).await?;
        tx.commit().await?;
        info!(vin = is.vin, actor = actor.name, "vehicle changed");
        row.ok_or(NO_VEHICLE)
    }

    /// Takes a vehicle off the list. A charge that it started goes on.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a vehicle.
    pub async fn remove_vehicle(&self, actor: &Actor, vin: &str) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        if !vehicles::remove(direct.conn(), vin, self.now()).await? {
            return Err(NO_VEHICLE);
        }
        info!(vin, actor = actor.name, "vehicle removed");
        Ok(())
    }

    /// A vehicle.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a vehicle.
    pub async fn vehicle(&self, vin: &str) -> Result<VehicleRow, AppError> {
        let mut view = self.db.view().await?;
        vehicles::find(view.conn(), vin).await?.ok_or(NO_VEHICLE)
    }

    /// A page of vehicles, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_vehicles(
        &self,
        scope: &Scope,
        vin: Option<&str>,
        plate: Option<&str>,
        company: Option<i64>,
        page: PageRequest,
    ) -> Result<Page<VehicleRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(vehicles::list(view.conn(), scope, vin, plate, company, page).await?)
    }
}
