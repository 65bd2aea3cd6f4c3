//! `events`, the outbox: facts that partners are told. Written in the transaction that makes the
//! fact; told afterwards, see [`crate::deliveries`].

use crate::db::{Batch, Cell, Kind, Scalar, ToCell, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result, StoreError};
use kernel::{ApiKeyId, DeviceId, OrderNo, PhyId, PortNo, Timestamp};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;

/// Facts of one kind, about one thing, in one second that can be told apart.
const SUFFIXES_MAX: u32 = 1000;

/// A fact to be told.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// For example `charging.started`.
    pub event_type: Cow<'static, str>,
    /// The order that it is about; its events are counted and told in sequence.
    pub order_no: Option<OrderNo>,
    /// The device that it is about.
    pub device_id: Option<DeviceId>,
    /// Its id on the wire.
    pub phy_id: Option<PhyId>,
    /// The port that it is about.
    pub port_no: Option<PortNo>,
    /// The `data` of the message.
    pub data: Value,
    /// When the fact happened.
    pub at: Timestamp,
    /// Whom to tell; nobody: the fact is only recorded.
    pub targets: Vec<Target>,
}

/// Somebody to tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Address.
    pub url: String,
    /// Whose it is; none: the configuration's. Decides the secret.
    pub api_key_id: Option<ApiKeyId>,
}

row! {
    /// A stored fact.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Event {
        /// Row id.
        pub id: i64,
        /// Its name towards partners, unique.
        pub event_id: String,
        /// For example `charging.started`.
        pub event_type: String,
        /// The order that it is about.
        pub order_no: Option<OrderNo>,
        /// The device that it is about.
        pub phy_id: Option<PhyId>,
        /// The port that it is about.
        pub port_no: Option<PortNo>,
        /// The `data` of the message.
        pub payload: Value,
        /// Counts the events of one order from 1; 0 without an order.
        pub sequence_no: i64,
        /// When the fact happened.
        pub occurred_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, event_id, event_type, order_no, phy_id, port_no, payload, sequence_no, occurred_at"
    };
}

row! {
    /// What became of one attempt to insert.
    struct Inserted {
        pub id: i64,
        pub event_id: String,
        pub sequence_no: i64,
    }
}

/// Which events a list shows.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    /// About this order only.
    pub order_no: Option<OrderNo>,
    /// About this device only.
    pub phy_id: Option<PhyId>,
    /// Of this type only.
    pub event_type: Option<String>,
}

impl NewEvent {
    /// `{event_type}-{order number or device id}-{unix seconds}`, which repeats for two facts of
    /// one second: then `-p{port}` is appended, then `-2`, `-3`, …
    fn event_id(&self, repeats: u32) -> String {
        let subject = match (&self.order_no, &self.phy_id) {
            (Some(order_no), _) => order_no.as_str(),
            (None, Some(phy_id)) => phy_id.as_str(),
            (None, None) => "platform",
        };
        let mut id = format!("{}-{subject}-{}", self.event_type, self.at.unix_seconds());
        let repeats = match self.port_no {
            Some(port) if repeats > 0 => {
                id = format!("{id}-p{port}");
                repeats - 1
            }
            _ => repeats,
        };
        if repeats == 0 {
            return id;
        }
        format!("{id}-{}", repeats + 1)
    }
}

/// Writes facts and whom to tell: two statements, whatever their number, if no id is taken.
/// Returns their ids. The transaction has inserted or updated the rows of the orders before,
/// so that nobody else counts the same order's events at the same time.
pub async fn insert(mut conn: Conn<'_>, events: &[NewEvent]) -> Result<Vec<String>> {
    static INSERT: Batch<11> = Batch::new(
        "insert into events (event_id, event_type, order_no, device_id, phy_id, port_no, payload, \
         sequence_no, occurred_at, created_at) \
         select v.event_id, v.event_type, v.order_no, v.device_id, v.phy_id, v.port_no, \
         v.payload, case when v.order_no is null then 0 else v.ordinal + coalesce(v.base, \
         (select max(e.sequence_no) from events e where e.order_no = v.order_no), 0) end, \
         v.at, v.created_at from {rows} where true \
         on conflict (event_id) do nothing returning id, event_id, sequence_no",
        [
            ("event_id", Kind::Text),
            ("event_type", Kind::Text),
            ("order_no", Kind::Text),
            ("device_id", Kind::Int),
            ("phy_id", Kind::Text),
            ("port_no", Kind::Int),
            ("payload", Kind::Document),
            ("ordinal", Kind::Int),
            ("base", Kind::Int),
            ("at", Kind::Time),
            ("created_at", Kind::Time),
        ],
    );
    let ordinals = ordinals(events);
    let mut bases: HashMap<OrderNo, i64> = HashMap::new();
    let mut stored: Vec<Option<Inserted>> = events.iter().map(|_| None).collect();
    for repeats in 0..SUFFIXES_MAX {
        let missing: Vec<(usize, String)> = (0..events.len())
            .filter(|place| stored[*place].is_none())
            .map(|place| (place, events[place].event_id(repeats)))
            .collect();
        if missing.is_empty() {
            break;
        }
        let rows: Vec<_> = missing
            .iter()
            .map(|(place, id)| {
                let event = &events[*place];
                let base = event
                    .order_no
                    .and_then(|order_no| bases.get(&order_no).copied());
                [
                    id.cell(),
                    Cell::Text(Cow::Borrowed(event.event_type.as_ref())),
                    event
                        .order_no
                        .as_ref()
                        .map_or(Cell::Null(Kind::Text), ToCell::cell),
                    event.device_id.cell(),
                    event.phy_id.cell(),
                    event.port_no.cell(),
                    event.data.cell(),
                    Cell::Int(ordinals[*place]),
                    base.map_or(Cell::Null(Kind::Int), Cell::Int),
                    event.at.cell(),
                    event.at.cell(),
                ]
            })
            .collect();
        let inserted: Vec<Inserted> = INSERT.all(conn.again(), &rows).await?;
        let mut inserted: HashMap<String, Inserted> = inserted
            .into_iter()
            .map(|row| (row.event_id.clone(), row))
            .collect();
        for (place, id) in missing {
            if let Some(row) = inserted.remove(&id) {
                if let Some(order_no) = events[place].order_no {
                    bases.insert(order_no, row.sequence_no - ordinals[place]);
                }
                stored[place] = Some(row);
            }
        }
    }
    let stored: Vec<Inserted> = stored.into_iter().flatten().collect();
    if stored.len() < events.len() {
        return Err(StoreError::Other("too many events of one second".into()));
    }
    address(conn, events, &stored).await?;
    Ok(stored.into_iter().map(|row| row.event_id).collect())
}

