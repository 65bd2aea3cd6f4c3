//! Cameras at stations.

use crate::Api;
use crate::choice::among;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter, Named, Payload};
use crate::routes::routes;
use crate::run_to_end::run_to_end;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use app::{AppError, CameraWish, PlayAddress};
use axum::extract::State;
use channels::camera::Snapshot;
use domain::camera::CameraEntry;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use store::cameras::{Camera, CameraFilter};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(show, change, remove))
        .routes(routes!(snapshot))
        .routes(routes!(play))
}

/// A camera in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct CameraId(i64);

impl Named for CameraId {
    const NAME: &'static str = "camera";
}

super::money::paged_query! {
    /// Which cameras a list shows.
    CameraQuery {
        /// Of this station.
        station_id: i64,
        /// In this state: `unknown`, `online`, `offline`.
        state: String,
        /// With this in its name.
        name: String,
    }
}

/// A camera. Its password and key are never shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct CameraOut {
    /// Its id.
    #[schema(example = 1)]
    camera_id: i64,
    /// Its station.
    station_id: i64,
    /// Its name.
    #[schema(example = "入口")]
    name: String,
    /// Who made it.
    vendor: Option<String>,
    /// Its number on a video platform of GB/T 28181.
    gb28181_id: Option<String>,
    /// Whether it gives pictures.
    has_snapshot: bool,
    /// Where it is watched, as it was written.
    stream_url: Option<String>,
    /// Who asks there.
    username: Option<String>,
    /// Whether a password is kept.
    has_password: bool,
    /// `unknown`, `online`, `offline`.
    #[schema(example = "online")]
    state: String,
    /// Since when, Unix seconds.
    state_since: Option<i64>,
    /// When it was last tried, Unix seconds.
    checked_at: Option<i64>,
    /// Why it cannot be reached.
    problem: Option<String>,
    /// When a picture was last fetched, Unix seconds.
    snapshot_at: Option<i64>,
    /// When it was registered, Unix seconds.
    created_at: i64,
}

impl From<Camera> for CameraOut {
    fn from(row: Camera) -> Self {
        Self {
            camera_id: row.id,
            station_id: row.station_id,
            name: row.entry.name,
            vendor: row.entry.vendor,
            gb28181_id: row.entry.gb28181_id,
            has_snapshot: row.entry.snapshot_url.is_some(),
            stream_url: row.entry.stream_url,
            username: row.entry.username,
            has_password: row.entry.password.is_some(),
            state: row.state,
            state_since: seconds(row.state_since),
            checked_at: seconds(row.checked_at),
            problem: row.problem,
            snapshot_at: seconds(row.snapshot_at),
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// What an operator writes about a camera.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CameraBody {
    /// Its name.
    #[schema(max_length = 64)]
    name: String,
    /// The device that it looks at.
    device_phy_id: Option<String>,
    /// Who made it.
    vendor: Option<String>,
    /// Its number on a video platform of GB/T 28181, 20 digits.
    gb28181_id: Option<String>,
    /// Where a picture is fetched, http or https, without account and password.
    snapshot_url: Option<String>,
    /// Where it is watched; `{expires}` and `{sign}` stand for what a signed address needs.
    stream_url: Option<String>,
    /// Who asks there.
    username: Option<String>,
    /// With which password. Left out in a change: as before; empty: none.
    password: Option<String>,
    /// The key that signs addresses. Left out in a change: as before; empty: none.
    sign_key: Option<String>,
}

impl CameraBody {
    fn wish(self, station_id: i64) -> Result<CameraWish, crate::failure::Failure> {
        Ok(CameraWish {
            station_id,
            device: self.device_phy_id.as_deref().map(device_id).transpose()?,
            entry: CameraEntry {
                name: self.name.trim().to_owned(),
                vendor: self.vendor,
                gb28181_id: self.gb28181_id,
                snapshot_url: self.snapshot_url,
                stream_url: self.stream_url,
                username: self.username,
                password: self.password,
                sign_key: self.sign_key,
            },
        })
    }
}

/// A camera of a station.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"station_id": 1, "camera": {"name": "入口",
    "snapshot_url": "http://10.20.1.7/snap.jpg", "username": "viewer", "password": "…"}}))]
pub(crate) struct NewCameraBody {
    /// The station.
    station_id: i64,
    /// What is written about it.
    camera: CameraBody,
}

/// Lists cameras, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/cameras",
    tag = "administration",
    operation_id = "list_cameras",
    extensions(
        ("x-access" = json!("device.camera.view")),
        ("x-dataset" = json!("cameras")),
        ("x-scope" = json!("org")),
    ),
    params(CameraQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<CameraOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<CameraQuery>,
) -> Answer<PageOut<CameraOut>> {
    let page = query.page_request()?;
    let states = &["unknown", "online", "offline"];
    let filter = CameraFilter {
        station_id: query.station_id,
        state: among("state", query.state.as_deref(), states)?.map(str::to_owned),
        name: query.name,
        scope,
    };
    let page = api.app().list_cameras(&filter, page).await?;
    Ok(ok(PageOut::of(page, CameraOut::from)))
}

/// Registers a camera of a station.
#[utoipa::path(
    post,
    path = "/api/v1/admin/cameras",
    tag = "administration",
    operation_id = "create_camera",
    extensions(
        ("x-access" = json!("device.camera.create")),
        ("x-dataset" = json!("cameras")),
        ("x-scope" = json!("org")),
        ("x-audit" = json!("own")),
    ),
    request_body = NewCameraBody,
    responses(
        (status = 200, description = "Registered", body = Envelope<CameraOut>),
        (status = 404, description = "No such station or device", body = Refusal),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(_scope): Seen,
    Payload(body): Payload<NewCameraBody>,
) -> Answer<CameraOut> {
    let wish = body.camera.wish(body.station_id)?;
    let app = api.app().clone();
    let row = run_to_end(async move { app.add_camera(&actor, &wish).await }).await?;
    Ok(ok(row.into()))
}

