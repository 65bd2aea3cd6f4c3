//! Plugs that are left in after their charge: which, since when, and what that costs.

mod pay;

use crate::origin::serial_seed;
use crate::staff::Actor;
use crate::transact::count_revenue;
use crate::{App, AppError};
use dashmap::DashMap;
use device::PortState;
use domain::occupancy::{
    NEXT_CHARGE, Occupancy, OccupancyEvent, OccupancyState, apply, begin, occupancy_no,
};
use domain::order::{Order, OrderSource};
use domain::org::Scope;
use domain::pricing::occupancy::OccupancyRule;
use domain::webhook;
use kernel::{ClockSet, OrderNo, PhyId, PortNo, Timestamp};
use serde_json::{Value, json};
use std::collections::HashSet;
use store::occupancies::{self, OccupancyFilter};
use store::price_rules::{self, RuleKind};
use store::{Page, PageRequest, Tx, orders};
use tokio::sync::Mutex;
use tracing::info;

/// Who moves a wait on.
#[derive(Clone, Copy)]
enum By<'a> {
    /// Nobody: time passed, a plug was seen.
    Clock,
    /// Somebody whose deed is written down elsewhere.
    Name(&'a str),
    /// One of the staff, and what the audit log calls it.
    Staff(&'a Actor, &'static str),
}

/// One plug that is left in.
#[derive(Clone, Debug)]
struct Held {
    occupancy: Occupancy,
    /// When it was seen to come out, until that is written.
    unplugged_at: Option<Timestamp>,
}

/// All of them, by place. At most one per port.
#[derive(Default)]
pub(crate) struct Occupied {
    plugs: DashMap<(PhyId, PortNo), Held>,
    /// One after the other: an operator may waive what the watch is about to write.
    turn: Mutex<()>,
}

impl Occupied {
    /// Takes one in.
    pub(crate) fn insert(&self, occupancy: Occupancy) {
        let place = (occupancy.phy_id.clone(), occupancy.port_no);
        let held = Held {
            occupancy,
            unplugged_at: None,
        };
        self.plugs.insert(place, held);
    }

    /// Takes one in unless its place has one.
    pub(crate) fn insert_new(&self, occupancy: Occupancy) {
        let place = (occupancy.phy_id.clone(), occupancy.port_no);
        self.plugs.entry(place).or_insert(Held {
            occupancy,
            unplugged_at: None,
        });
    }

    /// The orders after which a plug is left in.
    pub(crate) fn orders(&self) -> HashSet<OrderNo> {
        let orders = self.plugs.iter().map(|held| held.occupancy.order_no);
        orders.collect()
    }

    /// Leaves those of these orders alone.
    pub(crate) fn forget(&self, orders: &[OrderNo]) {
        self.plugs
            .retain(|_, held| !orders.contains(&held.occupancy.order_no));
    }

    /// Somebody set the clock: nobody pays for time that did not pass.
    pub(crate) fn clock_was_set(&self, set: &ClockSet) {
        for mut held in self.plugs.iter_mut() {
            let occupancy = &mut held.occupancy;
            occupancy.started_at = set.moved(occupancy.started_at);
            set.move_some(&mut occupancy.clock.since);
            set.move_some(&mut held.unplugged_at);
        }
    }

    /// A plug was seen to come out.
    pub(crate) fn unplugged(&self, device: &PhyId, port: PortNo, at: Timestamp) {
        if self.plugs.is_empty() {
            return;
        }
        if let Some(mut held) = self.plugs.get_mut(&(device.clone(), port)) {
            held.unplugged_at.get_or_insert(at);
        }
    }
}

impl App {
    /// Begins the wait after an order that has just ended, in the transaction of its end; none
    /// where the plug is out, the device cannot tell, or no fee is taken. After an end that the
    /// device tells late, having been away, the clock stands still until the plug is seen.
    pub(crate) async fn begin_occupancy(
        &self,
        tx: &mut Tx,
        order: &Order,
    ) -> Result<Option<Occupancy>, AppError> {
        let port = order.port_no;
        let plug = self.live.read(&order.phy_id, |live| {
            let port = live.port(port)?;
            let plugged = port.memory.plugged == Some(true);
            Some((plugged, port.full_at, live.online_since))
        });
        let Some((true, full_at, back_since)) = plug.flatten() else {
            return Ok(None);
        };
        let holder = self.orders.on_port(&order.phy_id, port);
        let taken = holder.is_some_and(|holder| holder != order.order_no);
        if taken || order.source == OrderSource::Offline {
            return Ok(None);
        }
        let now = self.now();
        let kind = RuleKind::Occupancy;
        let found = price_rules::in_force(tx.conn(), kind, order.device_id, port, now).await?;
        let Some(found) = found else {
            return Ok(None);
        };
        let rule: OccupancyRule = serde_json::from_value(found.version.terms)
            .map_err(|error| AppError::Internal(format!("stored occupancy rule: {error}")))?;
        let (second, count) = serial_seed(order.order_no, order.source);
        let mut begun = begin(occupancy_no(second, count), order, &rule, full_at);
        if let Some(occupancy) = &mut begun
            && back_since
                .zip(order.end_time)
                .is_some_and(|(back, ended)| ended < back)
        {
            let last_seen = occupancy.started_at;
            occupancy.clock = occupancy.clock.paused(&rule, last_seen);
        }
        if let Some(occupancy) = &begun {
            self.begin_fee_anew_in(tx, occupancy).await?;
            occupancies::put(tx.conn(), occupancy, now).await?;
        }
        Ok(begun)
    }

