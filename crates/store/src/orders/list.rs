//! The list of orders: what it is narrowed and sorted by, so that it is found along an index.

use crate::db::{Scalar, args};
use crate::paging::{Listing, Page, PageRequest, Sort, Whose};
use crate::stations::area_pattern;
use crate::{Conn, Result};
use domain::order::{NumberPart, Order, OrderSource, OrderStatus, PayStatus};
use domain::org::Scope;
use kernel::{ApiKeyId, MemberId, OrgId, PhyId, PortNo, Timestamp};

/// Which orders a list shows.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// In this state only.
    pub status: Option<OrderStatus>,
    /// Active, or not active, only.
    pub active: Option<bool>,
    /// Of this device only.
    pub phy_id: Option<PhyId>,
    /// Of this port number only.
    pub port_no: Option<PortNo>,
    /// Started by this key only.
    pub api_key_id: Option<ApiKeyId>,
    /// Created at or after this instant only.
    pub created_from: Option<Timestamp>,
    /// Created before this instant only.
    pub created_until: Option<Timestamp>,
    /// Marked, or not marked, for review only.
    pub abnormal: Option<bool>,
    /// Looked at by somebody, or not yet, only.
    pub handled: Option<bool>,
    /// Billed by what was last heard, or for good, only.
    pub provisional: Option<bool>,
    /// Of this card only.
    pub card_no: Option<String>,
    /// Of this member only.
    pub member: Option<MemberId>,
    /// Of the member with this number only.
    pub phone: Option<String>,
    /// With such a number only.
    pub number: Option<NumberPart>,
    /// At this station only.
    pub station: Option<i64>,
    /// In this area, and in those of which it consists, only.
    pub area: Option<String>,
    /// Of this organisation's places, and of those below it, only.
    pub owner: Option<OrgId>,
    /// Started that way only.
    pub source: Option<OrderSource>,
    /// With its money in that place only.
    pub pay_status: Option<PayStatus>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// The orders of the list. A name is that of the field that it sorts by. All but those by time sort
/// the newest [`crate::TOTAL_MAX`] orders of the list.
pub const SORT: Sort = Sort(&[
    ("-created_at", ""),
    ("created_at", ""),
    ("-final_amount", "coalesce(final_amount, 0) desc, id desc"),
    ("final_amount", "coalesce(final_amount, 0), id"),
    ("-total_kwh", "energy_e4 desc, id desc"),
    ("total_kwh", "energy_e4, id"),
    ("-duration_sec", "duration_sec desc, id desc"),
    ("duration_sec", "duration_sec, id"),
]);

/// An order whose owner was not written down belongs to the owner of its device.
const VISIBLE: &str = "(org_path like {path} or operator_path like {path} or (org_path is null \
     and device_id in (select d.id from devices d \
     where d.org_path like {path} or d.operator_path like {path})))";
/// The same, so that PostgreSQL finds each of the three along an index.
const VISIBLE_BY_INDEX: &str = "(org_path like {path} or operator_path like {path} \
     or (org_path is null and device_id = any(array(select d.id from devices d \
     where d.org_path like {path} or d.operator_path like {path}))))";
/// A company has no stations: it sees what it pays, and who is above it does not see it for that.
const PAID: &str = "company_id = (select c.id from orgs c \
     where c.path = substr({path}, 1, length({path}) - 1) and c.type = 'company')";

/// Orders are found along their device's row: a second index by its id on the wire would be paid by
/// every order.
const OF_PHY_ID: &str = "device_id = (select d.id from devices d where d.phy_id = {value})";

/// A number belongs to one member at a time.
const OF_PHONE: &str = "member_id = (select m.id from members m \
     where m.phone = {value} and m.deleted_at is null)";

/// The same by station, where it was not written down that of the device.
const AT_STATION: &str = "(station_id in ({stations}) or (station_id is null and device_id in \
     (select d.id from devices d where d.station_id in ({stations}))))";

/// At a station of an area.
const IN_AREA: &str = "station_id in (select s.id from stations s \
     where s.area_code like {value})";

const HANDLED: &str = "exists (select 1 from order_handlings h \
     where h.order_no = orders.order_no and h.about = coalesce(orders.abnormal_reason, ''))";
const UNHANDLED: &str = "not exists (select 1 from order_handlings h \
     where h.order_no = orders.order_no and h.about = coalesce(orders.abnormal_reason, ''))";

