use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest, Sort, Whose};
use crate::{Conn, Result};
use domain::card::CardDay;
use domain::order::{NumberPart, Order, OrderSource, OrderStatus, PayStatus};
use domain::org::Scope;
use kernel::{
    ApiKeyId, DeviceId, Fen, MemberId, OrderId, OrderNo, OrgId, PhyId, PortNo, Timestamp,
};

/// Orders of one port that [`candidates`] looks at.
pub const CANDIDATES_MAX: i64 = 100;

macro_rules! columns {
    () => {
        "id, version, order_no, device_id, phy_id, port_no, status, source, api_key_id, \
         member_ref, notify_url, card_no, charge_mode, amount, planned_duration_sec, planned_e4, \
         power_limit_w, tariff_snapshot, business_no, trade_no, created_at, updated_at, acked_at, \
         start_sent, start_time, end_time, last_progress_at, stop_requested_at, stop_reason, \
         stop_acked_at, stop_sent_at, stop_attempts, interrupted_at, fault_deadline, \
         idle_reports, idle_since, restarted_at, duration_sec, energy_e4, current_power, \
         peak_power, power_integral, power_seconds, announced_minute, end_reason, \
         end_reason_msg, final_amount, elec_fen, service_fen, refund_fen, device_amount_fen, \
         settle_status, provisional, hold_until, reopened_count, abnormal, abnormal_reason, \
         physical_card, vin, parallel_no, slot_e4, metered_at, device_split, meter_start_e4, \
         meter_end_e4, start_soc, end_soc, bill, tier_meter, occupancy_fen, payer"
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!("select ", columns!(), " from orders where ", $rest)
    };
}

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
    /// Of this member only.
    pub member: Option<MemberId>,
    /// Of the member with this number only.
    pub phone: Option<String>,
    /// With such a number only.
    pub number: Option<NumberPart>,
    /// At this station only.
    pub station: Option<i64>,
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

/// An order whose owner was not written down belongs to the owner of its device. A company sees
/// what it pays; who is above the company does not see it for that.
const VISIBLE: &str = "(org_path like {path} or operator_path like {path} or (org_path is null \
     and device_id in (select d.id from devices d \
     where d.org_path like {path} or d.operator_path like {path})) \
     or company_id in (select c.id from orgs c \
     where c.path = substr({path}, 1, length({path}) - 1) and c.type = 'company'))";
/// The same, so that PostgreSQL finds each of the four along an index.
const VISIBLE_BY_INDEX: &str = "(org_path like {path} or operator_path like {path} \
     or (org_path is null and device_id = any(array(select d.id from devices d \
     where d.org_path like {path} or d.operator_path like {path}))) \
     or company_id = any(array(select c.id from orgs c \
     where c.path = substr({path}, 1, length({path}) - 1) and c.type = 'company')))";

/// Orders are found along their device's row: a second index by its id on the wire would be paid by
/// every order.
const OF_PHY_ID: &str = "device_id = (select d.id from devices d where d.phy_id = {value})";

/// A number belongs to one member at a time.
const OF_PHONE: &str = "member_id = (select m.id from members m \
     where m.phone = {value} and m.deleted_at is null)";

/// The same by station, where it was not written down that of the device.
const AT_STATION: &str = "(station_id in ({stations}) or (station_id is null and device_id in \
     (select d.id from devices d where d.station_id in ({stations}))))";

/// The order of that number.
pub async fn find_by_no(conn: Conn<'_>, order_no: OrderNo) -> Result<Option<Order>> {
    conn.optional(select!("order_no = $1"), args![order_no])
        .await
}

/// The order of that number, held until the end of the transaction: another that wants to change
/// it waits. SQLite's write transaction holds everything anyway.
pub async fn lock_by_no(conn: Conn<'_>, order_no: OrderNo) -> Result<Option<Order>> {
    let sql = conn.choose(
        select!("order_no = $1"),
        select!("order_no = $1 for update"),
    );
    conn.optional(sql, args![order_no]).await
}

/// The order of that row.
pub async fn find(conn: Conn<'_>, id: OrderId) -> Result<Option<Order>> {
    conn.optional(select!("id = $1"), args![id]).await
}

/// The active order of a port. There is never a second one.
pub async fn find_active(conn: Conn<'_>, device: DeviceId, port: PortNo) -> Result<Option<Order>> {
    conn.optional(
        select!("device_id = $1 and port_no = $2 and status in ('pending', 'charging')"),
        args![device, port],
    )
    .await
}

/// The newest order of a device with that name on the wire.
pub async fn find_by_trade_no(
    conn: Conn<'_>,
    device: DeviceId,
    trade_no: &str,
) -> Result<Option<Order>> {
    conn.optional(
        select!("trade_no = $2 and device_id = $1 order by id desc limit 1"),
        args![device, trade_no],
    )
    .await
}

/// Whether a charge that a card started is going on, at any device but that port.
pub async fn card_in_use(
    conn: Conn<'_>,
    card_no: &str,
    device: DeviceId,
    port: PortNo,
) -> Result<bool> {
    let Scalar::<i64>(count) = conn
        .one(
            "select count(*) as value from orders where status in ('pending', 'charging') \
             and card_no = $1 and not (device_id = $2 and port_no = $3)",
            args![card_no, device, port],
        )
        .await?;
    Ok(count > 0)
}

