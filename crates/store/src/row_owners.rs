//! Whose a row is, by the id that addresses it: the one question that every guarded path asks.

use crate::db::{args, row};
use crate::{Conn, Result};

/// What an id in a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressed {
    /// A device, by its id on the wire.
    Device,
    /// An order, by its number.
    Order,
    /// A card, by its printed number.
    Card,
    /// A vehicle, by its number.
    Vehicle,
    /// An occupancy, by its number.
    Occupancy,
    /// What a car park grants.
    ParkingRule,
    /// A reservation, by its number.
    Reservation,
    /// A station.
    Station,
    /// An organisation.
    Org,
    /// An account of the console.
    Admin,
    /// A role.
    Role,
    /// A session of an account.
    Session,
    /// A proposal.
    Operation,
}

row! {
    /// The paths of those who may see a row.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Owners {
        /// The owner's; none: the platform's.
        pub org_path: Option<String>,
        /// The operator's.
        pub operator_path: Option<String>,
    }
}

impl Addressed {
    const fn by_number(self) -> bool {
        matches!(
            self,
            Self::ParkingRule
                | Self::Station
                | Self::Org
                | Self::Admin
                | Self::Role
                | Self::Session
                | Self::Operation
        )
    }

    const fn sql(self) -> &'static str {
        match self {
            Self::Device => {
                "select org_path, operator_path from devices \
                 where phy_id = $1 and deleted_at is null"
            }
            // An order whose owner was not written down belongs to the owner of its device.
            Self::Order => {
                "select coalesce(o.org_path, d.org_path) as org_path, \
                 case when o.org_path is null then d.operator_path else o.operator_path end \
                 as operator_path \
                 from orders o left join devices d on d.id = o.device_id where o.order_no = $1"
            }
            Self::Card => {
                "select org_path, null as operator_path from cards \
                 where card_no = $1 and deleted_at is null"
            }
            Self::Vehicle => {
                "select org_path, null as operator_path from vehicles \
                 where vin = $1 and deleted_at is null"
            }
            Self::Occupancy => {
                "select d.org_path, d.operator_path from occupancy_orders o \
                 join devices d on d.id = o.device_id where o.occ_no = $1"
            }
            Self::ParkingRule => {
                "select s.org_path, s.operator_path from parking_rules r \
                 join stations s on s.id = r.station_id where r.id = $1"
            }
            Self::Reservation => {
                "select d.org_path, d.operator_path from reservations r \
                 join devices d on d.id = r.device_id where r.reservation_no = $1"
            }
            Self::Station => {
                "select org_path, operator_path from stations \
                 where id = $1 and deleted_at is null"
            }
            Self::Org => {
                "select path as org_path, null as operator_path from orgs \
                 where id = $1 and deleted_at is null"
            }
            Self::Admin => {
                "select org_path, null as operator_path from admin_users \
                 where id = $1 and deleted_at is null"
            }
            Self::Role => "select org_path, null as operator_path from roles where id = $1",
            Self::Session => {
                "select u.org_path, null as operator_path from admin_sessions s \
                 join admin_users u on u.id = s.admin_id where s.id = $1"
            }
            Self::Operation => {
                "select org_path, null as operator_path from pending_operations where id = $1"
            }
        }
    }
}

/// Whose the row is; none when there is no such row.
pub async fn of(conn: Conn<'_>, what: Addressed, key: &str) -> Result<Option<Owners>> {
    if what.by_number() {
        let Ok(id) = key.parse::<i64>() else {
            return Ok(None);
        };
        conn.optional(what.sql(), args![id]).await
    } else {
        conn.optional(what.sql(), args![key]).await
    }
}