/// A page of orders, newest first unless another order is asked for.
pub async fn list(
    mut conn: Conn<'_>,
    filter: &OrderFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<Order>> {
    // An owner who is not there owns what nobody owns.
    let owner = match filter.owner {
        Some(org) => Some(beginning_of(conn.again(), org).await?),
        None => None,
    };
    // Said in these words for an active status too, because the index of the active orders is
    // found by them; there is no other index on the status, which would be paid at every change.
    let member = filter.member.map(|member| member.0);
    let active = filter.active == Some(true) || filter.status.is_some_and(OrderStatus::is_active);
    let rare = matches!(
        filter.status,
        Some(OrderStatus::Cancelled | OrderStatus::Failed)
    );
    let timed = rare || filter.created_from.is_some() || filter.created_until.is_some();
    let begins = matches!(filter.number, Some(NumberPart::Beginning { .. }));
    let oldest_first = sort == Some("created_at");
    let order = match (begins && !active, oldest_first) {
        // Numbers of one beginning are as old as they are high, and lie together in their index.
        (true, false) => "order_no desc",
        (true, true) => "order_no",
        (false, oldest_first) => by_time(active, timed, oldest_first),
    };
    let (from, until, ending) = match &filter.number {
        Some(NumberPart::Beginning { from, until }) => (Some(*from), Some(*until), None),
        Some(NumberPart::Ending(digits)) => (None, None, Some(digits)),
        None => (None, None, None),
    };
    let area = filter.area.as_deref().map(area_pattern);
    let last_six = ending.map(|digits| digits[digits.len() - NumberPart::LEAST..].to_owned());
    let ending = ending.map(|digits| format!("%{digits}"));
    let visible = if is_company(conn.again(), &filter.scope).await? {
        PAID
    } else {
        conn.choose(VISIBLE, VISIBLE_BY_INDEX)
    };
    let mut listing = Listing::of(columns!(), "orders")
        .by_key("id")
        .within(Whose::from(visible).at(AT_STATION), &filter.scope)
        .narrow("status =", filter.status.as_ref())
        .only("status in ('pending', 'charging')", active)
        .only(
            "status not in ('pending', 'charging')",
            filter.active == Some(false),
        )
        .only("status in ('cancelled', 'failed')", rare)
        .narrow_by(OF_PHY_ID, filter.phy_id.as_ref())
        .narrow("port_no =", filter.port_no.as_ref())
        .narrow("api_key_id =", filter.api_key_id.as_ref())
        .narrow("member_id =", member.as_ref())
        .narrow_by(OF_PHONE, filter.phone.as_ref())
        .narrow("order_no >=", from.as_ref())
        .narrow("order_no <=", until.as_ref())
        .narrow("substr(order_no, 11) =", last_six.as_ref())
        .narrow("order_no like", ending.as_ref())
        .narrow("station_id =", filter.station.as_ref())
        .narrow_by(IN_AREA, area.as_ref())
        .narrow("org_path like", owner.as_ref())
        .narrow("source =", filter.source.as_ref())
        .narrow("pay_status =", filter.pay_status.as_ref())
        .narrow("created_at >=", filter.created_from.as_ref())
        .narrow("created_at <", filter.created_until.as_ref())
        .only("abnormal", filter.abnormal == Some(true))
        .only("not abnormal", filter.abnormal == Some(false))
        .only(HANDLED, filter.handled == Some(true))
        .only(UNHANDLED, filter.handled == Some(false))
        .only("provisional", filter.provisional == Some(true))
        .only("not provisional", filter.provisional == Some(false))
        .narrow("card_no =", filter.card_no.as_ref());
    let sorted = SORT.clause(sort).filter(|clause| !clause.is_empty());
    if sorted.is_some() {
        listing = listing.among(order);
    }
    listing.page(conn, sorted.unwrap_or(order), page).await
}

/// How a list goes along the time, by the index that its filters are found with.
const fn by_time(active: bool, timed: bool, oldest_first: bool) -> &'static str {
    match (active, timed, oldest_first) {
        // The sign keeps SQLite from walking along the row ids instead.
        (true, _, false) => "+id desc",
        (true, _, true) => "+id",
        // The same order, along the indexes that have the time.
        (false, true, false) => "created_at desc, id desc",
        (false, true, true) => "created_at, id",
        (false, false, false) => "id desc",
        (false, false, true) => "id",
    }
}

/// Whether somebody sees what a company sees.
async fn is_company(conn: Conn<'_>, scope: &Scope) -> Result<bool> {
    let Some(path) = scope.path() else {
        return Ok(false);
    };
    let found: Option<Scalar<i64>> = conn
        .optional(
            "select 1 as value from orgs where path = $1 and type = 'company'",
            args![path],
        )
        .await?;
    Ok(found.is_some())
}

/// How the paths of an organisation and of what is below it begin, for `like`.
async fn beginning_of(conn: Conn<'_>, org: OrgId) -> Result<String> {
    let path: Option<Scalar<String>> = conn
        .optional("select path as value from orgs where id = $1", args![org.0])
        .await?;
    Ok(path.map_or_else(String::new, |Scalar(path)| format!("{path}%")))
}
