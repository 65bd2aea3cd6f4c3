//! Looking into the books, and the rules by which bills are shared.

use super::payees::check_payees;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::commission::CommissionRule;
use domain::org::{OrgType, Scope};
use kernel::{OrgId, Timestamp};
use serde_json::json;
use std::time::Duration;
use store::commission::{self, EntryRow, RuleRow};
use store::ledger::{self, LineFilter, LineRow, Report, Sums};
use store::{Page, PageRequest, orgs, stations};

/// A rule may be said to hold from today on, and clocks differ.
const BACKDATED_MAX: Duration = Duration::from_hours(24);

impl App {
    /// A page of movements, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn ledger_lines(
        &self,
        filter: &LineFilter,
        page: PageRequest,
    ) -> Result<Page<LineRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(ledger::lines(view.conn(), filter, page).await?)
    }

    /// What the movements of a filter come to.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn ledger_sums(&self, filter: &LineFilter) -> Result<Sums, AppError> {
        let mut view = self.db.view().await?;
        Ok(ledger::sums(view.conn(), filter).await?)
    }

    /// Checks the books.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn verify_books(&self) -> Result<Report, AppError> {
        let mut view = self.db.view().await?;
        Ok(ledger::verify(view.conn()).await?)
    }

    /// A page of rules, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_split_rules(
        &self,
        scope: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<RuleRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(commission::list_rules(view.conn(), scope, page).await?)
    }

    /// Adds a rule for a station, a merchant or everybody.
    ///
    /// # Errors
    /// [`AppError::Semantic`] for shares that do not add up, [`AppError::Invalid`] for a scope
    /// that is none, [`AppError::NotFound`] for whom it is not there.
    pub async fn add_split_rule(
        &self,
        actor: &Actor,
        scope: &str,
        scope_id: Option<i64>,
        terms: &CommissionRule,
        effective_at: Option<Timestamp>,
    ) -> Result<RuleRow, AppError> {
        terms.check().map_err(|fault| AppError::Semantic {
            field: format!("terms.{}", fault.field),
            problem: fault.problem,
        })?;
        let now = self.now();
        if effective_at.is_some_and(|from| from < now - BACKDATED_MAX) {
            return Err(AppError::Semantic {
                field: "effective_at".to_owned(),
                problem: "must not be in the past".to_owned(),
            });
        }
        let mut tx = self.db.begin().await?;
        check_payees(&mut tx, terms).await?;
        match (scope, scope_id) {
            ("default", None) => {}
            ("station", Some(id)) => {
                let station = stations::find(tx.conn(), id).await?;
                station.ok_or(AppError::NotFound("station"))?;
            }
            ("merchant", Some(id)) => {
                let org = orgs::find(tx.conn(), id).await?;
                org.filter(|org| org.kind == OrgType::Merchant)
                    .ok_or(AppError::NotFound("merchant"))?;
            }
            _ => {
                return Err(AppError::Invalid {
                    field: "scope".to_owned(),
                    problem: "must be default, or station or merchant with scope_id".to_owned(),
                });
            }
        }
        let from = effective_at.unwrap_or(now);
        let name = &actor.name;
        let id = commission::insert_rule(tx.conn(), scope, scope_id, terms, from, name, now);
        let id = id.await?;
        let made = json!({"scope": scope, "scope_id": scope_id, "terms": terms});
        let object = format!("split_rule:{id}");
        self.audit_in(&mut tx, actor, "split.add", &object, None, Some(made))
            .await?;
        tx.commit().await?;
        Ok(RuleRow {
            id,
            scope: scope.to_owned(),
            scope_id,
            terms: terms.clone(),
            effective_at: from,
            created_by: actor.name.clone(),
            created_at: now,
            ended_at: None,
        })
    }

    /// Takes a rule away.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a rule.
    pub async fn end_split_rule(&self, actor: &Actor, id: i64) -> Result<RuleRow, AppError> {
        let mut tx = self.db.begin().await?;
        let rule = commission::find_rule(tx.conn(), id).await?;
        let rule = rule.ok_or(AppError::NotFound("rule"))?;
        let now = self.now();
        if !commission::end_rule(tx.conn(), id, now).await? {
            return Err(AppError::NotFound("rule"));
        }
        let before = json!({"scope": rule.scope, "scope_id": rule.scope_id, "terms": rule.terms});
        let after = Some(json!({ "ended_at": now.unix_seconds() }));
        let object = format!("split_rule:{id}");
        self.audit_in(&mut tx, actor, "split.end", &object, Some(before), after)
            .await?;
        tx.commit().await?;
        Ok(RuleRow {
            ended_at: Some(now),
            ..rule
        })
    }

    /// A page of who earned what, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_earnings(
        &self,
        scope: &Scope,
        payee: Option<OrgId>,
        order_no: Option<&str>,
        state: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<EntryRow>, AppError> {
        let mut view = self.db.view().await?;
        let list = commission::list_entries(view.conn(), scope, payee, order_no, state, page);
        Ok(list.await?)
    }
}
