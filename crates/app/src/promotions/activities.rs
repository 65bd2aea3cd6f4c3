//! Activities (限时活动): made and ended by the staff.

use super::check_name;
use crate::staff::Actor;
use crate::{App, AppError};
use serde_json::{Value, json};
use store::activities::{self, Activity, ActivityFilter, NewActivity};
use store::{Page, PageRequest, Tx};

const NO_ACTIVITY: AppError = AppError::NotFound("activity");

impl App {
    /// Makes an activity: a draft, which applies to nothing until it is published.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a value that cannot stand, [`AppError::Semantic`] for stations
    /// or costs that are not the actor's.
    pub async fn create_activity(
        &self,
        actor: &Actor,
        new: &NewActivity,
    ) -> Result<Activity, AppError> {
        check_name(&new.name)?;
        new.promotion(0).check()?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        self.may_promise(
            &mut tx,
            actor,
            "stations",
            new.stations.as_deref(),
            new.funded_by,
        )
        .await?;
        let id = activities::insert(tx.conn(), new, &actor.org_path, &actor.name, now).await?;
        let made = activities::find(tx.conn(), id).await?.ok_or(NO_ACTIVITY)?;
        let after = Some(shown(&made));
        self.audit_in(
            &mut tx,
            actor,
            "marketing.activity.create",
            &object(id),
            None,
            after,
        )
        .await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Writes a draft anew. What was published stays as it was promised.
    ///
    /// # Errors
    /// As [`App::create_activity`]; [`AppError::NotFound`] without such an activity,
    /// [`AppError::Conflict`] when it is no draft.
    pub async fn change_activity(
        &self,
        actor: &Actor,
        id: i64,
        new: &NewActivity,
    ) -> Result<Activity, AppError> {
        check_name(&new.name)?;
        new.promotion(0).check()?;
        let mut tx = self.db.begin().await?;
        let before = draft(&mut tx, actor, id).await?;
        let places = new.stations.as_deref();
        self.may_promise(&mut tx, actor, "stations", places, new.funded_by)
            .await?;
        activities::update(tx.conn(), id, new).await?;
        self.moved(tx, actor, "edit", &before).await
    }

    /// Has a draft apply to charges that begin from now on, while it is valid.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an activity, [`AppError::Conflict`] when it is no
    /// draft, or its time is over.
    pub async fn publish_activity(&self, actor: &Actor, id: i64) -> Result<Activity, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = draft(&mut tx, actor, id).await?;
        if before.says.valid.until <= now {
            return Err(AppError::Conflict("its time is over"));
        }
        // What may be promised may have changed since it was written.
        let says = &before.says;
        let places = says.stations.as_deref();
        self.may_promise(&mut tx, actor, "stations", places, says.funded_by)
            .await?;
        activities::publish(tx.conn(), id, now).await?;
        self.moved(tx, actor, "publish", &before).await
    }

    /// An activity that an actor sees.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an activity.
    pub async fn activity(&self, actor: &Actor, id: i64) -> Result<Activity, AppError> {
        let mut view = self.db.view().await?;
        let found = activities::find(view.conn(), id).await?;
        found
            .filter(|activity| actor.owns(&activity.org_path))
            .ok_or(NO_ACTIVITY)
    }

    async fn moved(
        &self,
        mut tx: Tx,
        actor: &Actor,
        action: &str,
        before: &Activity,
    ) -> Result<Activity, AppError> {
        let id = before.id;
        let after = activities::find(tx.conn(), id).await?.ok_or(NO_ACTIVITY)?;
        let action = format!("marketing.activity.{action}");
        let (old, new) = (Some(shown(before)), Some(shown(&after)));
        self.audit_in(&mut tx, actor, &action, &object(id), old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Ends an activity before its time. Charges that began before keep it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an activity, [`AppError::Conflict`] when it is over.
    pub async fn end_activity(&self, actor: &Actor, id: i64) -> Result<Activity, AppError> {
        let mut tx = self.db.begin().await?;
        let before = activities::lock(tx.conn(), id).await?;
        let before = before
            .filter(|activity| actor.owns(&activity.org_path))
            .ok_or(NO_ACTIVITY)?;
        if !activities::end(tx.conn(), id, self.now()).await? {
            return Err(AppError::Conflict("it was ended before"));
        }
        self.moved(tx, actor, "close", &before).await
    }

    /// A page of the activities that an actor sees, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_activities(
        &self,
        actor: &Actor,
        filter: ActivityFilter,
        page: PageRequest,
    ) -> Result<Page<Activity>, AppError> {
        let mut view = self.db.view().await?;
        Ok(activities::list(view.conn(), &actor.scope(), filter, page).await?)
    }
}

async fn draft(tx: &mut Tx, actor: &Actor, id: i64) -> Result<Activity, AppError> {
    let found = activities::lock(tx.conn(), id).await?;
    let found = found
        .filter(|activity| actor.owns(&activity.org_path))
        .ok_or(NO_ACTIVITY)?;
    if found.published_at.is_some() || found.ended_at.is_some() {
        return Err(AppError::Conflict("it is no draft any more"));
    }
    Ok(found)
}

fn object(id: i64) -> String {
    format!("activity:{id}")
}

fn shown(activity: &Activity) -> Value {
    let says = &activity.says;
    json!({
        "name": says.name,
        "cut": says.cut,
        "funded_by": says.funded_by,
        "stations": says.stations,
        "valid": says.valid,
        "priority": says.priority,
        "published_at": activity.published_at,
        "ended_at": activity.ended_at,
    })
}
