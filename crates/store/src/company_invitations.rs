//! `company_invitations`: members whom companies would like to pay for, and what they said.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::{MemberId, OrgId, Timestamp};

row! {
    /// A row of `company_invitations`, with the company's name.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Invitation {
        /// Its row.
        pub id: i64,
        /// The company.
        pub company_id: i64,
        /// What it is called.
        pub company: String,
        /// Who is invited.
        pub member_id: i64,
        /// What the company calls them.
        pub name: Option<String>,
        /// `pending`, `accepted`, `declined`.
        pub state: String,
        /// When they were asked.
        pub created_at: Timestamp,
        /// When they said yes or no.
        pub answered_at: Option<Timestamp>,
    }
}

macro_rules! columns {
    () => {
        "i.id, i.company_id, o.name as company, i.member_id, i.name, i.state, i.created_at, \
         i.answered_at"
    };
}

/// Invites a member; none when the company's invitation waits already.
pub async fn insert(
    conn: Conn<'_>,
    company: OrgId,
    member: MemberId,
    name: Option<&str>,
    actor: &str,
    now: Timestamp,
) -> Result<Option<i64>> {
    let made: Option<Scalar<i64>> = conn
        .optional(
            "insert into company_invitations \
             (company_id, member_id, name, state, created_by, created_at) \
             values ($1, $2, $3, 'pending', $4, $5) \
             on conflict (company_id, member_id) where state = 'pending' do nothing \
             returning id as value",
            args![company.0, member.0, name, actor, now],
        )
        .await?;
    Ok(made.map(|Scalar(id)| id))
}

/// An invitation of a member.
pub async fn find(conn: Conn<'_>, member: MemberId, id: i64) -> Result<Option<Invitation>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from company_invitations i join orgs o on o.id = i.company_id \
             where i.id = $1 and i.member_id = $2"
        ),
        args![id, member.0],
    )
    .await
}

/// Writes down what a member said. False when they have said it already.
pub async fn answer(conn: Conn<'_>, id: i64, state: &str, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update company_invitations set state = $2, answered_at = $3 \
             where id = $1 and state = 'pending'",
            args![id, state, now],
        )
        .await?;
    Ok(changed == 1)
}

/// A page of a member's invitations, newest first.
pub async fn list(conn: Conn<'_>, member: MemberId, page: PageRequest) -> Result<Page<Invitation>> {
    Listing::of(
        columns!(),
        "company_invitations i join orgs o on o.id = i.company_id",
    )
    .narrow("i.member_id =", Some(&member.0))
    .page(conn, "i.id desc", page)
    .await
}
