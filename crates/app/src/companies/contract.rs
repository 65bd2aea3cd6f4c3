//! What was agreed with a company, and its money.

use super::{agreed, company, invalid, object};
use crate::money::post_receipt;
use crate::staff::{ADJUST_CREDIT, Actor, Proposal};
use crate::{App, AppError};
use domain::ledger::{Account, Purse, postings};
use kernel::{Fen, OrgId};
use serde_json::{Value, json};
use store::companies::{self, Company};
use store::pending_operations::PendingOperation;
use store::{Tx, ledger, order_money, stations};

/// Most that a company pays at once, and most of its credit.
const SUM_MAX: Fen = Fen(10_000_000_000);
/// Most stations that a contract names.
const STATIONS_MAX: usize = 200;
/// Longest number of a contract and longest reason, in characters.
const TEXT_MAX: usize = 100;

/// What somebody writes about a contract. The credit has a way of its own.
#[derive(Clone, Debug)]
pub struct ContractEntry {
    /// Its number.
    pub contract_no: Option<String>,
    /// Day of the month on which it is billed, 1 to 28.
    pub bill_day: i16,
    /// Most that one of its members may charge for in a day.
    pub member_daily: Option<Fen>,
    /// Stations at which it pays; empty: everywhere.
    pub stations: Vec<i64>,
}

/// A company's money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyAccount {
    /// What was agreed.
    pub contract: Company,
    /// Paid in, free.
    pub cash: Fen,
    /// Paid in, held by running charges.
    pub frozen: Fen,
    /// Owed.
    pub owed: Fen,
    /// Of its credit, held by running charges.
    pub reserved: Fen,
    /// Members whom it pays for.
    pub members: i64,
    /// Vehicles that it pays for.
    pub vehicles: i64,
}

impl CompanyAccount {
    /// What is left of its credit.
    pub fn credit_left(&self) -> Fen {
        (self.contract.credit_limit_fen - self.owed - self.reserved).max(Fen::ZERO)
    }
}

impl App {
    /// A company's contract and money.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a company.
    pub async fn company_account(
        &self,
        actor: &Actor,
        org: OrgId,
    ) -> Result<CompanyAccount, AppError> {
        let mut tx = self.db.begin().await?;
        company(&mut tx, actor, org).await?;
        let account = read(&mut tx, org).await?;
        tx.rollback().await?;
        Ok(account)
    }

