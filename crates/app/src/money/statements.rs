//! Statements (结算单): what a party earned and took out in a month, made by the platform and
//! confirmed by the party. Numbers are written once and never change.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::org::OrgType;
use kernel::Timestamp;
use serde_json::json;
use store::statements::{self, StatementFilter, StatementRow};
use store::{Page, PageRequest, orgs};

const NO_STATEMENT: AppError = AppError::NotFound("statement");

impl App {
    /// Makes the statement of a party for a month that is over; the one that is there already
    /// stays as it is.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an agent or merchant, [`AppError::Invalid`] for a month
    /// that is none, or not over.
    pub async fn make_statement(
        &self,
        actor: &Actor,
        org_id: i64,
        month: &str,
    ) -> Result<StatementRow, AppError> {
        let now = self.now();
        let (from, until) = bounds(month).ok_or_else(|| invalid("must be as in 2026-03"))?;
        if until > now {
            return Err(invalid("must be over"));
        }
        let mut tx = self.db.begin().await?;
        let org = orgs::find(tx.conn(), org_id).await?;
        let org = org
            .filter(|org| matches!(org.kind, OrgType::Agent | OrgType::Merchant))
            .filter(|org| actor.owns(&org.path))
            .ok_or(AppError::NotFound("organisation"))?;
        let sums = statements::month_sums(tx.conn(), org.kind, org.id, from, until).await?;
        let known = sums.earned_fen - sums.refunded_fen - sums.withdrawn_fen;
        let row = StatementRow {
            id: 0,
            org_id,
            org_name: org.entry.name,
            org_type: org.kind,
            org_path: org.path,
            month: month.to_owned(),
            opening_fen: sums.opening_fen,
            earned_fen: sums.earned_fen,
            refunded_fen: sums.refunded_fen,
            withdrawn_fen: sums.withdrawn_fen,
            other_fen: sums.change_fen - known,
            closing_fen: sums.opening_fen + sums.change_fen,
            orders: sums.orders,
            state: "generated".to_owned(),
            generated_by: actor.name.clone(),
            confirmed_by: None,
            confirmed_at: None,
            created_at: now,
        };
        let made = statements::insert(tx.conn(), &row).await?;
        let row = statements::of_month(tx.conn(), org_id, month).await?;
        let row = row.ok_or(NO_STATEMENT)?;
        if made {
            let object = format!("statement:{}", row.id);
            let after = json!({"org_id": org_id, "month": month, "closing_fen": row.closing_fen});
            self.audit_in(&mut tx, actor, "statement.make", &object, None, Some(after))
                .await?;
        }
        tx.commit().await?;
        Ok(row)
    }

    /// A party agrees to its statement.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a statement, [`AppError::Conflict`] for everybody but
    /// the party's own accounts, and when it has agreed already.
    pub async fn confirm_statement(
        &self,
        actor: &Actor,
        id: i64,
    ) -> Result<StatementRow, AppError> {
        let mut tx = self.db.begin().await?;
        let row = statements::find(tx.conn(), id).await?;
        let row = row
            .filter(|row| actor.owns(&row.org_path))
            .ok_or(NO_STATEMENT)?;
        if row.org_id != actor.org_id {
            return Err(AppError::Conflict("only the party itself confirms it"));
        }
        if !statements::confirm(tx.conn(), id, &actor.name, self.now()).await? {
            return Err(AppError::Conflict("it is confirmed already"));
        }
        let row = statements::find(tx.conn(), id).await?;
        let row = row.ok_or(NO_STATEMENT)?;
        let object = format!("statement:{id}");
        let (old, new) = (json!({"state": "generated"}), json!({"state": row.state}));
        let action = "statement.confirm";
        self.audit_in(&mut tx, actor, action, &object, Some(old), Some(new))
            .await?;
        tx.commit().await?;
        Ok(row)
    }

    /// A page of statements, newest month first.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a month that there is not.
    pub async fn list_statements(
        &self,
        filter: &StatementFilter,
        page: PageRequest,
    ) -> Result<Page<StatementRow>, AppError> {
        if filter
            .month
            .as_deref()
            .is_some_and(|month| bounds(month).is_none())
        {
            return Err(invalid("must be as in 2026-03"));
        }
        let mut view = self.db.view().await?;
        Ok(statements::list(view.conn(), filter, page).await?)
    }
}

fn invalid(problem: &str) -> AppError {
    AppError::Invalid {
        field: "month".to_owned(),
        problem: problem.to_owned(),
    }
}

/// First instant of a month in Shanghai, and of the next one.
fn bounds(month: &str) -> Option<(Timestamp, Timestamp)> {
    let (year, number) = month.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if year.len() != 4 || number.len() != 2 || !digits(year) || !digits(number) {
        return None;
    }
    let (year, number): (u16, u16) = (year.parse().ok()?, number.parse().ok()?);
    let begins = |year, month| Timestamp::from_shanghai([year, month, 1, 0, 0, 0]);
    let next = if number == 12 {
        begins(year.checked_add(1)?, 1)
    } else {
        begins(year, number + 1)
    };
    Some((begins(year, number)?, next?))
}

#[cfg(test)]
mod tests {
    use super::bounds;
    use kernel::Timestamp;

    #[test]
    fn months_are_those_of_shanghai() {
        let at = |civil| Timestamp::from_shanghai(civil).expect("a time");
        let december = (at([2026, 12, 1, 0, 0, 0]), at([2027, 1, 1, 0, 0, 0]));
        assert_eq!(bounds("2026-12"), Some(december));
        for wrong in [
            "2026", "2026-13", "2026-00", "2026-1", "+026-01", "2026-1x", "",
        ] {
            assert_eq!(bounds(wrong), None, "{wrong}");
        }
    }
}
