//! What one person proposes and another must confirm.
//!
//! A capability that needs it gives its operation a kind, calls [`App::propose`] instead of
//! doing it, adds the kind to [`KINDS`] with the leaf that both persons need, and an arm to
//! [`App::carry_out`], which runs in the transaction of the confirmation. What has transactions of
//! its own is done before, by [`App::carry_out_before`].

use super::{Actor, accounts};
use crate::firmware_gate::BLOCK_FIRMWARE;
use crate::force_finish::{FORCE_CANCEL, FORCE_FINISH};
use crate::{App, AppError};
use serde_json::{Value, json};
use std::time::Duration;
use store::pending_operations::{self, NewOperation, OperationFilter, PendingOperation, Verdict};
use store::{Page, PageRequest, Tx, admin_users};

/// Sets a company's credit limit. Payload: `{"org_id": 7, "credit_fen": 100, "reason": "…"}`.
pub const ADJUST_CREDIT: &str = "company.adjust_credit";

/// Makes an account a super administrator. Payload: `{"admin_id": 7}`.
pub const MAKE_SUPER: &str = "admin.make_super";

/// Corrects a member's wallet. Payload: `{"member_id": 7, "amount_fen": -100, "reason": "…"}`.
pub const ADJUST_BALANCE: &str = "member.adjust_balance";
/// Money of a channel without a reason goes back, or to a member. Payload:
/// `{"reference": "PY…", "amount_fen": 5000, "member_id": 12, "reason": "…"}`; without a member it
/// goes back.
pub const RESOLVE_UNMATCHED: &str = "finance.unmatched.resolve";

/// A member's debt is given up. Payload:
/// `{"member_id": 12, "amount_fen": 500, "reason": "…"}`.
pub const WRITE_OFF: &str = "member.write_off";

/// Proposals wait for so long.
const PATIENCE: Duration = Duration::from_hours(24);

const NO_OPERATION: AppError = AppError::NotFound("operation");

/// Something that a second person must confirm.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What is to be done; one of the kinds that are carried out here.
    pub kind: String,
    /// To what, and how.
    pub payload: Value,
    /// The same for people.
    pub summary: String,
}

/// A kind of operation.
struct Kind {
    name: &'static str,
    /// Who proposes and who confirms one must have it. `super`, which is no leaf, only super
    /// administrators have.
    leaf: &'static str,
    /// Whose business it is.
    by: By,
}

/// Who proposes and confirms.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// The platform alone, whatever others' roles say: its money, its power.
    Platform,
    /// Who has the leaf, and sees the row.
    Anybody,
}

/// Every kind.
const KINDS: &[Kind] = &[
    kind(ADJUST_BALANCE, "user.member.adjust_balance", By::Platform),
    kind(ADJUST_CREDIT, "user.company.adjust_credit", By::Platform),
    kind(BLOCK_FIRMWARE, "device.firmware.block", By::Platform),
    kind(FORCE_CANCEL, "order.charge.cancel", By::Anybody),
    kind(FORCE_FINISH, "order.charge.force_finish", By::Anybody),
    kind(MAKE_SUPER, "super", By::Platform),
    kind(RESOLVE_UNMATCHED, "finance.reconcile.resolve", By::Platform),
    kind(WRITE_OFF, "user.member.adjust_balance", By::Platform),
];

const fn kind(name: &'static str, leaf: &'static str, by: By) -> Kind {
    Kind { name, leaf, by }
}

/// The kind of that name; none for an unknown one.
fn kind_of(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The kinds of operations that take two persons.
pub fn operation_kinds() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.name).collect()
}

impl App {
    /// Carries a confirmed operation out, in the transaction of its confirmation; what it
    /// returns is kept with it.
    async fn carry_out(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        operation: &PendingOperation,
    ) -> Result<Value, AppError> {
        match operation.kind.as_str() {
            ADJUST_BALANCE => self.adjust_in(tx, actor, operation).await,
            BLOCK_FIRMWARE => self.block_confirmed_in(tx, actor, operation).await,
            ADJUST_CREDIT => self.adjust_credit_in(tx, actor, operation).await,
            MAKE_SUPER => {
                let id = operation.payload["admin_id"].as_i64().unwrap_or_default();
                let row = accounts::inferior(tx, actor, id).await?;
                if row.org_id != 1 {
                    return Err(AppError::Conflict("only for accounts of the platform"));
                }
                admin_users::make_super(tx.conn(), id, self.now()).await?;
                Ok(json!({ "admin_id": id }))
            }
            FORCE_CANCEL | FORCE_FINISH => Ok(json!({"order_no": operation.payload["order_no"]})),
            RESOLVE_UNMATCHED => self.resolve_unmatched_in(tx, actor, operation).await,
            WRITE_OFF => self.write_off_in(tx, actor, operation).await,
            _ => Err(NO_OPERATION),
        }
    }

    /// Proposes an operation; it waits a day for a second person.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for an unknown kind, [`AppError::Denied`] without its leaf.
    pub async fn propose(
        &self,
        actor: &Actor,
        proposal: Proposal,
    ) -> Result<PendingOperation, AppError> {
        let mut tx = self.db.begin().await?;
        let operation = self.propose_in(&mut tx, actor, proposal).await?;
        tx.commit().await?;
        Ok(operation)
    }

