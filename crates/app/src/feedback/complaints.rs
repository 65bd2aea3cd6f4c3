//! Complaints about charges.

use super::words::{Words, check_text};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::feedback::{ComplaintEvent, ComplaintState};
use domain::message::MessageKind;
use domain::org::Scope;
use domain::picture::PictureUse;
use kernel::{MemberId, OrderNo};
use serde_json::{Value, json};
use store::complaints::{self, Complaint, ComplaintFilter, NewComplaint};
use store::{Page, PageRequest, Tx};

const NO_COMPLAINT: AppError = AppError::NotFound("complaint");
/// What they are about.
const KINDS: [&str; 4] = ["billing", "device", "service", "other"];

impl App {
    /// A member complains about a charge of his own.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's, [`AppError::Conflict`] while an earlier
    /// complaint about it is open, [`AppError::Invalid`] for what cannot be stored.
    pub async fn complain(
        &self,
        member: MemberId,
        order_no: OrderNo,
        kind: &str,
        said: Words,
    ) -> Result<Complaint, AppError> {
        said.check(true)?;
        if !KINDS.contains(&kind) {
            return Err(AppError::Invalid {
                field: "type".to_owned(),
                problem: format!("must be one of {}", KINDS.join(", ")),
            });
        }
        self.member_order(member, order_no).await?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        // Two complaints of the same member wait for each other.
        store::points::lock(tx.conn(), member).await?;
        if complaints::open_of(tx.conn(), order_no).await? > 0 {
            return Err(AppError::Conflict("an earlier complaint is open"));
        }
        let new = NewComplaint {
            member_id: member.0,
            order_no,
            kind: kind.to_owned(),
            text: said.text,
            images: said.images,
        };
        let id = complaints::insert(tx.conn(), &new, now).await?;
        let id = id.ok_or(AppError::NotFound("order"))?;
        let made = complaints::find(tx.conn(), id).await?;
        let made = made.ok_or(NO_COMPLAINT)?;
        let (images, path) = (&made.says.images, &made.org_path);
        self.use_pictures_in(&mut tx, member, images, PictureUse::Complaint, path)
            .await?;
        tx.commit().await?;
        Ok(made)
    }

    /// A page of a member's complaints, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn member_complaints(
        &self,
        member: MemberId,
        page: PageRequest,
    ) -> Result<Page<Complaint>, AppError> {
        let filter = ComplaintFilter {
            member: Some(member.0),
            ..ComplaintFilter::default()
        };
        let mut view = self.db.view().await?;
        Ok(complaints::list(view.conn(), &Scope::Everything, &filter, page).await?)
    }

    /// A complaint of a member's own.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's.
    pub async fn member_complaint(&self, member: MemberId, id: i64) -> Result<Complaint, AppError> {
        let mut view = self.db.view().await?;
        let found = complaints::find(view.conn(), id).await?;
        found
            .filter(|complaint| complaint.says.member_id == member.0)
            .ok_or(NO_COMPLAINT)
    }

    /// A member is not content with the answer.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's, [`AppError::Conflict`] when it was not
    /// answered or is over, [`AppError::Invalid`] for what cannot be stored.
    pub async fn object_to_reply(
        &self,
        member: MemberId,
        id: i64,
        text: &str,
    ) -> Result<Complaint, AppError> {
        check_text("text", text, true)?;
        let mut tx = self.db.begin().await?;
        let found = complaints::lock(tx.conn(), id).await?;
        let mut complaint = found
            .filter(|complaint| complaint.says.member_id == member.0)
            .ok_or(NO_COMPLAINT)?;
        complaint.state = complaint.state.next(ComplaintEvent::Object)?.to;
        let by = format!("member:{member}");
        complaint.log.push(self.did(&by, "object", Some(text)));
        complaints::update(tx.conn(), &complaint, self.now()).await?;
        tx.commit().await?;
        Ok(complaint)
    }

    /// A page of the complaints that an actor sees, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_complaints(
        &self,
        actor: &Actor,
        filter: &ComplaintFilter,
        page: PageRequest,
    ) -> Result<Page<Complaint>, AppError> {
        let mut view = self.db.view().await?;
        Ok(complaints::list(view.conn(), &actor.scope(), filter, page).await?)
    }

    /// A complaint that an actor sees.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a complaint.
    pub async fn complaint(&self, actor: &Actor, id: i64) -> Result<Complaint, AppError> {
        let mut view = self.db.view().await?;
        let found = complaints::find(view.conn(), id).await?;
        found
            .filter(|complaint| actor.owns(&complaint.org_path))
            .ok_or(NO_COMPLAINT)
    }

    /// Somebody looks into a complaint.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a complaint, [`AppError::Conflict`] when its state
    /// does not allow it.
    pub async fn take_complaint(&self, actor: &Actor, id: i64) -> Result<Complaint, AppError> {
        self.move_complaint(actor, id, "assign", ComplaintEvent::Take)
            .await
    }

    /// Answers a complaint, anew if it was answered before. Who answers one that nobody has taken
    /// takes it.
    ///
    /// # Errors
    /// As [`App::take_complaint`]; [`AppError::Invalid`] for an empty answer.
    pub async fn reply_to_complaint(
        &self,
        actor: &Actor,
        id: i64,
        text: &str,
    ) -> Result<Complaint, AppError> {
        check_text("reply", text, true)?;
        self.move_complaint(actor, id, "reply", ComplaintEvent::Reply { text })
            .await
    }

    /// Closes a complaint that was answered.
    ///
    /// # Errors
    /// As [`App::take_complaint`].
    pub async fn close_complaint(&self, actor: &Actor, id: i64) -> Result<Complaint, AppError> {
        self.move_complaint(actor, id, "close", ComplaintEvent::Close)
            .await
    }

    async fn move_complaint(
        &self,
        actor: &Actor,
        id: i64,
        action: &str,
        event: ComplaintEvent<'_>,
    ) -> Result<Complaint, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = own_complaint(&mut tx, actor, id).await?;
        let mut after = before.clone();
        let said = match event {
            ComplaintEvent::Reply { text } => Some(text),
            ComplaintEvent::Take | ComplaintEvent::Object | ComplaintEvent::Close => None,
        };
        if said.is_some() && after.state == ComplaintState::New {
            after.state = after.state.next(ComplaintEvent::Take)?.to;
        }
        after.state = after.state.next(event)?.to;
        if let Some(text) = said {
            after.reply = Some(text.to_owned());
            after.replied_at = Some(now);
        }
        if after.handler.is_none() {
            after.handler = Some(actor.name.clone());
        }
        after.log.push(self.did(&actor.name, action, said));
        after.updated_at = now;
        complaints::update(tx.conn(), &after, now).await?;
        if let Some(text) = said {
            let (member, nth) = (after.says.member_id, after.log.len());
            let about = (MessageKind::ComplaintReply, id);
            self.tell_of_reply_in(&mut tx, member, about, text, nth)
                .await?;
        }
        let action = format!("user.feedback.{action}");
        let object = format!("complaint:{id}");
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        self.audit_in(&mut tx, actor, &action, &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }
}

async fn own_complaint(tx: &mut Tx, actor: &Actor, id: i64) -> Result<Complaint, AppError> {
    let found = complaints::lock(tx.conn(), id).await?;
    found
        .filter(|complaint| actor.owns_at(&complaint.org_path, complaint.station_id))
        .ok_or(NO_COMPLAINT)
}

fn shown(complaint: &Complaint) -> Value {
    json!({"state": complaint.state, "handler": complaint.handler, "reply": complaint.reply})
}
