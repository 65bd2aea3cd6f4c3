//! Companies that pay for their people: what was agreed, what they paid, who belongs to them.

mod agree;
mod contract;
mod import;
mod invite;
mod people;

pub use contract::{CompanyAccount, ContractEntry};
pub use import::{ImportFault, ImportReport};

use crate::AppError;
use crate::staff::Actor;
use domain::org::OrgType;
use kernel::OrgId;
use store::orgs::{self, Org};
use store::{Tx, companies};

const NO_COMPANY: AppError = AppError::NotFound("company");

/// A company that somebody may see.
async fn company(tx: &mut Tx, actor: &Actor, org: OrgId) -> Result<Org, AppError> {
    let found = orgs::find(tx.conn(), org.0).await?;
    found
        .filter(|found| found.kind == OrgType::Company && actor.owns(&found.path))
        .ok_or(NO_COMPANY)
}

/// What was agreed with a company, locked; prepaid only where nothing was written down.
async fn agreed(tx: &mut Tx, org: OrgId) -> Result<companies::Company, AppError> {
    let found = companies::lock(tx.conn(), org).await?;
    Ok(found.unwrap_or(companies::Company {
        org_id: org.0,
        contract_no: None,
        credit_limit_fen: kernel::Fen::ZERO,
        bill_day: 1,
        member_daily_fen: None,
        stations: serde_json::json!([]),
        service_price_bp: None,
    }))
}

fn object(org: OrgId) -> String {
    format!("org:{org}")
}

fn invalid(field: &str, problem: impl Into<String>) -> AppError {
    AppError::Invalid {
        field: field.to_owned(),
        problem: problem.into(),
    }
}
