//! Whose a row is, by the id that addresses it: the one question that every guarded path asks.

use crate::db::{args, row};
use crate::{Conn, Result};
use domain::org::Scope;

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
    /// Where withdrawals go.
    SettlementAccount,
    /// A statement of a month.
    Statement,
    /// A withdrawal, by its number.
    Withdrawal,
    /// An activity.
    Activity,
    /// A coupon's template.
    Coupon,
    /// A coupon in a member's hand.
    CouponGrant,
    /// Codes of a coupon.
    CodeBatch,
    /// A review.
    Review,
    /// A fault report.
    FaultReport,
    /// A complaint.
    Complaint,
    /// A picture, by its name.
    Picture,
    /// An invoice, by our number of it.
    Invoice,
    /// A member.
    Member,
    /// A tariff: the places where it applies have owners.
    Tariff,
    /// An e-bike plan or an occupancy rule, likewise.
    Rule,
    /// An alarm.
    Alarm,
    /// A time without notices.
    Mute,
    /// A work order.
    Ticket,
    /// A cut-off of power.
    CutOff,
    /// A camera.
    Camera,
    /// A token for screens.
    ScreenToken,
}

row! {
    /// The paths of those who may see a row, and where it stands.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Owners {
        /// The owner's; none: the platform's.
        pub org_path: Option<String>,
        /// The operator's.
        pub operator_path: Option<String>,
        /// The station where it stands.
        pub station_id: Option<i64>,
    }
}

/// A row that stands at no station and belongs to an organisation.
macro_rules! of_an_org {
    ($rest:literal) => {
        concat!(
            "select org_path, null as operator_path, cast(null as bigint) as station_id from ",
            $rest
        )
    };
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
                | Self::SettlementAccount
                | Self::Activity
                | Self::Coupon
                | Self::CouponGrant
                | Self::CodeBatch
                | Self::Review
                | Self::FaultReport
                | Self::Complaint
                | Self::Member
                | Self::Tariff
                | Self::Rule
                | Self::Statement
                | Self::Alarm
                | Self::Mute
                | Self::Ticket
                | Self::CutOff
                | Self::Camera
                | Self::ScreenToken
        )
    }

    const fn sql(self) -> &'static str {
        match self {
            Self::Device => {
                "select org_path, operator_path, station_id from devices \
                 where phy_id = $1 and deleted_at is null"
            }
            // An order whose owner was not written down belongs to the owner of its device.
            Self::Order => {
                "select coalesce(o.org_path, d.org_path) as org_path, \
                 case when o.org_path is null then d.operator_path else o.operator_path end \
                 as operator_path, coalesce(o.station_id, d.station_id) as station_id \
                 from orders o left join devices d on d.id = o.device_id where o.order_no = $1"
            }
            Self::Card => of_an_org!("cards where card_no = $1 and deleted_at is null"),
            Self::Vehicle => of_an_org!("vehicles where vin = $1 and deleted_at is null"),
            Self::Occupancy => {
                "select d.org_path, d.operator_path, d.station_id from occupancy_orders o \
                 join devices d on d.id = o.device_id where o.occ_no = $1"
            }
            Self::ParkingRule => {
                "select s.org_path, s.operator_path, s.id as station_id from parking_rules r \
                 join stations s on s.id = r.station_id where r.id = $1"
            }
            Self::Reservation => {
                "select d.org_path, d.operator_path, d.station_id from reservations r \
                 join devices d on d.id = r.device_id where r.reservation_no = $1"
            }
            Self::Station => {
                "select org_path, operator_path, id as station_id from stations \
                 where id = $1 and deleted_at is null"
            }
            Self::Org => {
                "select path as org_path, null as operator_path, cast(null as bigint) as station_id \
                 from orgs \
                 where id = $1 and deleted_at is null"
            }
            Self::Admin => of_an_org!("admin_users where id = $1 and deleted_at is null"),
            Self::Role => of_an_org!("roles where id = $1"),
            Self::Session => {
                "select u.org_path, null as operator_path, cast(null as bigint) as station_id \
                 from admin_sessions s \
                 join admin_users u on u.id = s.admin_id where s.id = $1"
            }
            Self::Operation => of_an_org!("pending_operations where id = $1"),
            Self::Tariff => {
                "select coalesce(d.org_path, s.org_path) as org_path, \
                 coalesce(d.operator_path, s.operator_path) as operator_path, \
                 coalesce(b.station_id, d.station_id) as station_id from tariff_bindings b \
                 left join devices d on d.id = b.device_id \
                 left join stations s on s.id = b.station_id where b.tariff_id = $1"
            }
            Self::Rule => {
                "select coalesce(d.org_path, s.org_path) as org_path, \
                 coalesce(d.operator_path, s.operator_path) as operator_path, \
                 coalesce(b.station_id, d.station_id) as station_id from price_rule_bindings b \
                 left join devices d on d.id = b.device_id \
                 left join stations s on s.id = b.station_id where b.rule_id = $1"
            }
            Self::SettlementAccount => of_an_org!("settlement_accounts where id = $1"),
            Self::Statement => of_an_org!("statements where id = $1"),
            Self::Withdrawal => of_an_org!("withdrawals where withdraw_no = $1"),
            Self::Activity => of_an_org!("activities where id = $1"),
            Self::Coupon => of_an_org!("coupons where id = $1"),
            Self::CouponGrant => {
                "select c.org_path, null as operator_path, cast(null as bigint) as station_id \
                 from coupon_grants g \
                 join coupons c on c.id = g.coupon_id where g.id = $1"
            }
            Self::CodeBatch => of_an_org!("coupon_code_batches where id = $1"),
            Self::Review => {
                "select org_path, null as operator_path, station_id from reviews where id = $1"
            }
            Self::FaultReport => {
                "select org_path, null as operator_path, station_id from fault_reports where id = $1"
            }
            Self::Complaint => {
                "select org_path, null as operator_path, station_id from complaints where id = $1"
            }
            Self::Picture => of_an_org!("pictures where name = $1"),
            // What is about neither a device nor a station is the platform's.
            Self::Alarm => {
                "select coalesce(d.org_path, s.org_path) as org_path, \
                 coalesce(d.operator_path, s.operator_path) as operator_path, \
                 coalesce(d.station_id, a.station_id) as station_id from alarms a \
                 left join devices d on d.id = a.device_id \
                 left join stations s on s.id = a.station_id and a.device_id is null \
                 where a.id = $1"
            }
            Self::Mute => {
                "select org_path, null as operator_path, station_id from alarm_mutes where id = $1"
            }
            Self::Ticket => {
                "select org_path, null as operator_path, station_id from fault_tickets \
                 where id = $1"
            }
            Self::Invoice => of_an_org!("invoices where invoice_req_no = $1"),
            Self::CutOff => {
                "select d.org_path, d.operator_path, d.station_id from fire_cut_offs c \
                 join devices d on d.id = c.device_id where c.id = $1"
            }
            Self::Camera => {
                "select s.org_path, s.operator_path, s.id as station_id from cameras c \
                 join stations s on s.id = c.station_id where c.id = $1 and c.deleted_at is null"
            }
            Self::ScreenToken => of_an_org!("screen_tokens where id = $1"),
            // A member belongs to nobody but the company that pays for them.
            Self::Member => {
                "select o.path as org_path, null as operator_path, cast(null as bigint) as station_id \
                 from members m \
                 left join orgs o on o.id = m.company_id where m.id = $1 and m.deleted_at is null"
            }
        }
    }
}

