//! The library of firmware, and the bytes of its images on their way to devices.

use crate::{App, AppError};
use device::{Command, FirmwareSource, FirmwareTarget};
use kernel::PhyId;
use std::sync::Arc;
use store::firmware::{self, Firmware, FirmwareEntry};
use store::{Conn, Page, PageRequest};
use tracing::{info, warn};

/// Images that are kept in memory while devices take them.
const IMAGES_MAX: usize = 4;

const NO_FIRMWARE: AppError = AppError::NotFound("firmware");

/// Images in use, the latest last.
#[derive(Default)]
pub(crate) struct ImageShelf(parking_lot::Mutex<Vec<(i64, Arc<[u8]>)>>);

impl ImageShelf {
    fn find(&self, id: i64) -> Option<Arc<[u8]>> {
        let mut images = self.0.lock();
        let place = images.iter().position(|(known, _)| *known == id)?;
        let found = images.remove(place);
        images.push(found.clone());
        Some(found.1)
    }

    fn keep(&self, id: i64, image: Arc<[u8]>) {
        let mut images = self.0.lock();
        images.retain(|(known, _)| *known != id);
        if images.len() >= IMAGES_MAX {
            images.remove(0);
        }
        images.push((id, image));
    }
}

impl App {
    /// The bytes that a command needs beyond itself.
    pub(crate) async fn image_of(
        &self,
        conn: Conn<'_>,
        command: &Command,
    ) -> Result<Option<Arc<[u8]>>, AppError> {
        let Command::UpdateFirmware {
            source: FirmwareSource::Library { firmware: id, .. },
            ..
        } = command
        else {
            return Ok(None);
        };
        if let Some(image) = self.images.find(*id) {
            return Ok(Some(image));
        }
        let Some(bytes) = firmware::image(conn, *id).await? else {
            warn!(firmware = id, "an image is missing from the library");
            return Ok(None);
        };
        let image: Arc<[u8]> = bytes.into();
        self.images.keep(*id, image.clone());
        Ok(Some(image))
    }

    /// Adds an image, or the address of one.
    ///
    /// # Errors
    /// [`AppError::Semantic`] for a family that is not spoken.
    pub async fn add_firmware(
        &self,
        entry: FirmwareEntry,
        image: Option<&[u8]>,
    ) -> Result<Firmware, AppError> {
        if self.protocols.find(&entry.family).is_none() {
            return Err(AppError::Semantic {
                field: "family".to_owned(),
                problem: "is not a protocol of this program".to_owned(),
            });
        }
        let mut tx = self.db.begin().await?;
        let id = firmware::insert(tx.conn(), &entry, image, self.now()).await?;
        let row = firmware::find(tx.conn(), id).await?;
        tx.commit().await?;
        info!(
            firmware = id,
            family = entry.family,
            version = entry.version,
            actor = entry.uploaded_by,
            "firmware added"
        );
        row.ok_or(NO_FIRMWARE)
    }

    /// One entry of the library.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an entry.
    pub async fn firmware(&self, id: i64) -> Result<Firmware, AppError> {
        let mut view = self.db.view().await?;
        firmware::find(view.conn(), id).await?.ok_or(NO_FIRMWARE)
    }

    /// A page of the library, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_firmware(
        &self,
        family: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Firmware>, AppError> {
        let mut view = self.db.view().await?;
        Ok(firmware::list(view.conn(), family, page).await?)
    }

    /// Takes an entry off the list; updates under way go on.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an entry.
    pub async fn remove_firmware(&self, actor: &str, id: i64) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        if !firmware::remove(direct.conn(), id, self.now()).await? {
            return Err(NO_FIRMWARE);
        }
        info!(firmware = id, actor, "firmware removed");
        Ok(())
    }

    /// The command that brings an entry of the library to a device, if the device can take it.
    pub(crate) fn update_command(
        &self,
        phy_id: &PhyId,
        firmware: &Firmware,
    ) -> Result<Command, AppError> {
        let command = update_command(firmware)?;
        let checked = self
            .live
            .read(phy_id, |live| live.protocol.check(&live.profile, &command));
        checked.ok_or(AppError::NotFound("device"))??;
        Ok(command)
    }
}

fn update_command(firmware: &Firmware) -> Result<Command, AppError> {
    let entry = &firmware.entry;
    let source = match (&entry.ftp, entry.size) {
        (Some(ftp), _) => FirmwareSource::Ftp {
            host: ftp.host,
            port: ftp.port,
            file: ftp.path.clone(),
            user: ftp.user.clone(),
            password: ftp.password.clone(),
            when_idle: true,
        },
        (None, Some(size)) => FirmwareSource::Library {
            firmware: firmware.id,
            version: entry.version.clone(),
            size: u32::try_from(size).unwrap_or(u32::MAX),
        },
        (None, None) => return Err(AppError::Internal("firmware without an image".to_owned())),
    };
    let target = match entry.target.as_str() {
        "socket" => FirmwareTarget::Socket,
        "radio" => FirmwareTarget::Radio,
        _ => FirmwareTarget::Main,
    };
    Ok(Command::UpdateFirmware { target, source })
}