    /// Writes what was agreed with a company, but its credit.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a company, [`AppError::Invalid`] for a value that
    /// cannot be, [`AppError::Semantic`] for a station that is not there.
    pub async fn change_contract(
        &self,
        actor: &Actor,
        org: OrgId,
        entry: ContractEntry,
    ) -> Result<CompanyAccount, AppError> {
        check(&entry)?;
        let mut tx = self.db.begin().await?;
        company(&mut tx, actor, org).await?;
        for station in &entry.stations {
            if stations::find(tx.conn(), *station).await?.is_none() {
                return Err(AppError::Semantic {
                    field: "stations".to_owned(),
                    problem: format!("{station} is no station"),
                });
            }
        }
        let before = agreed(&mut tx, org).await?;
        let after = Company {
            contract_no: entry.contract_no,
            bill_day: entry.bill_day,
            member_daily_fen: entry.member_daily,
            stations: json!(entry.stations),
            ..before.clone()
        };
        companies::put(tx.conn(), &after, self.now()).await?;
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        let action = "company.contract";
        self.audit_in(&mut tx, actor, action, &object(org), old, new)
            .await?;
        let account = read(&mut tx, org).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// J18: a company has paid into the bank: first what it owes, the rest is prepaid. `key` names
    /// the deed: the same key again changes nothing.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a company, [`AppError::Invalid`] for a sum that cannot
    /// be, [`AppError::Conflict`] when the key stands for another sum.
    pub async fn recharge_company(
        &self,
        actor: &Actor,
        org: OrgId,
        amount: Fen,
        key: &str,
    ) -> Result<CompanyAccount, AppError> {
        if amount <= Fen::ZERO || amount > SUM_MAX {
            return Err(invalid("amount_fen", format!("must be 1 to {}", SUM_MAX.0)));
        }
        let mut tx = self.db.begin().await?;
        company(&mut tx, actor, org).await?;
        // The row of the contract goes before those of the money, as when a charge begins.
        agreed(&mut tx, org).await?;
        let debt = Account::ReceivableCompany(org);
        let cash = Account::Company(org, Purse::Cash);
        let owed = ledger::lock(tx.conn(), &[debt, cash]).await?[0];
        let receipt = key;
        let key = format!("{org}:{receipt}");
        let mut paid = postings::company_paid(&key, org, amount, owed);
        paid.memo = Some(receipt.to_owned());
        if post_receipt(&mut tx, paid, &actor.name, self.now()).await? {
            let after = Some(json!({"amount_fen": amount, "key": key}));
            let action = "company.recharge";
            self.audit_in(&mut tx, actor, action, &object(org), None, after)
                .await?;
        }
        let account = read(&mut tx, org).await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Proposes another credit limit for a company; 0 makes it prepaid only. A second person has
    /// to confirm it.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a company, [`AppError::Invalid`] for a limit or a
    /// reason that cannot be.
    pub async fn propose_credit(
        &self,
        actor: &Actor,
        org: OrgId,
        limit: Fen,
        reason: &str,
    ) -> Result<PendingOperation, AppError> {
        if limit < Fen::ZERO || limit > SUM_MAX {
            let problem = format!("must be 0 to {}", SUM_MAX.0);
            return Err(invalid("credit_fen", problem));
        }
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > TEXT_MAX {
            let problem = format!("must have 1 to {TEXT_MAX} characters");
            return Err(invalid("reason", problem));
        }
        let mut tx = self.db.begin().await?;
        let row = company(&mut tx, actor, org).await?;
        let name = row.entry.name;
        let proposal = Proposal {
            kind: ADJUST_CREDIT.to_owned(),
            payload: json!({"org_id": org, "credit_fen": limit, "reason": reason}),
            summary: format!("{name} 授信额度调整为 {} 元：{reason}", limit.yuan()),
        };
        let operation = self.propose_in(&mut tx, actor, proposal).await?;
        tx.commit().await?;
        Ok(operation)
    }

    /// Carries a confirmed credit limit out. What is owed or held above it stays; nothing more
    /// starts on credit.
    pub(crate) async fn adjust_credit_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        operation: &PendingOperation,
    ) -> Result<Value, AppError> {
        let payload = &operation.payload;
        let org = OrgId(payload["org_id"].as_i64().unwrap_or_default());
        let limit = Fen(payload["credit_fen"].as_i64().unwrap_or_default());
        company(tx, actor, org).await?;
        let before = agreed(tx, org).await?;
        let after = Company {
            credit_limit_fen: limit,
            ..before.clone()
        };
        companies::put(tx.conn(), &after, self.now()).await?;
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        let action = "company.adjust_credit";
        self.audit_in(tx, actor, action, &object(org), old, new)
            .await?;
        Ok(json!({"credit_fen": limit}))
    }
}

fn check(entry: &ContractEntry) -> Result<(), AppError> {
    let number = entry.contract_no.as_deref().unwrap_or_default();
    if number.chars().count() > TEXT_MAX {
        let problem = format!("must have at most {TEXT_MAX} characters");
        return Err(invalid("contract_no", problem));
    }
    if !(1..=28).contains(&entry.bill_day) {
        return Err(invalid("bill_day", "must be 1 to 28"));
    }
    if entry.member_daily.is_some_and(|most| most <= Fen::ZERO) {
        return Err(invalid("member_daily_fen", "must be more than zero"));
    }
    if entry.stations.len() > STATIONS_MAX {
        let problem = format!("must name at most {STATIONS_MAX}");
        return Err(invalid("stations", problem));
    }
    Ok(())
}

async fn read(tx: &mut Tx, org: OrgId) -> Result<CompanyAccount, AppError> {
    let contract = agreed(tx, org).await?;
    let mut held = [Fen::ZERO; 3];
    let accounts = [
        Account::Company(org, Purse::Cash),
        Account::Company(org, Purse::Frozen),
        Account::ReceivableCompany(org),
    ];
    for (place, account) in held.iter_mut().zip(&accounts) {
        *place = ledger::balance(tx.conn(), account).await?;
    }
    let [cash, frozen, owed] = held;
    Ok(CompanyAccount {
        contract,
        cash,
        frozen,
        owed,
        reserved: order_money::reserved_by(tx.conn(), org).await?,
        members: companies::members_of(tx.conn(), org).await?,
        vehicles: companies::vehicles_of(tx.conn(), org).await?,
    })
}

fn shown(company: &Company) -> Value {
    json!({
        "contract_no": company.contract_no,
        "credit_fen": company.credit_limit_fen,
        "bill_day": company.bill_day,
        "member_daily_fen": company.member_daily_fen,
        "stations": company.stations,
    })
}