    /// Brings open waits back into memory after a restart. Nobody knows what became of the plugs
    /// while we were away, so their clocks stand since the device was last heard.
    pub(crate) async fn restore_occupied(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        for mut occupancy in occupancies::list_open(view.conn()).await? {
            if !self.looks_after(&occupancy.phy_id) {
                continue;
            }
            let seen = self.live.read(&occupancy.phy_id, |live| live.last_seen);
            let seen = seen.flatten().unwrap_or(occupancy.started_at);
            occupancy.clock = occupancy.clock.paused(&occupancy.rule, seen);
            self.occupied.insert(occupancy);
        }
        Ok(())
    }

    /// Looks at every plug that is left in.
    ///
    /// # Errors
    /// When the database is away; nothing is lost, the next look finds the same.
    pub async fn watch_occupied(&self) -> Result<(), AppError> {
        let plugs = &self.occupied.plugs;
        let places: Vec<_> = plugs.iter().map(|entry| entry.key().clone()).collect();
        for place in places {
            let _turn = self.occupied.turn.lock().await;
            let Some(held) = plugs.get(&place).map(|held| held.clone()) else {
                continue;
            };
            let (event, at) = self.seen(&held).await?;
            self.occupancy_happened(&held.occupancy, event, at, By::Clock)
                .await?;
        }
        Ok(())
    }

    /// What is to be seen of a plug now, and since when.
    async fn seen(&self, held: &Held) -> Result<(OccupancyEvent, Timestamp), AppError> {
        let occupancy = &held.occupancy;
        let (device, port) = (&occupancy.phy_id, occupancy.port_no);
        let now = self.now();
        if let Some(at) = held.unplugged_at {
            return Ok((OccupancyEvent::Unplugged, at));
        }
        if let Some(next) = self.orders.on_port(device, port)
            && let Some(order) = self.orders.peek(next).await
        {
            let at = order.created_at;
            return Ok((self.next_charge(occupancy, &order).await?, at));
        }
        let look = self.live.read(device, |live| {
            let known = live.port(port);
            let heard = known.is_some_and(|port| port.reported_at >= live.online_since);
            let away = match live.online_since {
                None => Some(live.offline_since.unwrap_or(now)),
                Some(back) => (!heard).then_some(back),
            };
            let memory = known.map(|port| port.memory.clone());
            (memory.unwrap_or_default(), away)
        });
        // A device that is ours no more frees its plugs.
        let Some((memory, away)) = look else {
            return Ok((OccupancyEvent::Unplugged, now));
        };
        if let Some(since) = away {
            return Ok((OccupancyEvent::OutOfSight, since));
        }
        Ok(match memory.plugged {
            Some(true) if memory.state == PortState::Fault => (OccupancyEvent::OutOfSight, now),
            Some(true) if occupancy.clock.since.is_none() => (OccupancyEvent::InSight, now),
            Some(true) => (OccupancyEvent::Tick, now),
            Some(false) | None => (OccupancyEvent::Unplugged, now),
        })
    }

    /// The port has an order again: the same one, which had not ended after all, or the next.
    async fn next_charge(
        &self,
        occupancy: &Occupancy,
        next: &Order,
    ) -> Result<OccupancyEvent, AppError> {
        if next.order_no == occupancy.order_no {
            let reason = "the charge went on".to_owned();
            return Ok(OccupancyEvent::Waived { reason });
        }
        let mut cancelled_today = false;
        let charger = next.charger();
        if let Some(member) = &charger {
            let since = today(next.created_at);
            let mut view = self.db.view().await?;
            cancelled_today =
                occupancies::cancelled_since(view.conn(), member, NEXT_CHARGE, since).await?;
        }
        Ok(OccupancyEvent::NewOrder {
            member_ref: charger,
            cancelled_today,
        })
    }

