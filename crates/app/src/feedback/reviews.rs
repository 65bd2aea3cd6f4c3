//! Reviews: one for a completed charge, by the member who paid it.

use super::words::{Words, check_text};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::fault::FieldFault;
use domain::message::MessageKind;
use domain::order::OrderStatus;
use domain::org::Scope;
use domain::picture::PictureUse;
use kernel::{MemberId, OrderNo};
use serde_json::json;
use store::reviews::{self, NewReview, Review, ReviewFilter};
use store::{Page, PageRequest, Tx};

const NO_REVIEW: AppError = AppError::NotFound("review");
/// Most single words, and the longest of them.
const TAGS_MAX: usize = 8;
const TAG_MAX: usize = 12;

/// What a member says about a charge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewWords {
    /// 1 to 5.
    pub stars: i16,
    /// Single words.
    pub tags: Vec<String>,
    /// In their own words, with pictures.
    pub words: Words,
}

impl ReviewWords {
    fn check(&self) -> Result<(), FieldFault> {
        if !(1..=5).contains(&self.stars) {
            return Err(FieldFault::at("stars", "must be 1 to 5"));
        }
        if self.tags.len() > TAGS_MAX {
            return Err(FieldFault::at(
                "tags",
                format!("must be at most {TAGS_MAX}"),
            ));
        }
        for (place, tag) in self.tags.iter().enumerate() {
            if !(1..=TAG_MAX).contains(&tag.trim().chars().count()) {
                let field = format!("tags[{place}]");
                let problem = format!("must have 1 to {TAG_MAX} characters");
                return Err(FieldFault::at(field, problem));
            }
        }
        self.words.check(false)
    }
}

impl App {
    /// A member reviews a charge of his own.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is somebody else's, [`AppError::Conflict`] when it is not
    /// completed or was reviewed, [`AppError::Invalid`] for what cannot be stored.
    pub async fn write_review(
        &self,
        member: MemberId,
        order_no: OrderNo,
        said: ReviewWords,
    ) -> Result<Review, AppError> {
        said.check()?;
        let order = self.member_order(member, order_no).await?;
        if order.status != OrderStatus::Completed {
            return Err(AppError::Conflict("only completed charges are reviewed"));
        }
        let new = NewReview {
            order_no,
            member_id: member.0,
            stars: said.stars,
            tags: said.tags,
            text: said.words.text,
            images: said.words.images,
        };
        let mut tx = self.db.begin().await?;
        let id = reviews::insert(tx.conn(), &new, self.now()).await?;
        let id = id.ok_or(AppError::Conflict("it was reviewed before"))?;
        let review = reviews::find(tx.conn(), id).await?.ok_or(NO_REVIEW)?;
        let (images, path) = (&review.says.images, &review.org_path);
        self.use_pictures_in(&mut tx, member, images, PictureUse::Review, path)
            .await?;
        tx.commit().await?;
        Ok(review)
    }

    /// A page of a member's reviews, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn member_reviews(
        &self,
        member: MemberId,
        page: PageRequest,
    ) -> Result<Page<Review>, AppError> {
        let filter = ReviewFilter {
            member: Some(member.0),
            ..ReviewFilter::default()
        };
        let mut view = self.db.view().await?;
        Ok(reviews::list(view.conn(), &Scope::Everything, &filter, None, page).await?)
    }

    /// A page of what everybody may read about a station, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn station_reviews(
        &self,
        station: i64,
        page: PageRequest,
    ) -> Result<Page<Review>, AppError> {
        let filter = ReviewFilter {
            station: Some(station),
            state: Some("shown".to_owned()),
            ..ReviewFilter::default()
        };
        let mut view = self.db.view().await?;
        Ok(reviews::list(view.conn(), &Scope::Everything, &filter, None, page).await?)
    }

    /// A page of the reviews that an actor sees, newest first unless another order is asked for.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_reviews(
        &self,
        actor: &Actor,
        filter: &ReviewFilter,
        sort: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Review>, AppError> {
        let mut view = self.db.view().await?;
        Ok(reviews::list(view.conn(), &actor.scope(), filter, sort, page).await?)
    }

    /// A review that an actor sees.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a review.
    pub async fn review(&self, actor: &Actor, id: i64) -> Result<Review, AppError> {
        let mut view = self.db.view().await?;
        let found = reviews::find(view.conn(), id).await?;
        found
            .filter(|review| actor.owns(&review.org_path))
            .ok_or(NO_REVIEW)
    }

    /// Answers a review, anew if it was answered before.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a review, [`AppError::Invalid`] for an empty answer.
    pub async fn reply_to_review(
        &self,
        actor: &Actor,
        id: i64,
        text: &str,
    ) -> Result<Review, AppError> {
        check_text("reply", text, true)?;
        let mut tx = self.db.begin().await?;
        let before = own_review(&mut tx, actor, id).await?;
        let now = self.now();
        reviews::reply(tx.conn(), id, text, &actor.name, now).await?;
        // A review keeps one answer: the newest is told in the place of the one before.
        let about = (MessageKind::ReviewReply, id);
        self.tell_of_reply_in(&mut tx, before.says.member_id, about, text, 0)
            .await?;
        let (old, new) = (json!({"reply": before.reply}), json!({"reply": text}));
        self.audit_in(
            &mut tx,
            actor,
            "user.review.reply",
            &object(id),
            Some(old),
            Some(new),
        )
        .await?;
        let after = reviews::find(tx.conn(), id).await?.ok_or(NO_REVIEW)?;
        tx.commit().await?;
        Ok(after)
    }

    /// Hides a review from everybody but its writer, or shows it again.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a review.
    pub async fn hide_review(
        &self,
        actor: &Actor,
        id: i64,
        hidden: bool,
    ) -> Result<Review, AppError> {
        let state = if hidden { "hidden" } else { "shown" };
        let mut tx = self.db.begin().await?;
        let before = own_review(&mut tx, actor, id).await?;
        reviews::set_state(tx.conn(), id, state).await?;
        let (old, new) = (json!({"state": before.state}), json!({"state": state}));
        self.audit_in(
            &mut tx,
            actor,
            "user.review.hide",
            &object(id),
            Some(old),
            Some(new),
        )
        .await?;
        let after = reviews::find(tx.conn(), id).await?.ok_or(NO_REVIEW)?;
        tx.commit().await?;
        Ok(after)
    }
}

async fn own_review(tx: &mut Tx, actor: &Actor, id: i64) -> Result<Review, AppError> {
    let found = reviews::find(tx.conn(), id).await?;
    found
        .filter(|review| actor.owns_at(&review.org_path, review.station_id))
        .ok_or(NO_REVIEW)
}

fn object(id: i64) -> String {
    format!("review:{id}")
}
