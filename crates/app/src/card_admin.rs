//! The lists of cards and vehicles that may charge.

use crate::{App, AppError};
use domain::card::CardStatus;
use domain::org::Scope;
use store::cards::{self, CardEntry, CardRow};
use store::vehicles::{self, VehicleEntry, VehicleRow};
use store::{Page, PageRequest, constraint};
use tracing::info;

const NO_CARD: AppError = AppError::NotFound("card");
const NO_VEHICLE: AppError = AppError::NotFound("vehicle");

impl App {
    /// Adds a card.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when its number is taken.
    pub async fn add_card(&self, actor: &str, entry: CardEntry) -> Result<CardRow, AppError> {
        self.add_card_of(&Scope::Everything, actor, entry).await
    }

    /// Adds a card that belongs to an organisation.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when its number is taken.
    pub async fn add_card_of(
        &self,
        scope: &Scope,
        actor: &str,
        entry: CardEntry,
    ) -> Result<CardRow, AppError> {
        let mut tx = self.db.begin().await?;
        match cards::insert(tx.conn(), &entry, self.now()).await {
            Err(error) if error.violates(constraint::ONE_CARD_PER_NUMBER) => {
                return Err(AppError::Conflict("card exists"));
            }
            added => added?,
        };
        if let Some(path) = scope.path() {
            cards::set_owner(tx.conn(), &entry.card.card_no, path).await?;
        }
        let row = cards::find(tx.conn(), &entry.card.card_no).await?;
        tx.commit().await?;
        info!(card = entry.card.card_no, actor, "card added");
        row.ok_or(NO_CARD)
    }

    /// Replaces what is written about a card.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a card, [`AppError::Conflict`] when it cannot go into
    /// that state.
    pub async fn change_card(&self, actor: &str, entry: CardEntry) -> Result<CardRow, AppError> {
        let mut tx = self.db.begin().await?;
        let number = &entry.card.card_no;
        let known = cards::find(tx.conn(), number).await?.ok_or(NO_CARD)?;
        may_become(known.card.status, entry.card.status)?;
        cards::update(tx.conn(), &entry, self.now()).await?;
        let row = cards::find(tx.conn(), number).await?;
        tx.commit().await?;
        info!(
            card = number,
            actor,
            status = entry.card.status.as_str(),
            "card changed"
        );
        row.ok_or(NO_CARD)
    }

    /// Takes a card off the list. A charge that it started goes on.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a card.
    pub async fn remove_card(&self, actor: &str, card_no: &str) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        if !cards::remove(direct.conn(), card_no, self.now()).await? {
            return Err(NO_CARD);
        }
        info!(card = card_no, actor, "card removed");
        Ok(())
    }

    /// A card.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a card.
    pub async fn card(&self, card_no: &str) -> Result<CardRow, AppError> {
        let mut view = self.db.view().await?;
        cards::find(view.conn(), card_no).await?.ok_or(NO_CARD)
    }

    /// A page of cards, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_cards(
        &self,
        scope: &Scope,
        status: Option<CardStatus>,
        card_no: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<CardRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(cards::list(view.conn(), scope, status, card_no, page).await?)
    }

    /// Adds a vehicle.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when its number is taken.
    pub async fn add_vehicle(
        &self,
        actor: &str,
        entry: VehicleEntry,
    ) -> Result<VehicleRow, AppError> {
        self.add_vehicle_of(&Scope::Everything, actor, entry).await
    }

    /// Adds a vehicle that belongs to an organisation.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when its number is taken.
    pub async fn add_vehicle_of(
        &self,
        scope: &Scope,
        actor: &str,
        entry: VehicleEntry,
    ) -> Result<VehicleRow, AppError> {
        let mut tx = self.db.begin().await?;
        match vehicles::insert(tx.conn(), &entry, self.now()).await {
            Err(error) if error.violates(constraint::ONE_VEHICLE_PER_VIN) => {
                return Err(AppError::Conflict("vehicle exists"));
            }
            added => added?,
        };
        if let Some(path) = scope.path() {
            vehicles::set_owner(tx.conn(), &entry.vehicle.vin, path).await?;
        }
        let row = vehicles::find(tx.conn(), &entry.vehicle.vin).await?;
        tx.commit().await?;
        info!(vin = entry.vehicle.vin, actor, "vehicle added");
        row.ok_or(NO_VEHICLE)
    }

    /// Replaces what is written about a vehicle.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a vehicle, [`AppError::Conflict`] when it cannot go
    /// into that state.
    pub async fn change_vehicle(
        &self,
        actor: &str,
        entry: VehicleEntry,
    ) -> Result<VehicleRow, AppError> {
        let mut tx = self.db.begin().await?;
        let vin = &entry.vehicle.vin;
        let known = vehicles::find(tx.conn(), vin).await?.ok_or(NO_VEHICLE)?;
        may_become(known.entry.vehicle.status, entry.vehicle.status)?;
        vehicles::update(tx.conn(), &entry, self.now()).await?;
        let row = vehicles::find(tx.conn(), vin).await?;
        tx.commit().await?;
        info!(vin, actor, "vehicle changed");
        row.ok_or(NO_VEHICLE)
    }

    /// Takes a vehicle off the list. A charge that it started goes on.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a vehicle.
    pub async fn remove_vehicle(&self, actor: &str, vin: &str) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        if !vehicles::remove(direct.conn(), vin, self.now()).await? {
            return Err(NO_VEHICLE);
        }
        info!(vin, actor, "vehicle removed");
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

fn may_become(from: CardStatus, to: CardStatus) -> Result<(), AppError> {
    if from == to || from.may_become(to) {
        Ok(())
    } else {
        Err(AppError::Conflict("not possible in the present state"))
    }
}
