//! Pictures that members show with what they say. They are handed in first, then named.

use super::words::Words;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::picture::{ADDRESS, BYTES_MAX, PER_DAY_MAX, PictureKind, PictureUse, name_of};
use kernel::{MemberId, Timestamp};
use std::time::Duration;
use store::pictures::{self, Picture};
use store::{Tx, points};

const NO_PICTURE: AppError = AppError::NotFound("picture");
/// A day: pictures are counted over it, and kept so long without being used.
const DAY: Duration = Duration::from_hours(24);

impl App {
    /// A member hands a picture in; its address, to be named in a report within a day.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for what is no picture or is too long, [`AppError::Conflict`] after
    /// too many of a day.
    pub async fn keep_picture(&self, member: MemberId, bytes: &[u8]) -> Result<String, AppError> {
        let invalid = |problem: String| AppError::Invalid {
            field: "body".to_owned(),
            problem,
        };
        if bytes.len() > BYTES_MAX {
            return Err(invalid(format!("must have at most {BYTES_MAX} bytes")));
        }
        let kind = PictureKind::of(bytes);
        let kind = kind.ok_or_else(|| invalid("must be a JPEG, PNG or WebP picture".to_owned()))?;
        let now = self.now();
        let name = hex::encode(rand::random::<[u8; 16]>());
        let mut tx = self.db.begin().await?;
        // Pictures of one member are counted one after another.
        points::lock(tx.conn(), member).await?;
        if pictures::count_since(tx.conn(), member, now - DAY).await? >= PER_DAY_MAX {
            return Err(AppError::Conflict("too many pictures today"));
        }
        pictures::insert(tx.conn(), &name, member, kind, bytes, now).await?;
        tx.commit().await?;
        Ok(format!("{ADDRESS}{name}"))
    }

    /// A picture of a member's own.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's.
    pub async fn member_picture(&self, member: MemberId, name: &str) -> Result<Picture, AppError> {
        let mut view = self.db.view().await?;
        let found = pictures::find(view.conn(), name).await?;
        found
            .filter(|picture| picture.member_id == member.0)
            .ok_or(NO_PICTURE)
    }

    /// A picture that belongs to one of those things, for the staff in charge of it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it belongs to something else, or to somebody else's device.
    pub async fn staff_picture(
        &self,
        actor: &Actor,
        name: &str,
        used_in: &[PictureUse],
    ) -> Result<Picture, AppError> {
        let mut view = self.db.view().await?;
        let found = pictures::find(view.conn(), name).await?;
        let theirs = |picture: &Picture| {
            let path = picture.org_path.as_deref();
            let used = picture
                .used_in
                .is_some_and(|place| used_in.contains(&place));
            used && path.is_some_and(|path| actor.owns(path))
        };
        found.filter(theirs).ok_or(NO_PICTURE)
    }

    /// Takes the pictures of ours that somebody names: their own, each once.
    pub(super) async fn use_pictures_in(
        &self,
        tx: &mut Tx,
        member: MemberId,
        words: &[String],
        used_in: PictureUse,
        org_path: &str,
    ) -> Result<(), AppError> {
        for (place, address) in words.iter().enumerate() {
            if !Words::is_ours(address) {
                continue;
            }
            let taken = match name_of(address) {
                Some(name) => pictures::attach(tx.conn(), name, member, used_in, org_path).await?,
                None => false,
            };
            if !taken {
                return Err(AppError::Invalid {
                    field: format!("images[{place}]"),
                    problem: "is no picture of yours that is free".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Forgets pictures that nobody named within a day; how many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn forget_pictures(&self, now: Timestamp) -> Result<u64, AppError> {
        let mut direct = self.db.direct().await?;
        Ok(pictures::purge_unused(direct.conn(), now - DAY).await?)
    }
}