    /// Proposes an operation within a transaction of the caller's.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for an unknown kind, [`AppError::Denied`] without its leaf.
    pub async fn propose_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        proposal: Proposal,
    ) -> Result<PendingOperation, AppError> {
        let kind = kind_of(&proposal.kind).ok_or_else(|| AppError::Invalid {
            field: "kind".to_owned(),
            problem: "is not known".to_owned(),
        })?;
        may(actor, kind)?;
        let now = self.now();
        let new = NewOperation {
            kind: proposal.kind,
            payload: proposal.payload,
            summary: proposal.summary,
            requested_by: actor.admin_id,
            requested_name: actor.name.clone(),
            org_path: actor.org_path.clone(),
            expires_at: now + PATIENCE,
        };
        let id = pending_operations::insert(tx.conn(), &new, now).await?;
        let operation = pending_operations::lock(tx.conn(), id).await?;
        let operation = operation.ok_or(NO_OPERATION)?;
        let after = Some(json!({ "kind": operation.kind, "payload": operation.payload }));
        let object = object(id);
        self.audit_in(tx, actor, "system.operation.propose", &object, None, after)
            .await?;
        Ok(operation)
    }

    /// Confirms or rejects an operation. What is confirmed is carried out in the same
    /// transaction: if that fails, nothing has been decided.
    ///
    /// # Errors
    /// [`AppError::Conflict`] for who proposed it, and when it is not open any more,
    /// [`AppError::Denied`] for who is not of the platform.
    pub async fn decide_operation(
        &self,
        actor: &Actor,
        id: i64,
        approve: bool,
        reason: Option<&str>,
    ) -> Result<PendingOperation, AppError> {
        let now = self.now();
        if approve {
            self.carry_out_before(actor, id).await?;
        }
        let mut tx = self.db.begin().await?;
        let operation = self.decidable_in(&mut tx, actor, id, approve).await?;
        let result = if approve {
            Some(self.carry_out(&mut tx, actor, &operation).await?)
        } else {
            None
        };
        let verdict = Verdict {
            state: if approve { "approved" } else { "rejected" },
            by: actor.admin_id,
            name: &actor.name,
            reason,
            result,
        };
        pending_operations::decide(tx.conn(), id, &verdict, now).await?;
        let decided = pending_operations::lock(tx.conn(), id).await?;
        let decided = decided.ok_or(NO_OPERATION)?;
        let after = Some(json!({ "state": decided.state, "reason": decided.reason }));
        let object = object(id);
        self.audit_in(
            &mut tx,
            actor,
            "system.operation.decide",
            &object,
            None,
            after,
        )
        .await?;
        tx.commit().await?;
        if approve && decided.kind == BLOCK_FIRMWARE {
            self.take_blocks().await?;
        }
        Ok(decided)
    }

    /// The operation, locked, if this person may decide it so.
    async fn decidable_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: i64,
        approve: bool,
    ) -> Result<PendingOperation, AppError> {
        let operation = pending_operations::lock(tx.conn(), id).await?;
        let operation = operation
            .filter(|operation| actor.owns(&operation.org_path))
            .ok_or(NO_OPERATION)?;
        may(actor, kind_of(&operation.kind).ok_or(NO_OPERATION)?)?;
        if operation.state != "pending" || operation.expires_at <= self.now() {
            return Err(AppError::Conflict("the operation is not open any more"));
        }
        let same = (operation.requested_by, operation.requested_name.as_str())
            == (actor.admin_id, actor.name.as_str());
        if same && approve {
            return Err(AppError::Conflict("another person must confirm it"));
        }
        Ok(operation)
    }

    /// Orders change in transactions of their own, before the decision is written. Cut off between
    /// the two, the order has ended and the proposal still waits: confirmed again it is refused,
    /// because there is nothing left to do.
    async fn carry_out_before(&self, actor: &Actor, id: i64) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        let operation = self.decidable_in(&mut tx, actor, id, true).await?;
        tx.rollback().await?;
        match operation.kind.as_str() {
            FORCE_CANCEL | FORCE_FINISH => self.force_confirmed(actor, &operation).await,
            _ => Ok(()),
        }
    }

    /// A page of proposals, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_operations(
        &self,
        filter: &OperationFilter,
        page: PageRequest,
    ) -> Result<Page<PendingOperation>, AppError> {
        let mut direct = self.db.direct().await?;
        pending_operations::expire(direct.conn(), self.now()).await?;
        drop(direct);
        let mut view = self.db.view().await?;
        Ok(pending_operations::list(view.conn(), filter, page).await?)
    }
}

/// Whether somebody may propose or decide operations of a kind.
fn may(actor: &Actor, kind: &Kind) -> Result<(), AppError> {
    if !actor.has(kind.leaf) {
        return Err(AppError::Denied(kind.leaf.to_owned()));
    }
    if actor.is_platform() || kind.by == By::Anybody {
        Ok(())
    } else {
        Err(AppError::Denied("platform".to_owned()))
    }
}

fn object(id: i64) -> String {
    format!("operation:{id}")
}
