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
        /// A company's contract.
        pub contract_no: Option<String>,
        /// Most that a company may owe; none: nothing was agreed.
        pub credit_fen: Option<Fen>,
        /// Day of the month on which a company is billed.
        pub bill_day: Option<i16>,
        /// Members whom a company pays for.
        pub members: Option<i64>,
        /// Vehicles that a company pays for.
        pub vehicles: Option<i64>,
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
         where a.owner_org_id = o.id and a.code like o.type || ':%') as balance_fen, \
         c.contract_no, c.credit_limit_fen as credit_fen, c.bill_day, \
         case o.type when 'company' then (select count(*) from members m \
         where m.company_id = o.id and m.deleted_at is null) end as members, \
         case o.type when 'company' then (select count(*) from vehicles v \
         where v.company_id = o.id and v.deleted_at is null) end as vehicles \
         from orgs o left join companies c on c.org_id = o.id where o.id = $1",
        args![org_id, since],
    )
    .await
}
