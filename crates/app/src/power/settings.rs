//! What stations may draw, and how their devices take part.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::load_balance::LEAST_PCT;
use kernel::PhyId;
use serde_json::json;
use store::station_power::{self, DevicePower, StationPower};
use store::stations;

/// Most that a station may be said to draw, W.
const CAPACITY_MAX_W: i64 = 100_000_000;
/// What a charge that begins is taken to need, W, until somebody says something else.
pub(super) const START_W: i64 = 3_500;
/// What devices weigh.
const WEIGHTS: std::ops::RangeInclusive<i16> = 1..=9;

/// What a station is to draw at most.
#[derive(Clone, Copy, Debug)]
pub struct StationPowerWish {
    /// Supply capacity, W.
    pub capacity_w: i64,
    /// What of it is kept for other uses, W.
    pub reserve_w: i64,
    /// What a charge that begins needs at least, W; none: as before.
    pub start_w: Option<i64>,
}

/// How a device is to take part.
#[derive(Clone, Copy, Debug)]
pub struct DeviceShareWish {
    /// 1 to 9.
    pub weight: i16,
    /// Never limited below this share of its rating, %.
    pub least_pct: i16,
}

impl App {
    /// Says what a station may draw.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a station, [`AppError::Invalid`] for numbers that
    /// cannot be.
    pub async fn set_station_power(
        &self,
        actor: &Actor,
        station_id: i64,
        wish: StationPowerWish,
    ) -> Result<StationPower, AppError> {
        within("capacity_w", wish.capacity_w, 1, CAPACITY_MAX_W)?;
        within("reserve_w", wish.reserve_w, 0, wish.capacity_w - 1)?;
        if let Some(start) = wish.start_w {
            within("start_w", start, 1, wish.capacity_w)?;
        }
        self.change_station_power(actor, station_id, "power.capacity", |power| {
            power.capacity_w = wish.capacity_w;
            power.reserve_w = wish.reserve_w;
            power.start_w = wish.start_w.unwrap_or(power.start_w);
        })
        .await
    }

    /// Switches the balancing of a station's load on or off.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a station, [`AppError::Conflict`] while nobody has said
    /// what it may draw.
    pub async fn set_balancing(
        &self,
        actor: &Actor,
        station_id: i64,
        on: bool,
    ) -> Result<StationPower, AppError> {
        let known = self.station_power_of(station_id).await?;
        if known.is_none() {
            return Err(AppError::Conflict("the station has no capacity yet"));
        }
        let power = self
            .change_station_power(actor, station_id, "power.balancing", |power| {
                power.balancing = on;
            })
            .await?;
        if !on {
            self.power.rooms.remove(&station_id);
            self.power.plans.remove(&station_id);
        }
        Ok(power)
    }

    /// Says how a device takes part in the balancing.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a device, [`AppError::Invalid`] for numbers that cannot
    /// be.
    pub async fn set_device_share(
        &self,
        actor: &Actor,
        phy_id: &PhyId,
        wish: DeviceShareWish,
    ) -> Result<DevicePower, AppError> {
        let (least, most) = (*WEIGHTS.start(), *WEIGHTS.end());
        within(
            "weight",
            i64::from(wish.weight),
            i64::from(least),
            i64::from(most),
        )?;
        let floor = i64::from(LEAST_PCT);
        within("least_pct", i64::from(wish.least_pct), floor, 100)?;
        let device = self.device_summary(phy_id).await?.row;
        let row = DevicePower {
            device_id: device.id,
            weight: wish.weight,
            least_pct: wish.least_pct,
            updated_by: actor.name.clone(),
            updated_at: self.now(),
        };
        let known = self.power.shares.load().get(&device.id).cloned();
        let before = known.map_or((1, i16::from(LEAST_PCT)), |known| {
            (known.weight, known.least_pct)
        });
        let shown = |(weight, least): (i16, i16)| json!({"weight": weight, "least_pct": least});
        let (old, new) = (
            Some(shown(before)),
            Some(shown((row.weight, row.least_pct))),
        );
        let object = format!("device:{phy_id}");
        let mut tx = self.db.begin().await?;
        station_power::put_device(tx.conn(), &row).await?;
        self.audit_in(&mut tx, actor, "power.share", &object, old, new)
            .await?;
        tx.commit().await?;
        self.load_power().await?;
        Ok(row)
    }

    /// What a station may draw, if that was said.
    pub(super) async fn station_power_of(
        &self,
        station_id: i64,
    ) -> Result<Option<StationPower>, AppError> {
        let mut view = self.db.view().await?;
        let known = stations::find(view.conn(), station_id).await?;
        known.ok_or(AppError::NotFound("station"))?;
        Ok(station_power::find(view.conn(), station_id).await?)
    }

    async fn change_station_power(
        &self,
        actor: &Actor,
        station_id: i64,
        action: &str,
        change: impl FnOnce(&mut StationPower),
    ) -> Result<StationPower, AppError> {
        let before = self.station_power_of(station_id).await?;
        let mut power = before.clone().unwrap_or(StationPower {
            station_id,
            capacity_w: 0,
            reserve_w: 0,
            balancing: false,
            start_w: START_W,
            updated_by: String::new(),
            updated_at: self.now(),
        });
        change(&mut power);
        power.updated_by.clone_from(&actor.name);
        power.updated_at = self.now();
        let shown = |power: &StationPower| {
            json!({"capacity_w": power.capacity_w, "reserve_w": power.reserve_w,
                "balancing": power.balancing, "start_w": power.start_w})
        };
        let mut tx = self.db.begin().await?;
        station_power::put(tx.conn(), &power).await?;
        let object = format!("station:{station_id}");
        let nothing = || json!({"capacity_w": null, "balancing": false});
        let old = Some(before.as_ref().map_or_else(nothing, shown));
        let new = Some(shown(&power));
        self.audit_in(&mut tx, actor, action, &object, old, new)
            .await?;
        tx.commit().await?;
        self.load_power().await?;
        Ok(power)
    }
}

fn within(field: &str, value: i64, least: i64, most: i64) -> Result<(), AppError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(AppError::Invalid {
        field: field.to_owned(),
        problem: format!("must be {least} to {most}"),
    })
}
