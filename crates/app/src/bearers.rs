//! Cards and vehicles by what a device says of them, and whether they serve there.

use crate::{App, AppError};
use device::VinOffer;
use domain::card::{self, Card, Vehicle, plain_number};
use domain::payer::Payer;
use kernel::PhyId;
use store::cards::{self, CardRow};
use store::row_owners::{self, Addressed};
use store::vehicles::{self, VehicleRow};

impl App {
    /// The card with that printed number, or with that chip.
    pub(crate) async fn find_card(
        &self,
        card_no: &str,
        physical: Option<&str>,
    ) -> Result<Option<CardRow>, AppError> {
        let mut view = self.db.view().await?;
        let number = plain_number(card_no);
        if !number.is_empty()
            && let Some(row) = cards::find(view.conn(), &number).await?
        {
            return Ok(Some(row));
        }
        let Some(key) = physical.and_then(card::chip_key) else {
            return Ok(None);
        };
        let mut found = cards::find_by_chip(view.conn(), &key).await?;
        // Two cards that a device cannot tell apart are none.
        Ok(found.pop().filter(|_| found.is_empty()))
    }

    /// The vehicle that a device offers, whichever way round it reads the number.
    pub(crate) async fn find_vehicle(
        &self,
        offer: &VinOffer,
    ) -> Result<Option<VehicleRow>, AppError> {
        let mut view = self.db.view().await?;
        for vin in [Some(&offer.vin), offer.vin_other.as_ref()]
            .into_iter()
            .flatten()
        {
            let vin = vin.trim().to_ascii_uppercase();
            if let Some(row) = vehicles::find(view.conn(), &vin).await? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// The card that charges at a device by its own word; none where it does not serve.
    pub(crate) async fn card_at(
        &self,
        device: &PhyId,
        number: &str,
    ) -> Result<Option<Card>, AppError> {
        let Some(row) = self.find_card(number, Some(number)).await? else {
            return Ok(None);
        };
        let payer = row.card.payer();
        let serves = self.serves(device, payer.as_ref(), row.org_path.as_deref());
        Ok(serves.await?.then_some(row.card))
    }

    /// The vehicle with that number; none where it does not serve.
    pub(crate) async fn vehicle_at(
        &self,
        device: &PhyId,
        vin: &str,
    ) -> Result<Option<Vehicle>, AppError> {
        let mut view = self.db.view().await?;
        let vin = vin.trim().to_ascii_uppercase();
        let row = vehicles::find(view.conn(), &vin).await?;
        drop(view);
        let Some(row) = row else {
            return Ok(None);
        };
        let vehicle = row.entry.vehicle;
        let payer = vehicle.payer();
        let serves = self.serves(device, payer.as_ref(), row.org_path.as_deref());
        Ok(serves.await?.then_some(vehicle))
    }

    /// Whether a card or vehicle of that owner serves at a device.
    pub(crate) async fn serves(
        &self,
        device: &PhyId,
        payer: Option<&Payer>,
        owner: Option<&str>,
    ) -> Result<bool, AppError> {
        // Only what is given away asks where it is.
        if card::serves_at(payer, owner, "") {
            return Ok(true);
        }
        let mut view = self.db.view().await?;
        let owners = row_owners::of(view.conn(), Addressed::Device, &device.to_string()).await?;
        let place = owners.into_iter().find_map(|owners| owners.org_path);
        Ok(card::serves_at(
            payer,
            owner,
            place.as_deref().unwrap_or_default(),
        ))
    }
}