/// What a card has charged since an instant; charges that run count with what they may cost.
pub async fn card_day(conn: Conn<'_>, card_no: &str, since: Timestamp) -> Result<CardDay> {
    row! {
        struct Sums {
            pub times: i64,
            pub spent: Fen,
        }
    }
    let sums: Sums = conn
        .one(
            "select count(*) as times, cast(coalesce(sum(case status when 'completed' \
             then coalesce(final_amount, 0) else amount end), 0) as bigint) as spent \
             from orders where card_no = $1 and created_at >= $2 \
             and status in ('pending', 'charging', 'completed')",
            args![card_no, since],
        )
        .await?;
    Ok(CardDay {
        times: u32::try_from(sums.times).unwrap_or(u32::MAX),
        spent: sums.spent,
    })
}

/// Whether a charge of a vehicle is going on, at any device but that port.
pub async fn vehicle_in_use(
    conn: Conn<'_>,
    vin: &str,
    device: DeviceId,
    port: PortNo,
) -> Result<bool> {
    let Scalar::<i64>(count) = conn
        .one(
            "select count(*) as value from orders where status in ('pending', 'charging') \
             and vin = $1 and not (device_id = $2 and port_no = $3)",
            args![vin, device, port],
        )
        .await?;
    Ok(count > 0)
}

/// The active orders of a device, by port.
pub async fn list_active_of_device(conn: Conn<'_>, device: DeviceId) -> Result<Vec<Order>> {
    conn.all(
        select!("device_id = $1 and status in ('pending', 'charging') order by port_no"),
        args![device],
    )
    .await
}

/// All active orders, oldest first.
pub async fn list_active(conn: Conn<'_>) -> Result<Vec<Order>> {
    let mut orders: Vec<Order> = conn
        .all(select!("status in ('pending', 'charging')"), &[])
        .await?;
    sort_by_age(&mut orders);
    Ok(orders)
}

/// Sorted here: asked to do it, SQLite would walk through all orders there ever were.
fn sort_by_age(orders: &mut [Order]) {
    orders.sort_unstable_by_key(|order| order.id);
}

/// All orders that can still move on by themselves: the active ones, and those that ended
/// provisionally and are in their hold. Oldest first; for a restart.
pub async fn list_alive(conn: Conn<'_>, now: Timestamp) -> Result<Vec<Order>> {
    let mut orders: Vec<Order> = conn
        .all(
            concat!(
                "select ",
                columns!(),
                " from orders where status in ('pending', 'charging') union all select ",
                columns!(),
                " from orders where provisional and hold_until > $1 \
                 and status not in ('pending', 'charging')"
            ),
            args![now],
        )
        .await?;
    sort_by_age(&mut orders);
    Ok(orders)
}

/// The orders that a report of a device may be about: among the last [`CANDIDATES_MAX`] of the
/// port the active one and those touched since `since`, and the one of that number on any port.
/// Newest first.
pub async fn candidates(
    conn: Conn<'_>,
    device: DeviceId,
    port: PortNo,
    order_no: Option<OrderNo>,
    since: Timestamp,
) -> Result<Vec<Order>> {
    let mut orders: Vec<Order> = conn
        .all(
            concat!(
                "select * from (select ",
                columns!(),
                " from orders where device_id = $1 and port_no = $2 order by id desc limit $5) \
                 as latest where status in ('pending', 'charging') or updated_at >= $4 \
                 union all select ",
                columns!(),
                " from orders where order_no = $3 and device_id = $1"
            ),
            args![device, port, order_no, since, CANDIDATES_MAX],
        )
        .await?;
    orders.sort_by_key(|order| std::cmp::Reverse(order.id));
    orders.dedup_by_key(|order| order.id);
    Ok(orders)
}

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
    let order = by_time(active, timed, sort == Some("created_at"));
    let (from, until, ending) = match &filter.number {
        Some(NumberPart::Beginning { from, until }) => (Some(*from), Some(*until), None),
        Some(NumberPart::Ending(digits)) => (None, None, Some(digits)),
        None => (None, None, None),
    };
    let last_six = ending.map(|digits| digits[digits.len() - NumberPart::LEAST..].to_owned());
    let ending = ending.map(|digits| format!("%{digits}"));
    let visible = conn.choose(VISIBLE, VISIBLE_BY_INDEX);
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
        .narrow("org_path like", owner.as_ref())
        .narrow("source =", filter.source.as_ref())
        .narrow("pay_status =", filter.pay_status.as_ref())
        .narrow("created_at >=", filter.created_from.as_ref())
        .narrow("created_at <", filter.created_until.as_ref())
        .only("abnormal", filter.abnormal == Some(true))
        .only("not abnormal", filter.abnormal == Some(false));
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

/// How the paths of an organisation and of what is below it begin, for `like`.
async fn beginning_of(conn: Conn<'_>, org: OrgId) -> Result<String> {
    let path: Option<Scalar<String>> = conn
        .optional("select path as value from orgs where id = $1", args![org.0])
        .await?;
    Ok(path.map_or_else(String::new, |Scalar(path)| format!("{path}%")))
}

/// How many orders are in that state.
pub async fn count(conn: Conn<'_>, status: OrderStatus) -> Result<i64> {
    let sql = if status.is_active() {
        "select count(*) as value from orders \
         where status in ('pending', 'charging') and status = $1"
    } else {
        "select count(*) as value from orders where status = $1"
    };
    let Scalar(count) = conn.one(sql, args![status]).await?;
    Ok(count)
}
