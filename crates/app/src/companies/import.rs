//! A company's people from a list: one line each, with a telephone number and a name.

use super::invite::name_in;
use super::{company, invalid, object};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::org::Scope;
use domain::table;
use kernel::OrgId;
use serde_json::json;
use std::collections::BTreeSet;
use store::{Tx, members, orgs};

/// Most lines of a list.
const LINES_MAX: usize = 5000;
/// Longest name, in characters.
const NAME_MAX: usize = 50;
/// What the first column may be called.
const PHONE_TITLES: [&str; 4] = ["phone", "手机号", "手机", "电话"];

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportFault {
    /// Which line, 1 for the first of the list.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// What became of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// People whom the company pays for from now on.
    pub added: usize,
    /// People whom it paid for before.
    pub known: usize,
    /// People who are members already and are asked whether they want it.
    pub invited: usize,
    /// Lines that were passed over.
    pub faults: Vec<ImportFault>,
}

impl App {
    /// Takes a company's people from a list of comma-separated values: telephone number, name.
    /// Who is not here yet is registered; who is a member already is asked first. Lines with faults are passed over, all others count.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a company, [`AppError::Invalid`] for a list that cannot
    /// be read, is empty or too long.
    pub async fn import_company_members(
        &self,
        actor: &Actor,
        org: OrgId,
        list: &str,
    ) -> Result<ImportReport, AppError> {
        let lines = table::read(list).map_err(|problem| invalid("body", problem.to_string()))?;
        let titled = lines.first().is_some_and(|line| {
            let first = line.cells.first().map(String::as_str).unwrap_or_default();
            PHONE_TITLES.contains(&first.trim().to_lowercase().as_str())
        });
        let lines = &lines[usize::from(titled)..];
        if lines.is_empty() || lines.len() > LINES_MAX {
            return Err(invalid("body", format!("must have 1 to {LINES_MAX} lines")));
        }
        let mut tx = self.db.begin().await?;
        company(&mut tx, actor, org).await?;
        let mut report = ImportReport::default();
        let mut seen = BTreeSet::new();
        for line in lines {
            let cell = |place: usize| line.cells.get(place).map_or("", |cell| cell.trim());
            let (phone, name) = (cell(0), cell(1));
            let fault = if !is_phone(phone) {
                Some("the first column must be a telephone number of 11 digits".to_owned())
            } else if name.chars().count() > NAME_MAX {
                Some(format!("the name must have at most {NAME_MAX} characters"))
            } else if line.cells.len() > 2 {
                Some("there must be two columns: telephone number, name".to_owned())
            } else if !seen.insert(phone.to_owned()) {
                Some("the number was there before".to_owned())
            } else {
                self.add_person_in(&mut tx, actor, org, (phone, name), &mut report)
                    .await?
            };
            report.faults.extend(fault.map(|problem| ImportFault {
                line: line.number,
                problem,
            }));
        }
        let after = json!({"added": report.added, "known": report.known,
            "invited": report.invited, "faults": report.faults.len()});
        let action = "company.import_members";
        self.audit_in(&mut tx, actor, action, &object(org), None, Some(after))
            .await?;
        tx.commit().await?;
        Ok(report)
    }
}

impl App {
    /// Why somebody cannot be taken; none: they were, or they were asked.
    async fn add_person_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        org: OrgId,
        (phone, name): (&str, &str),
        report: &mut ImportReport,
    ) -> Result<Option<String>, AppError> {
        let now = self.now();
        let Some(row) = members::find_by_phone(tx.conn(), phone).await? else {
            let id = members::register(tx.conn(), phone, now).await?;
            if members::join(tx.conn(), id, org, now).await? {
                name_in(tx, id, Some(name), now).await?;
                report.added += 1;
            }
            return Ok(None);
        };
        match row.company_id {
            Some(known) if known == org.0 => report.known += 1,
            Some(other) => {
                let theirs = orgs::find(tx.conn(), other).await?;
                let name = theirs
                    .filter(|theirs| actor.scope() == Scope::Everything || actor.owns(&theirs.path))
                    .map_or_else(|| "another company".to_owned(), |theirs| theirs.entry.name);
                return Ok(Some(format!("{name} pays for this number")));
            }
            // Their wallet and their charges are their own, and so is the decision.
            None => {
                let name = (!name.is_empty()).then_some(name);
                self.invite_in(tx, &actor.name, org, row.member_id(), name)
                    .await?;
                report.invited += 1;
            }
        }
        Ok(None)
    }
}

fn is_phone(text: &str) -> bool {
    text.len() == 11 && text.starts_with('1') && text.bytes().all(|byte| byte.is_ascii_digit())
}
