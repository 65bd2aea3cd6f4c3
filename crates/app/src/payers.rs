//! Whom the staff may name as the payer of a card or vehicle. What is somebody else's is answered
//! like what does not exist.

use crate::AppError;
use crate::staff::Actor;
use domain::org::{OrgType, PLATFORM_PATH};
use kernel::{MemberId, OrgId};
use store::{Tx, cards, members, orgs};

/// Whether somebody may spend a member's money: the platform anybody's, a company that of those
/// whom it pays for, others nobody's.
pub(crate) async fn may_name_member(
    tx: &mut Tx,
    actor: &Actor,
    member: MemberId,
) -> Result<bool, AppError> {
    let Some(row) = members::find(tx.conn(), member).await? else {
        return Ok(false);
    };
    if actor.is_platform() {
        return Ok(true);
    }
    let Some(company) = row
        .company_id
        .filter(|_| actor.org_type == OrgType::Company)
    else {
        return Ok(false);
    };
    let company = orgs::find(tx.conn(), company).await?;
    Ok(company.is_some_and(|company| actor.owns(&company.path)))
}

/// Refuses a member whom somebody may not name.
pub(crate) async fn check_member(
    tx: &mut Tx,
    actor: &Actor,
    member: Option<MemberId>,
) -> Result<(), AppError> {
    match member {
        Some(member) if !may_name_member(tx, actor, member).await? => {
            Err(refused("member_id", "is no member"))
        }
        _ => Ok(()),
    }
}

/// The path of a company that is to pay: one of those below the actor. What is no company pays for
/// nobody.
pub(crate) async fn check_company(
    tx: &mut Tx,
    actor: &Actor,
    company: Option<OrgId>,
) -> Result<Option<String>, AppError> {
    let Some(company) = company else {
        return Ok(None);
    };
    let found = orgs::find(tx.conn(), company.0).await?;
    let found = found.filter(|org| org.kind == OrgType::Company && actor.owns(&org.path));
    match found {
        Some(org) => Ok(Some(org.path)),
        None => Err(refused("company_id", "is no company")),
    }
}

/// Refuses a card that a vehicle cannot stand for.
pub(crate) async fn check_card(
    tx: &mut Tx,
    actor: &Actor,
    card_no: Option<&str>,
) -> Result<(), AppError> {
    let Some(card_no) = card_no else {
        return Ok(());
    };
    let row = cards::find(tx.conn(), card_no).await?;
    let own = |path: &Option<String>| actor.owns(path.as_deref().unwrap_or(PLATFORM_PATH));
    if row.is_some_and(|row| own(&row.org_path)) {
        Ok(())
    } else {
        Err(refused("card_no", "is no card"))
    }
}

/// Whose something new is: the company's that pays for it, else that of whoever enters it; none:
/// the platform's.
pub(crate) fn owner(actor: &Actor, company: Option<String>) -> Option<String> {
    company.or_else(|| actor.scope().path().map(str::to_owned))
}

fn refused(field: &str, problem: &str) -> AppError {
    AppError::Invalid {
        field: field.to_owned(),
        problem: problem.to_owned(),
    }
}