/// Whose the row is: nobody when there is none, several where a row has several places.
pub async fn of(conn: Conn<'_>, what: Addressed, key: &str) -> Result<Vec<Owners>> {
    if what.by_number() {
        let Ok(id) = key.parse::<i64>() else {
            return Ok(Vec::new());
        };
        conn.all(what.sql(), args![id]).await
    } else {
        conn.all(what.sql(), args![key]).await
    }
}

/// Whether somebody sees the row. False when there is none.
pub async fn is_seen(conn: Conn<'_>, what: Addressed, key: &str, scope: &Scope) -> Result<bool> {
    let owners = of(conn, what, key).await?;
    Ok(owners.iter().any(|owners| owners.seen_by(scope)))
}

/// Whether an order is paid by the company whose accounts have that scope: those see it, and no
/// more than that.
pub async fn is_paid_by(conn: Conn<'_>, order_no: &str, scope: &Scope) -> Result<bool> {
    let Some(path) = scope.path() else {
        return Ok(true);
    };
    let paid: Option<Owners> = conn
        .optional(
            "select c.path as org_path, null as operator_path, o.station_id from orders o \
             join orgs c on c.id = o.company_id \
             where o.order_no = $1 and c.path = $2 and c.type = 'company'",
            args![order_no, path],
        )
        .await?;
    Ok(paid.is_some_and(|owners| owners.seen_by(scope)))
}

impl Owners {
    /// Whether somebody sees what these own.
    pub fn seen_by(&self, scope: &Scope) -> bool {
        scope.covers_at(
            self.org_path.as_deref(),
            self.operator_path.as_deref(),
            self.station_id,
        )
    }
}
