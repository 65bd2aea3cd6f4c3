use super::semantic;
use crate::staff::Actor;
use crate::{App, AppError};
use kernel::Timestamp;
use serde_json::{Value, json};
use store::notices::{self, Notice, NoticeDraft, Reader};
use store::{Page, PageRequest};

const NO_NOTICE: AppError = AppError::NotFound("notice");

impl App {
    /// A page of notices, newest first, for those who write them.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_notices(&self, page: PageRequest) -> Result<Page<Notice>, AppError> {
        let mut view = self.db.view().await?;
        Ok(notices::list(view.conn(), page).await?)
    }

    /// A page of what somebody is shown now: pinned ones first, then the newest.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn shown_notices(
        &self,
        reader: Reader,
        page: PageRequest,
    ) -> Result<Page<Notice>, AppError> {
        let mut view = self.db.view().await?;
        Ok(notices::shown(view.conn(), reader, self.now(), page).await?)
    }

    /// A notice.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a notice.
    pub async fn notice(&self, id: i64) -> Result<Notice, AppError> {
        let mut view = self.db.view().await?;
        notices::find(view.conn(), id).await?.ok_or(NO_NOTICE)
    }

    /// Writes a notice.
    ///
    /// # Errors
    /// [`AppError::Semantic`] when it would end before it is shown.
    pub async fn add_notice(&self, actor: &Actor, draft: &NoticeDraft) -> Result<Notice, AppError> {
        check(draft)?;
        let mut tx = self.db.begin().await?;
        let id = notices::insert(tx.conn(), draft, &actor.name, self.now()).await?;
        let notice = notices::find(tx.conn(), id).await?.ok_or(NO_NOTICE)?;
        let after = Some(shown(&notice));
        let object = format!("notice:{id}");
        self.audit_in(&mut tx, actor, "system.notice.create", &object, None, after)
            .await?;
        tx.commit().await?;
        Ok(notice)
    }

    /// Replaces a notice.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a notice, [`AppError::Semantic`] when it would end
    /// before it is shown.
    pub async fn change_notice(
        &self,
        actor: &Actor,
        id: i64,
        draft: &NoticeDraft,
    ) -> Result<Notice, AppError> {
        check(draft)?;
        let mut tx = self.db.begin().await?;
        let before = notices::find(tx.conn(), id).await?.ok_or(NO_NOTICE)?;
        notices::update(tx.conn(), id, draft, self.now()).await?;
        let after = notices::find(tx.conn(), id).await?.ok_or(NO_NOTICE)?;
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        let object = format!("notice:{id}");
        self.audit_in(&mut tx, actor, "system.notice.edit", &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Takes a notice away.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a notice.
    pub async fn remove_notice(&self, actor: &Actor, id: i64) -> Result<Notice, AppError> {
        let mut tx = self.db.begin().await?;
        let before = notices::find(tx.conn(), id).await?.ok_or(NO_NOTICE)?;
        notices::remove(tx.conn(), id, self.now()).await?;
        let old = Some(shown(&before));
        let object = format!("notice:{id}");
        self.audit_in(&mut tx, actor, "system.notice.delete", &object, old, None)
            .await?;
        tx.commit().await?;
        Ok(before)
    }
}

fn check(draft: &NoticeDraft) -> Result<(), AppError> {
    if draft.end_at.is_some_and(|end| end <= draft.publish_at) {
        return Err(semantic("end_at", "must come after publish_at"));
    }
    Ok(())
}

fn shown(notice: &Notice) -> Value {
    json!({
        "title": notice.title,
        "body": notice.body,
        "audience": notice.audience,
        "publish_at": notice.publish_at.unix_seconds(),
        "end_at": notice.end_at.map(Timestamp::unix_seconds),
        "pinned": notice.pinned,
    })
}
