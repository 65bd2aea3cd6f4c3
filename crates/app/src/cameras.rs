//! Cameras at stations: who keeps them, whether they live, what they see.

use crate::money::raise;
use crate::staff::Actor;
use crate::{App, AppError};
use channels::camera::Snapshot;
use domain::alarm::AlarmCode;
use domain::camera::{CameraEntry, OFFLINE_AFTER, PLAY_FOR, door};
use futures_util::stream::{self, StreamExt as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::{DeviceId, PhyId, Timestamp};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::Duration;
use store::cameras::{self, Camera, CameraFilter};
use store::{Page, PageRequest, alarms, stations};

const NO_CAMERA: AppError = AppError::NotFound("camera");
/// A camera is tried so often.
const TRY_EVERY: Duration = Duration::from_mins(1);
/// Cameras of one look, and those tried at once.
const CAMERAS_MAX: u16 = 500;
const AT_ONCE: usize = 16;
/// What an alarm is about.
const OBJECT: &str = "camera";

/// What a person wants of a camera.
#[derive(Clone, Debug)]
pub struct CameraWish {
    /// Its station; when it is changed, it stays where it is.
    pub station_id: i64,
    /// The device that it looks at.
    pub device: Option<PhyId>,
    /// Everything else. A password or key that is none stays what it is.
    pub entry: CameraEntry,
}

/// Where a camera is watched.
#[derive(Clone, Debug)]
pub struct PlayAddress {
    /// The address.
    pub url: String,
    /// Until when it is good, where it is signed.
    pub expires_at: Option<Timestamp>,
}

impl App {
    /// Tries the cameras that are due; how many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn try_cameras(&self) -> Result<usize, AppError> {
        let mut view = self.db.view().await?;
        let due = cameras::due(view.conn(), self.now() - TRY_EVERY, CAMERAS_MAX).await?;
        drop(view);
        let count = due.len();
        let tried: Vec<(Camera, Result<(), String>)> = stream::iter(due)
            .map(|camera| async move {
                let outcome = self.knock_at(&camera).await;
                (camera, outcome)
            })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (camera, outcome) in tried {
            self.note_camera(&camera, outcome).await?;
        }
        Ok(count)
    }

    async fn knock_at(&self, camera: &Camera) -> Result<(), String> {
        let entry = &camera.entry;
        let url = entry.snapshot_url.as_ref().or(entry.stream_url.as_ref());
        let Some((host, port)) = url.and_then(|url| door(url)) else {
            return Err("it has no address".to_owned());
        };
        let knocked = self.outside.cameras.knock(&host, port).await;
        knocked.map_err(|error| error.0)
    }

    async fn note_camera(
        &self,
        camera: &Camera,
        outcome: Result<(), String>,
    ) -> Result<(), AppError> {
        let (now, id) = (self.now(), camera.id.to_string());
        let code = AlarmCode::CameraOffline;
        let mut tx = self.db.begin().await?;
        match outcome {
            Ok(()) => {
                cameras::checked(tx.conn(), camera.id, "online", None, now).await?;
                if camera.state != "online" {
                    alarms::recover(tx.conn(), code.as_str(), OBJECT, &id, now).await?;
                }
            }
            Err(problem) => {
                let since = camera.state_since.filter(|_| camera.state == "offline");
                let away = since.map(|since| now.since(since)).unwrap_or_default();
                cameras::checked(tx.conn(), camera.id, "offline", Some(&problem), now).await?;
                let told = camera
                    .checked_at
                    .zip(since)
                    .is_some_and(|(checked, since)| checked.since(since) >= OFFLINE_AFTER);
                if away >= OFFLINE_AFTER && !told {
                    let details = json!({"station_id": camera.station_id,
                        "name": camera.entry.name, "problem": problem});
                    raise(&mut tx, code, (OBJECT, &id), details, now).await?;
                    let key = (code.as_str(), OBJECT, id.as_str());
                    alarms::place(tx.conn(), key, camera.station_id).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// A page of cameras, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_cameras(
        &self,
        filter: &CameraFilter,
        page: PageRequest,
    ) -> Result<Page<Camera>, AppError> {
        let mut view = self.db.view().await?;
        Ok(cameras::list(view.conn(), filter, page).await?)
    }

    /// One camera.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without it.
    pub async fn camera(&self, id: i64) -> Result<Camera, AppError> {
        let mut view = self.db.view().await?;
        cameras::find(view.conn(), id).await?.ok_or(NO_CAMERA)
    }

    /// Registers a camera.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a station or device, [`AppError::Invalid`] for what
    /// cannot be.
    pub async fn add_camera(&self, actor: &Actor, wish: &CameraWish) -> Result<Camera, AppError> {
        check(&wish.entry)?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let known = stations::find(tx.conn(), wish.station_id).await?;
        known.ok_or(AppError::NotFound("station"))?;
        let device = self.camera_device(wish)?;
        let place = (wish.station_id, device);
        let id = cameras::insert(tx.conn(), place, &wish.entry, &actor.name, now).await?;
        let object = format!("camera:{id}");
        let after = Some(shown(wish.station_id, &wish.entry));
        self.audit_in(&mut tx, actor, "camera.create", &object, None, after)
            .await?;
        let row = cameras::find(tx.conn(), id).await?;
        tx.commit().await?;
        row.ok_or(NO_CAMERA)
    }

    /// Changes a camera. Credentials that are left out stay; an empty one is taken away.
    ///
    /// # Errors
    /// As [`App::add_camera`]; [`AppError::NotFound`] without such a camera.
    pub async fn change_camera(
        &self,
        actor: &Actor,
        id: i64,
        mut wish: CameraWish,
    ) -> Result<Camera, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = cameras::find(tx.conn(), id).await?.ok_or(NO_CAMERA)?;
        let kept = |said: &mut Option<String>, known: &Option<String>| match said {
            None => said.clone_from(known),
            Some(text) if text.is_empty() => *said = None,
            Some(_) => {}
        };
        kept(&mut wish.entry.password, &before.entry.password);
        kept(&mut wish.entry.sign_key, &before.entry.sign_key);
        check(&wish.entry)?;
        wish.station_id = before.station_id;
        let device = self.camera_device(&wish)?;
        cameras::update(tx.conn(), id, device, &wish.entry, now).await?;
        let object = format!("camera:{id}");
        let old = Some(shown(before.station_id, &before.entry));
        let new = Some(shown(before.station_id, &wish.entry));
        self.audit_in(&mut tx, actor, "camera.edit", &object, old, new)
            .await?;
        let row = cameras::find(tx.conn(), id).await?;
        tx.commit().await?;
        row.ok_or(NO_CAMERA)
    }

    /// Takes a camera away; its alarm ends.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without it.
    pub async fn remove_camera(&self, actor: &Actor, id: i64) -> Result<(), AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = cameras::find(tx.conn(), id).await?.ok_or(NO_CAMERA)?;
        cameras::remove(tx.conn(), id, now).await?;
        let code = AlarmCode::CameraOffline.as_str();
        alarms::recover(tx.conn(), code, OBJECT, &id.to_string(), now).await?;
        let object = format!("camera:{id}");
        let old = Some(shown(before.station_id, &before.entry));
        self.audit_in(&mut tx, actor, "camera.delete", &object, old, None)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Fetches a picture, and writes down who looked.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without it, [`AppError::Conflict`] when it has no address for
    /// pictures, [`AppError::Semantic`] when it gives none.
    pub async fn camera_snapshot(&self, actor: &Actor, id: i64) -> Result<Snapshot, AppError> {
        let camera = self.camera(id).await?;
        let entry = &camera.entry;
        let url = entry.snapshot_url.as_deref();
        let url = url.ok_or(AppError::Conflict("the camera gives no pictures"))?;
        let name = entry.username.as_deref();
        let account = name.map(|name| (name, entry.password.as_deref().unwrap_or_default()));
        let looked = self.outside.cameras.look(url, account).await;
        let picture = looked.map_err(|error| AppError::Semantic {
            field: "camera".to_owned(),
            problem: format!("gave no picture: {error}"),
        })?;
        let object = format!("camera:{id}");
        let what = json!({"name": entry.name});
        self.audit(actor, "camera.snapshot", &object, Some(what))
            .await?;
        let mut direct = self.db.direct().await?;
        cameras::pictured(direct.conn(), id, self.now()).await?;
        Ok(picture)
    }

    /// Where a camera is watched, and writes down who asked.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without it, [`AppError::Conflict`] when it has no stream.
    pub async fn play_camera(&self, actor: &Actor, id: i64) -> Result<PlayAddress, AppError> {
        let entry = self.camera(id).await?.entry;
        let until = self.now() + PLAY_FOR;
        let key = entry.sign_key.clone().unwrap_or_default();
        let url = entry.play_url(until, |text| sign(&key, text));
        let url = url.ok_or(AppError::Conflict("the camera has no stream"))?;
        let object = format!("camera:{id}");
        let what = json!({"name": entry.name});
        self.audit(actor, "camera.play", &object, Some(what))
            .await?;
        Ok(PlayAddress {
            url,
            expires_at: entry.is_signed().then_some(until),
        })
    }

    fn camera_device(&self, wish: &CameraWish) -> Result<Option<DeviceId>, AppError> {
        let Some(device) = &wish.device else {
            return Ok(None);
        };
        let known = self
            .live
            .read(device, |live| (live.id, live.station_id))
            .filter(|(_, station)| *station == Some(wish.station_id));
        let (id, _) = known.ok_or(AppError::NotFound("device"))?;
        Ok(Some(id))
    }
}

/// HMAC-SHA256 in hexadecimal digits.
fn sign(key: &str, text: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn check(entry: &CameraEntry) -> Result<(), AppError> {
    match entry.problem() {
        None => Ok(()),
        Some((field, problem)) => Err(AppError::Invalid {
            field: field.to_owned(),
            problem,
        }),
    }
}

/// What stands in the audit log: no address, no secret.
fn shown(station_id: i64, entry: &CameraEntry) -> Value {
    json!({"station_id": station_id, "name": entry.name, "vendor": entry.vendor,
        "gb28181_id": entry.gb28181_id, "username": entry.username,
        "has_password": entry.password.is_some(), "has_sign_key": entry.sign_key.is_some()})
}
