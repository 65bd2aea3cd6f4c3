//! What a list of parties shows beside their names.

use crate::db::{args, row};
use crate::{Conn, Result};
use kernel::{Fen, Timestamp};

row! {
    /// Figures of an organisation.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PartyFigures {
        /// The name of what it stands under.
        pub parent: Option<String>,
        /// Stations of its own, of those below it, and those where it is the agent.
        pub stations: i64,
        /// Devices there.
        pub devices: i64,
        /// Earned since then.
        pub income_fen: Fen,
        /// Held, payable or not.
        pub balance_fen: Fen,
    }
}

/// Figures of an organisation, its income since then.
pub async fn of(conn: Conn<'_>, org_id: i64, since: Timestamp) -> Result<Option<PartyFigures>> {
    conn.optional(
        "select (select p.name from orgs p where p.id = o.parent_id) as parent, \
         (select count(*) from stations s where s.deleted_at is null \
         and (s.org_path like o.path || '%' or s.agent_org_id = o.id)) as stations, \
         (select count(*) from devices d join stations s on s.id = d.station_id \
         where d.deleted_at is null and s.deleted_at is null \
         and (s.org_path like o.path || '%' or s.agent_org_id = o.id)) as devices, \
         (select cast(coalesce(sum(c.amount_fen), 0) as bigint) from commission_entries c \
         where c.payee_org_id = o.id and c.created_at >= $2 and c.state <> 'reversed') \
         as income_fen, \
         (select cast(coalesce(sum(a.balance_fen), 0) as bigint) from ledger_accounts a \
         where a.owner_org_id = o.id and a.code like o.type || ':%') as balance_fen \
         from orgs o where o.id = $1",
        args![org_id, since],
    )
    .await
}
