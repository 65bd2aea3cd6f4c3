//! Activities (限时活动): made and ended by the staff.

use super::check_name;
use crate::staff::Actor;
use crate::{App, AppError};
use serde_json::{Value, json};
use store::activities::{self, Activity, NewActivity};
use store::{Page, PageRequest};

const NO_ACTIVITY: AppError = AppError::NotFound("activity");

impl App {
    /// Makes an activity. It applies to charges that begin while it is valid.
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

    /// Ends an activity before its time. Charges that began before keep it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an activity, [`AppError::Conflict`] when it is over.
    pub async fn end_activity(&self, actor: &Actor, id: i64) -> Result<Activity, AppError> {
        let mut tx = self.db.begin().await?;
        let before = activities::find(tx.conn(), id).await?;
        let before = before
            .filter(|activity| actor.owns(&activity.org_path))
            .ok_or(NO_ACTIVITY)?;
        if !activities::end(tx.conn(), id, self.now()).await? {
            return Err(AppError::Conflict("it was ended before"));
        }
        let after = activities::find(tx.conn(), id).await?.ok_or(NO_ACTIVITY)?;
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        self.audit_in(
            &mut tx,
            actor,
            "marketing.activity.close",
            &object(id),
            old,
            new,
        )
        .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// A page of the activities that an actor sees, newest first; `open` leaves out what is over.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_activities(
        &self,
        actor: &Actor,
        open: bool,
        page: PageRequest,
    ) -> Result<Page<Activity>, AppError> {
        let mut view = self.db.view().await?;
        let at = open.then(|| self.now());
        Ok(activities::list(view.conn(), &actor.scope(), at, page).await?)
    }
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
        "ended_at": activity.ended_at,
    })
}