    /// Moves a wait on, durably if anything but its clock changed. What of the staff did it is
    /// written into the audit log.
    async fn occupancy_happened(
        &self,
        occupancy: &Occupancy,
        event: OccupancyEvent,
        at: Timestamp,
        by: By<'_>,
    ) -> Result<Occupancy, AppError> {
        let (actor, staff) = match by {
            By::Clock => ("system", None),
            By::Name(name) => (name, None),
            By::Staff(actor, action) => (actor.name.as_str(), Some((actor, action))),
        };
        let step = apply(occupancy, event, at);
        if !step.changed {
            return Ok(step.next);
        }
        let mut next = step.next;
        let mut tx = self.db.begin().await?;
        let stored = occupancies::find(tx.conn(), &next.occ_no).await?;
        if let Some(stored) = stored.filter(|stored| stored.state != occupancy.state) {
            // A commit that seemed to be cut off had happened, or its debt was paid meanwhile.
            tx.rollback().await?;
            self.keep(&stored);
            return Err(AppError::Conflict("the occupancy has changed meanwhile"));
        }
        self.move_fee_in(&mut tx, occupancy, &mut next, actor, at)
            .await?;
        occupancies::put(tx.conn(), &next, at).await?;
        if let Some((actor, action)) = staff {
            let object = format!("occupancy:{}", next.occ_no);
            let (old, new) = (Some(seen(occupancy)), Some(seen(&next)));
            self.audit_in(&mut tx, actor, action, &object, old, new)
                .await?;
        }
        let mut news = Vec::new();
        if !step.news.is_empty()
            && let Some(order) = orders::find_by_no(tx.conn(), next.order_no).await?
        {
            for item in step.news {
                let event = webhook::occupancy(&next, item, self.now());
                news.push(self.order_event(event, &order));
            }
        }
        let rings = self.publish_in(&mut tx, &news).await?;
        tx.commit().await?;
        self.ring_outbox(rings);
        let is_billed = matches!(next.state, OccupancyState::ToPay | OccupancyState::Paid);
        if occupancy.state.is_open() && is_billed {
            count_revenue("occupancy", next.fee.fen);
        }
        info!(device = %next.phy_id, port_no = next.port_no.0, occ_no = next.occ_no,
            order_no = %next.order_no, state = next.state.as_str(), fee = next.fee.fen.0,
            "occupancy");
        self.keep(&next);
        Ok(next)
    }

    /// Lets memory follow what was written, unless the place has another wait by now.
    fn keep(&self, occupancy: &Occupancy) {
        let place = (occupancy.phy_id.clone(), occupancy.port_no);
        let plugs = &self.occupied.plugs;
        if !occupancy.state.is_open() {
            plugs.remove_if(&place, |_, held| held.occupancy.occ_no == occupancy.occ_no);
        } else if let Some(mut held) = plugs.get_mut(&place)
            && held.occupancy.occ_no == occupancy.occ_no
        {
            held.occupancy = occupancy.clone();
        }
    }

    /// An occupancy, its clock as it stands now.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a number.
    pub async fn occupancy(&self, occ_no: &str) -> Result<Occupancy, AppError> {
        let mut view = self.db.view().await?;
        let found = occupancies::find(view.conn(), occ_no).await?;
        Ok(self.as_of_now(found.ok_or(AppError::NotFound("occupancy"))?))
    }

    /// A page of occupancies, the latest first.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown device.
    pub async fn list_occupancies(
        &self,
        scope: Scope,
        state: Option<OccupancyState>,
        device: Option<&PhyId>,
        order_no: Option<OrderNo>,
        page: PageRequest,
    ) -> Result<Page<Occupancy>, AppError> {
        let device_id = match device {
            Some(device) => Some(self.device_summary(device).await?.row.id),
            None => None,
        };
        let filter = OccupancyFilter {
            state,
            device_id,
            order_no,
            scope,
            member: None,
        };
        let mut view = self.db.view().await?;
        let page = occupancies::list(view.conn(), &filter, page).await?;
        Ok(page.map(|occupancy| self.as_of_now(occupancy)))
    }

    fn as_of_now(&self, mut occupancy: Occupancy) -> Occupancy {
        occupancy.fee = occupancy.fee_at(self.now());
        occupancy
    }
}

/// Midnight before an instant, Beijing time.
fn today(at: Timestamp) -> Timestamp {
    let [year, month, day, ..] = at.shanghai();
    Timestamp::from_shanghai([year, month, day, 0, 0, 0]).unwrap_or(at)
}

/// What the audit log keeps of an occupancy.
fn seen(occupancy: &Occupancy) -> Value {
    json!({"state": occupancy.state.as_str(), "fee_fen": occupancy.fee.fen,
        "note": occupancy.note})
}