/// The place of each event among those of the same order in this call, from 1.
fn ordinals(events: &[NewEvent]) -> Vec<i64> {
    let mut seen: HashMap<OrderNo, i64> = HashMap::new();
    events
        .iter()
        .map(|event| {
            event.order_no.map_or(0, |order_no| {
                let count = seen.entry(order_no).or_default();
                *count += 1;
                *count
            })
        })
        .collect()
}

async fn address(conn: Conn<'_>, events: &[NewEvent], stored: &[Inserted]) -> Result<()> {
    static ADDRESS: Batch<7> = Batch::new(
        "insert into webhook_deliveries (event_row, event_type, order_no, sequence_no, \
         api_key_id, url, next_attempt_at, created_at, updated_at) \
         select v.event_row, v.event_type, v.order_no, v.sequence_no, v.api_key_id, v.url, v.at, \
         v.at, v.at from {rows}",
        [
            ("event_row", Kind::Int),
            ("event_type", Kind::Text),
            ("order_no", Kind::Text),
            ("sequence_no", Kind::Int),
            ("api_key_id", Kind::Int),
            ("url", Kind::Text),
            ("at", Kind::Time),
        ],
    );
    let rows: Vec<_> = events
        .iter()
        .zip(stored)
        .flat_map(|(event, row)| {
            event.targets.iter().map(move |target| {
                [
                    row.id.cell(),
                    Cell::Text(Cow::Borrowed(event.event_type.as_ref())),
                    event.order_no.cell(),
                    row.sequence_no.cell(),
                    target.api_key_id.cell(),
                    target.url.cell(),
                    event.at.cell(),
                ]
            })
        })
        .collect();
    if !rows.is_empty() {
        ADDRESS.execute(conn, &rows).await?;
    }
    Ok(())
}

/// The event of that id.
pub async fn find(conn: Conn<'_>, event_id: &str) -> Result<Option<Event>> {
    conn.optional(
        concat!("select ", columns!(), " from events where event_id = $1"),
        args![event_id],
    )
    .await
}

/// A page of events, newest first.
pub async fn list(conn: Conn<'_>, filter: &EventFilter, page: PageRequest) -> Result<Page<Event>> {
    Listing::of(columns!(), "events")
        .narrow("order_no =", filter.order_no.as_ref())
        .narrow("phy_id =", filter.phy_id.as_ref())
        .narrow("event_type =", filter.event_type.as_ref())
        .page(conn, "id desc", page)
        .await
}

/// Deletes the oldest events, if they are from before `before` and nobody is still to be told,
/// with all that is known of their telling, dead letters included. Looks at `limit` events.
/// Belongs in a transaction. Returns how many went.
pub async fn purge(mut conn: Conn<'_>, before: Timestamp, limit: u16) -> Result<u64> {
    // Row ids grow with time, so the oldest are found without an index on the time.
    let last: Option<Scalar<i64>> = conn
        .again()
        .optional(
            "select max(id) as value from (select id, created_at from events order by id limit $2) \
             as oldest where created_at < $1 having max(id) is not null",
            args![before, limit],
        )
        .await?;
    let Some(Scalar(last)) = last else {
        return Ok(0);
    };
    conn.again()
        .execute(
            "delete from webhook_attempts where delivery_id in (select d.id \
             from webhook_deliveries d join events e on e.id = d.event_row \
             where e.id <= $1 and e.created_at < $2 and d.status <> 0)",
            args![last, before],
        )
        .await?;
    conn.again()
        .execute(
            "delete from webhook_deliveries where status <> 0 and event_row in \
             (select id from events where id <= $1 and created_at < $2)",
            args![last, before],
        )
        .await?;
    conn.execute(
        "delete from events where id <= $1 and created_at < $2 and not exists \
         (select 1 from webhook_deliveries d where d.event_row = events.id)",
        args![last, before],
    )
    .await
}
