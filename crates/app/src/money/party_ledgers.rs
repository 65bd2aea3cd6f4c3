//! The ledgers of agents, merchants and members: lines with what was held before and after, and
//! what they come to within a time.

use crate::{App, AppError};
use domain::org::{OrgType, Scope};
use kernel::Timestamp;
use store::ledger::{self, HeldLine, Ledgers, PartyFilter, Sums};
use store::members::{self, MemberFilter};
use store::orgs::{self, OrgFilter};
use store::{Page, PageRequest};

/// What the lines of an organisation or a member come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerTotal {
    /// Whose: an organisation or a member.
    pub owner_id: i64,
    /// Its name, or the member's number.
    pub owner: String,
    /// Before, in, out.
    pub sums: Sums,
}

/// Of whom and of when totals are wanted.
#[derive(Clone, Debug, Default)]
pub struct TotalsFilter {
    /// One organisation or member.
    pub owner: Option<i64>,
    /// One of the purses; otherwise all together.
    pub purse: Option<&'static str>,
    /// From then on.
    pub from: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
    /// Of these organisations, or of members of these companies.
    pub scope: Scope,
}

impl App {
    /// A page of lines, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn party_ledger(
        &self,
        ledgers: Ledgers,
        filter: &PartyFilter,
        page: PageRequest,
    ) -> Result<Page<HeldLine>, AppError> {
        let mut view = self.db.view().await?;
        Ok(ledger::party_lines(view.conn(), ledgers, filter, page).await?)
    }

    /// A page of what was held before, came in, went out and is held, one row for each owner.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn party_totals(
        &self,
        ledgers: Ledgers,
        filter: &TotalsFilter,
        page: PageRequest,
    ) -> Result<Page<LedgerTotal>, AppError> {
        let mut view = self.db.view().await?;
        let kind = match ledgers {
            Ledgers::Agents => Some(OrgType::Agent),
            Ledgers::Merchants => Some(OrgType::Merchant),
            Ledgers::Companies => Some(OrgType::Company),
            Ledgers::Members => None,
        };
        let owners: Page<(i64, String)> = if kind.is_some() {
            let wanted = OrgFilter {
                kind,
                id: filter.owner,
                scope: filter.scope.clone(),
                ..OrgFilter::default()
            };
            let found = orgs::list(view.conn(), &wanted, None, page).await?;
            found.map(|org| (org.id, org.entry.name))
        } else {
            let wanted = MemberFilter {
                id: filter.owner,
                scope: filter.scope.clone(),
                ..MemberFilter::default()
            };
            let found = members::list(view.conn(), &wanted, None, page).await?;
            found.map(|line| (line.member.id, line.member.phone))
        };
        let mut items = Vec::with_capacity(owners.items.len());
        for (owner_id, owner) in owners.items {
            let (purse, from, until) = (filter.purse, filter.from, filter.until);
            let sums = ledger::party_sums(view.conn(), ledgers, owner_id, purse, from, until);
            let sums = sums.await?;
            items.push(LedgerTotal {
                owner_id,
                owner,
                sums,
            });
        }
        Ok(Page {
            items,
            total: owners.total,
            page: owners.page,
            size: owners.size,
        })
    }
}
