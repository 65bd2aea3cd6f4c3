//! Times in which nobody is told of some alarms: planned maintenance, or an alarm that everybody
//! knows of. The alarms stand all the same.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::fault::FieldFault;
use domain::org::PLATFORM_PATH;
use kernel::{PhyId, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;
use store::alarm_mutes::{self, Mute, NewMute};
use store::row_owners::{self, Addressed};
use store::{Page, PageRequest, Tx, devices};

/// Longest time of silence.
const LONGEST: Duration = Duration::from_hours(24 * 30);
/// Longest reason, in characters.
const REASON_MAX: usize = 200;
const NO_MUTE: AppError = AppError::NotFound("mute");

/// What somebody wants silence about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MuteWish {
    /// Alarms of this cause.
    pub code: Option<AlarmCode>,
    /// Alarms at this station.
    pub station_id: Option<i64>,
    /// Alarms of this device.
    pub phy_id: Option<PhyId>,
    /// This alarm.
    pub alarm_id: Option<i64>,
    /// From then; from now when none.
    pub starts_at: Option<Timestamp>,
    /// Until then.
    pub ends_at: Timestamp,
    /// Why.
    pub reason: String,
}

impl MuteWish {
    fn check(&self, now: Timestamp) -> Result<Timestamp, FieldFault> {
        let starts_at = self.starts_at.unwrap_or(now);
        let length = self.reason.trim().chars().count();
        let fits = (1..=REASON_MAX).contains(&length);
        FieldFault::unless(
            fits,
            "reason",
            format!("must have 1 to {REASON_MAX} characters"),
        )?;
        let ahead = self.ends_at > starts_at && self.ends_at > now;
        FieldFault::unless(ahead, "ends_at", "must come after starts_at and after now")?;
        let bounded = self.ends_at.since(starts_at) <= LONGEST;
        FieldFault::unless(
            bounded,
            "ends_at",
            "must be at most 30 days after starts_at",
        )?;
        Ok(starts_at)
    }
}

impl App {
    /// A page of mutes, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_mutes(
        &self,
        actor: &Actor,
        in_force_only: bool,
        page: PageRequest,
    ) -> Result<Page<Mute>, AppError> {
        let open_at = in_force_only.then(|| self.now());
        let mut view = self.db.view().await?;
        Ok(alarm_mutes::list(view.conn(), &actor.scope(), open_at, page).await?)
    }

    /// Silences alarms for a time.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for what cannot be, [`AppError::NotFound`] for a place or an alarm
    /// that the actor does not see.
    pub async fn mute(&self, actor: &Actor, wish: &MuteWish) -> Result<Mute, AppError> {
        let now = self.now();
        let starts_at = wish.check(now)?;
        let mut tx = self.db.begin().await?;
        let place = self.place_of(&mut tx, actor, wish).await?;
        let new = NewMute {
            code: wish.code.map(|code| code.as_str().to_owned()),
            station_id: wish.station_id,
            device_id: place.device_id,
            alarm_id: wish.alarm_id,
            starts_at,
            ends_at: wish.ends_at,
            reason: wish.reason.trim().to_owned(),
            org_path: place.org_path,
        };
        let id = alarm_mutes::insert(tx.conn(), &new, &actor.name, now).await?;
        let mute = alarm_mutes::find(tx.conn(), id).await?.ok_or(NO_MUTE)?;
        let object = format!("mute:{id}");
        let after = Some(shown(&mute));
        self.audit_in(&mut tx, actor, "device.alarm.mute", &object, None, after)
            .await?;
        tx.commit().await?;
        Ok(mute)
    }

    /// Ends a mute before its time.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a mute, [`AppError::Conflict`] when it is over.
    pub async fn unmute(&self, actor: &Actor, id: i64) -> Result<Mute, AppError> {
        let mut tx = self.db.begin().await?;
        let before = alarm_mutes::find(tx.conn(), id).await?;
        let before = before
            .filter(|mute| actor.owns_at(&mute.org_path, mute.station_id))
            .ok_or(NO_MUTE)?;
        if !alarm_mutes::lift(tx.conn(), id, self.now()).await? {
            return Err(AppError::Conflict("it is over already"));
        }
        let after = alarm_mutes::find(tx.conn(), id).await?.ok_or(NO_MUTE)?;
        let object = format!("mute:{id}");
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        self.audit_in(&mut tx, actor, "device.alarm.mute", &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Whose alarms a mute is about: the owner's of what it names, or everybody's, which is the
    /// platform's business.
    async fn place_of(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        wish: &MuteWish,
    ) -> Result<Place, AppError> {
        let named = [
            (
                Addressed::Device,
                wish.phy_id.as_ref().map(ToString::to_string),
                "device",
            ),
            (
                Addressed::Station,
                wish.station_id.map(|id| id.to_string()),
                "station",
            ),
            (
                Addressed::Alarm,
                wish.alarm_id.map(|id| id.to_string()),
                "alarm",
            ),
        ];
        let mut org_path = None;
        for (what, key, word) in named {
            let Some(key) = key else { continue };
            let owners = row_owners::of(tx.conn(), what, &key).await?;
            let owner = owners
                .into_iter()
                .find(|owner| owner.seen_by(&actor.scope()))
                .ok_or(AppError::NotFound(word))?;
            org_path = Some(owner.org_path.unwrap_or_else(|| PLATFORM_PATH.to_owned()));
        }
        if org_path.is_none() && !actor.is_platform() {
            return Err(FieldFault::at("station_id", "must be named").into());
        }
        let device = match &wish.phy_id {
            Some(phy_id) => devices::find_by_phy_id(tx.conn(), phy_id).await?,
            None => None,
        };
        Ok(Place {
            org_path: org_path.unwrap_or_else(|| PLATFORM_PATH.to_owned()),
            device_id: device.map(|device| device.id.0),
        })
    }
}

struct Place {
    org_path: String,
    device_id: Option<i64>,
}

fn shown(mute: &Mute) -> Value {
    json!({
        "code": mute.code,
        "station_id": mute.station_id,
        "device_id": mute.device_id,
        "alarm_id": mute.alarm_id,
        "starts_at": mute.starts_at.unix_seconds(),
        "ends_at": mute.ends_at.unix_seconds(),
        "reason": mute.reason,
        "lifted_at": mute.lifted_at.map(Timestamp::unix_seconds),
    })
}
