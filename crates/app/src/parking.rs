//! Car parks are told who charged, after the settlement and never in its way.

mod record;
mod rules;

use crate::money::raise;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::org::Scope;
use domain::parking::{Answer, Handover, HandoverEffect};
use futures_util::future::join_all;
use kernel::OrderNo;
use record::Prepared;
use serde_json::json;
use std::time::Duration;
use store::parking_handovers::{self, HandoverRow};
use store::{Page, PageRequest};
use tracing::{info, warn};

/// Whoever took a record has so long; then it is sent again.
const LEASE: Duration = Duration::from_mins(2);
/// Records at once.
const RECORDS_MAX: u32 = 8;
/// Rounds of one look.
const ROUNDS_MAX: usize = 50;

impl App {
    /// Tells car parks everything that is due; how many records were sent or decided.
    ///
    /// # Errors
    /// When the database is away; what was not told is told later.
    pub async fn tell_car_parks(&self) -> Result<usize, AppError> {
        let mut told = 0;
        for _ in 0..ROUNDS_MAX {
            let now = self.now();
            let mut direct = self.db.direct().await?;
            let due =
                parking_handovers::claim(direct.conn(), now, now + LEASE, RECORDS_MAX).await?;
            drop(direct);
            if due.is_empty() {
                break;
            }
            told += due.len();
            join_all(due.into_iter().map(|row| self.tell_car_park(row))).await;
        }
        Ok(told)
    }

    async fn tell_car_park(&self, row: HandoverRow) {
        let order_no = row.order_no;
        if let Err(error) = self.try_to_tell(row).await {
            warn!(%order_no, %error, "told when its lease is over");
        }
    }

    async fn try_to_tell(&self, mut row: HandoverRow) -> Result<(), AppError> {
        let (rule, record) = match self.parking_record(&row).await? {
            Prepared::Earned(rule, record) => (rule, *record),
            Prepared::Refused(why) => {
                "refused".clone_into(&mut row.state);
                row.note = Some(why);
                row.next_at = None;
                let mut direct = self.db.direct().await?;
                parking_handovers::update(direct.conn(), &row, self.now()).await?;
                return Ok(());
            }
        };
        row.plate.clone_from(&record.plate);
        let vendor = self.outside.parking.named(&rule.vendor);
        let answer = match vendor {
            Some(vendor) => vendor.tell(&rule.lot_id, &record).await,
            None => Answer::None,
        };
        row.note = Some(match (vendor, answer) {
            (None, _) => format!("no car park {} is configured", rule.vendor),
            (Some(_), Answer::Code(code)) => format!("answered {code}"),
            (Some(_), Answer::None) => "did not answer".to_owned(),
        });
        self.parking_answered(row, answer).await
    }

    async fn parking_answered(&self, mut row: HandoverRow, answer: Answer) -> Result<(), AppError> {
        let now = self.now();
        let failures = u32::try_from(row.failures).unwrap_or(0);
        let step = Handover::Pending.next(answer, failures);
        step.to.as_str().clone_into(&mut row.state);
        row.next_at = None;
        let mut alarm = None;
        for effect in step.effects {
            match effect {
                HandoverEffect::SendAfter(pause) => row.next_at = Some(now + pause),
                HandoverEffect::Raise(code) => alarm = Some(code),
            }
        }
        if !matches!(step.to, Handover::Done | Handover::NotParked) {
            row.failures = row.failures.saturating_add(1);
        }
        let mut tx = self.db.begin().await?;
        if parking_handovers::update(tx.conn(), &row, now).await?
            && let Some(code) = alarm
        {
            let number = row.order_no.as_str();
            let details = json!({"failures": row.failures, "why": row.note});
            raise(&mut tx, code, ("parking", number), details, now).await?;
        }
        tx.commit().await?;
        info!(order_no = %row.order_no, state = row.state, note = row.note, "car park");
        Ok(())
    }

    /// Tells a car park again what had been given up.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when no car park is to be told of that charge, [`AppError::Conflict`]
    /// when it has been told, or is being told.
    pub async fn retell_car_park(
        &self,
        actor: &Actor,
        order_no: OrderNo,
    ) -> Result<HandoverRow, AppError> {
        let none = || AppError::NotFound("hand-over");
        let mut tx = self.db.begin().await?;
        let before = parking_handovers::find(tx.conn(), order_no).await?;
        let before = before.ok_or_else(none)?;
        if !parking_handovers::again(tx.conn(), order_no, self.now()).await? {
            return Err(AppError::Conflict("it is not given up"));
        }
        let after = parking_handovers::find(tx.conn(), order_no).await?;
        let after = after.ok_or_else(none)?;
        let object = format!("parking:{order_no}");
        let old = Some(json!({"state": before.state}));
        let new = Some(json!({"state": after.state}));
        self.audit_in(&mut tx, actor, "parking.retry", &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// A page of what car parks were told, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_parking_handovers(
        &self,
        scope: &Scope,
        state: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<HandoverRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(parking_handovers::list(view.conn(), scope, state, page).await?)
    }
}