/// Shows a camera.
#[utoipa::path(
    get,
    path = "/api/v1/admin/cameras/{camera_id}",
    tag = "administration",
    operation_id = "show_camera",
    extensions(("x-access" = json!("device.camera.view")), ("x-dataset" = json!("cameras"))),
    params(("camera_id" = i64, Path, description = "Its id", example = 1)),
    responses(
        (status = 200, description = "It", body = Envelope<CameraOut>),
        (status = 404, description = "No such camera", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(CameraId(id)): At<CameraId>,
) -> Answer<CameraOut> {
    Ok(ok(api.app().camera(id).await?.into()))
}

/// Changes a camera; its station stays.
#[utoipa::path(
    put,
    path = "/api/v1/admin/cameras/{camera_id}",
    tag = "administration",
    operation_id = "change_camera",
    extensions(
        ("x-access" = json!("device.camera.edit")),
        ("x-dataset" = json!("cameras")),
        ("x-audit" = json!("own")),
    ),
    params(("camera_id" = i64, Path, description = "Its id", example = 1)),
    request_body = CameraBody,
    responses(
        (status = 200, description = "Changed", body = Envelope<CameraOut>),
        (status = 404, description = "No such camera or device", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CameraId(id)): At<CameraId>,
    Payload(body): Payload<CameraBody>,
) -> Answer<CameraOut> {
    let wish = body.wish(0)?;
    let app = api.app().clone();
    let row = run_to_end(async move { app.change_camera(&actor, id, wish).await }).await?;
    Ok(ok(row.into()))
}

/// A camera that was taken away.
#[derive(Serialize, ToSchema)]
pub(crate) struct CameraRemoved {
    /// Its id.
    camera_id: i64,
}

/// Takes a camera away.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/cameras/{camera_id}",
    tag = "administration",
    operation_id = "remove_camera",
    extensions(("x-access" = json!("device.camera.edit")), ("x-audit" = json!("own"))),
    params(("camera_id" = i64, Path, description = "Its id", example = 1)),
    responses(
        (status = 200, description = "Gone", body = Envelope<CameraRemoved>),
        (status = 404, description = "No such camera", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CameraId(id)): At<CameraId>,
) -> Answer<CameraRemoved> {
    let app = api.app().clone();
    run_to_end(async move { app.remove_camera(&actor, id).await }).await?;
    Ok(ok(CameraRemoved { camera_id: id }))
}

/// A picture of a camera.
#[derive(Serialize, ToSchema)]
pub(crate) struct SnapshotOut {
    /// `image/jpeg`, `image/png`, `image/webp`.
    #[schema(example = "image/jpeg")]
    content_type: String,
    /// The picture in base64, at most 4 MB before that.
    data: String,
    /// When it was fetched, Unix seconds.
    at: i64,
}

impl SnapshotOut {
    fn of(picture: &Snapshot, at: Timestamp) -> Self {
        Self {
            content_type: picture.content_type.clone(),
            data: picture.base64(),
            at: at.unix_seconds(),
        }
    }
}

/// Fetches a picture of a camera now; who looked is written down.
#[utoipa::path(
    post,
    path = "/api/v1/admin/cameras/{camera_id}/snapshot",
    tag = "administration",
    operation_id = "camera_snapshot",
    extensions(
        ("x-access" = json!("device.camera.snapshot")),
        ("x-audit" = json!("own")),
        ("x-secret" = json!("data")),
    ),
    params(("camera_id" = i64, Path, description = "Its id", example = 1)),
    responses(
        (status = 200, description = "The picture", body = Envelope<SnapshotOut>),
        (status = 404, description = "No such camera", body = Refusal),
        (status = 409, description = "It gives no pictures", body = Refusal),
        (status = 422, description = "It gave none now", body = Refusal),
    )
)]
pub(crate) async fn snapshot(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CameraId(id)): At<CameraId>,
) -> Answer<SnapshotOut> {
    let app = api.app().clone();
    let fetched = run_to_end(async move {
        let picture = app.camera_snapshot(&actor, id).await?;
        Ok::<_, AppError>(SnapshotOut::of(&picture, app.now()))
    });
    Ok(ok(fetched.await?))
}

/// Where a camera is watched.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlayOut {
    /// The address; it is nobody else's business.
    play_url: String,
    /// Until when it is good, Unix seconds, where it is signed.
    expires_at: Option<i64>,
}

impl From<PlayAddress> for PlayOut {
    fn from(address: PlayAddress) -> Self {
        Self {
            play_url: address.url,
            expires_at: seconds(address.expires_at),
        }
    }
}

/// Gives the address where a camera is watched, signed for ten minutes where its platform wants
/// that; who asked is written down.
#[utoipa::path(
    post,
    path = "/api/v1/admin/cameras/{camera_id}/play",
    tag = "administration",
    operation_id = "play_camera",
    extensions(
        ("x-access" = json!("device.camera.play")),
        ("x-audit" = json!("own")),
        ("x-secret" = json!("play_url")),
    ),
    params(("camera_id" = i64, Path, description = "Its id", example = 1)),
    responses(
        (status = 200, description = "The address", body = Envelope<PlayOut>),
        (status = 404, description = "No such camera", body = Refusal),
        (status = 409, description = "It has no stream", body = Refusal),
    )
)]
pub(crate) async fn play(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CameraId(id)): At<CameraId>,
) -> Answer<PlayOut> {
    let app = api.app().clone();
    let address = run_to_end(async move { app.play_camera(&actor, id).await }).await?;
    Ok(ok(address.into()))
}
