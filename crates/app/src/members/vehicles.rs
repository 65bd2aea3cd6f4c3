//! Vehicles that members drive: a plate or a number has one owner, and a number may charge by
//! being plugged in.

use crate::{App, AppError};
use domain::card::{CardStatus, Vehicle};
use domain::parking::plain_plate;
use kernel::MemberId;
use store::member_vehicles::{self, MemberVehicle};
use store::members::Member;
use store::vehicles::{self, VehicleEntry};
use store::{Tx, constraint};
use tracing::info;

/// Length of a vehicle identification number.
const VIN_LENGTH: usize = 17;
/// Vehicles of one member.
const VEHICLES_MAX: usize = 10;

/// A vehicle that a member drives: its plate, its number, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VehicleWish {
    /// Its plate.
    pub plate: Option<String>,
    /// Its vehicle identification number.
    pub vin: Option<String>,
    /// It charges by being plugged in, and the member's wallet pays.
    pub plug_and_charge: bool,
}

/// It has an owner.
const TAKEN: AppError = AppError::Conflict("the vehicle is somebody else's");

impl App {
    /// Binds a vehicle to a member.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a plate or number that is none, [`AppError::Conflict`] when it is
    /// somebody else's, or there are too many.
    pub async fn bind_vehicle(
        &self,
        member: &Member,
        wish: &VehicleWish,
    ) -> Result<MemberVehicle, AppError> {
        let (plate, vin) = read(wish)?;
        let id = member.member_id();
        let mut tx = self.db.begin().await?;
        let own = member_vehicles::of_member(tx.conn(), id).await?;
        if own.len() >= VEHICLES_MAX {
            return Err(AppError::Conflict("no more than ten vehicles"));
        }
        let now = self.now();
        let bound =
            member_vehicles::insert(tx.conn(), id, plate.as_deref(), vin.as_deref(), now).await;
        let row = match bound {
            Err(error)
                if error.violates(constraint::ONE_MEMBER_PER_PLATE)
                    || error.violates(constraint::ONE_MEMBER_PER_VIN) =>
            {
                return Err(TAKEN);
            }
            bound => bound?,
        };
        if let Some(vin) = &vin {
            self.list_vehicle_in(&mut tx, member, vin, plate.clone(), wish.plug_and_charge)
                .await?;
        }
        let row = member_vehicles::find(tx.conn(), id, row).await?;
        tx.commit().await?;
        info!(member = %id, vin, plate, "vehicle bound");
        row.ok_or(AppError::NotFound("vehicle"))
    }

    /// The vehicle's charges are the member's from then on.
    async fn list_vehicle_in(
        &self,
        tx: &mut Tx,
        member: &Member,
        vin: &str,
        plate: Option<String>,
        plug_and_charge: bool,
    ) -> Result<(), AppError> {
        let id = member.member_id();
        let known = vehicles::find(tx.conn(), vin).await?;
        if let Some(known) = known {
            let vehicle = &known.entry.vehicle;
            if vehicle.member != Some(id) || vehicle.company.is_some() {
                return Err(TAKEN);
            }
            return Ok(());
        }
        let entry = VehicleEntry {
            vehicle: Vehicle {
                vin: vin.to_owned(),
                status: CardStatus::Active,
                plug_and_charge,
                limit: self.money_rules().max_freeze,
                member: Some(id),
                company: None,
                card_no: None,
            },
            plate,
            holder: member.nickname.clone(),
            phone: Some(member.phone.clone()),
            remark: None,
        };
        match vehicles::insert(tx.conn(), &entry, self.now()).await {
            Err(error) if error.violates(constraint::ONE_VEHICLE_PER_VIN) => Err(TAKEN),
            added => {
                added?;
                Ok(())
            }
        }
    }

    /// Gives a vehicle up; it charges by being plugged in no more.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is not theirs.
    pub async fn unbind_vehicle(&self, member: MemberId, id: i64) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        let none = AppError::NotFound("vehicle");
        let row = member_vehicles::find(tx.conn(), member, id).await?;
        let row = row.ok_or(AppError::NotFound("vehicle"))?;
        let now = self.now();
        if !member_vehicles::remove(tx.conn(), member, id, now).await? {
            return Err(none);
        }
        if let Some(vin) = &row.vin
            && let Some(known) = vehicles::find(tx.conn(), vin).await?
            && known.entry.vehicle.member == Some(member)
            && known.entry.vehicle.company.is_none()
        {
            vehicles::remove(tx.conn(), vin, now).await?;
        }
        tx.commit().await?;
        info!(%member, id, "vehicle unbound");
        Ok(())
    }

    /// A member's vehicles, oldest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn own_vehicles(&self, member: MemberId) -> Result<Vec<MemberVehicle>, AppError> {
        let mut view = self.db.view().await?;
        Ok(member_vehicles::of_member(view.conn(), member).await?)
    }
}

/// A licence plate as it is written down.
///
/// # Errors
/// [`AppError::Invalid`] when it is none.
pub fn check_plate(text: &str) -> Result<String, AppError> {
    let plate = plain_plate(text).filter(|plate| plate.chars().count() >= 5);
    plate.ok_or_else(|| AppError::Invalid {
        field: "plate".to_owned(),
        problem: "must have 5 to 10 letters and digits".to_owned(),
    })
}

fn read(wish: &VehicleWish) -> Result<(Option<String>, Option<String>), AppError> {
    let invalid = |field: &str, problem: &str| {
        Err(AppError::Invalid {
            field: field.to_owned(),
            problem: problem.to_owned(),
        })
    };
    let plate = wish.plate.as_deref().map(check_plate).transpose()?;
    let vin = match &wish.vin {
        None => None,
        Some(text) => {
            let vin = text.trim().to_ascii_uppercase();
            let letter = |c: u8| c.is_ascii_alphanumeric() && !matches!(c, b'I' | b'O' | b'Q');
            if vin.len() != VIN_LENGTH || !vin.bytes().all(letter) {
                return invalid("vin", "must have 17 letters and digits without I, O and Q");
            }
            Some(vin)
        }
    };
    if plate.is_none() && vin.is_none() {
        return invalid("plate", "or vin is required");
    }
    if wish.plug_and_charge && vin.is_none() {
        return invalid("vin", "is required for a charge by plugging in");
    }
    Ok((plate, vin))
}
