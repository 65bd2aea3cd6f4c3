//! Orders that have fallen silent, and what will happen to them.

use crate::{App, AppError};
use domain::order::{OrderStatus, evidence, next_deadline};
use domain::org::Scope;
use kernel::{OrderNo, PhyId, PortNo, Timestamp};
use store::consistency;
use tracing::info;

/// Orders that the list shows, the most silent first.
const LISTED_MAX: usize = 500;

/// A charging or waiting order without a sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentOrder {
    /// The order.
    pub order_no: OrderNo,
    /// Its device.
    pub phy_id: PhyId,
    /// Its port.
    pub port_no: PortNo,
    /// Where.
    pub station_id: Option<i64>,
    /// `pending` or `charging`.
    pub status: OrderStatus,
    /// Whether its device can be reached.
    pub online: bool,
    /// Its last sign of life.
    pub evidence_at: Timestamp,
    /// When the program will do something about it.
    pub next_at: Option<Timestamp>,
}

impl App {
    /// Active orders whose last sign of life lies further back than their device's rhythm allows,
    /// the most silent first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn silent_orders(&self) -> Result<Vec<SilentOrder>, AppError> {
        let now = self.now();
        let mut silent = Vec::new();
        for order in self.active_orders().await? {
            let order_no = order.order_no;
            let policy = self.policy_of(&order.phy_id);
            let evidence_at = evidence(&order);
            let known = self.live.read(&order.phy_id, |live| {
                (live.rhythm.query_after, live.is_online(), live.station_id)
            });
            let Some((patience, online, station_id)) = known else {
                continue;
            };
            if now.since(evidence_at) <= patience {
                continue;
            }
            let ctx = self.context(&order, &policy);
            let connectivity = self.connectivity(&order.phy_id);
            silent.push(SilentOrder {
                order_no,
                station_id,
                status: order.status,
                online,
                evidence_at,
                next_at: next_deadline(&order, connectivity, &ctx),
                phy_id: order.phy_id,
                port_no: order.port_no,
            });
        }
        silent.sort_by_key(|order| order.evidence_at);
        silent.truncate(LISTED_MAX);
        Ok(silent)
    }

    /// The same, of devices that somebody sees.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn silent_orders_of(&self, scope: &Scope) -> Result<Vec<SilentOrder>, AppError> {
        let all = self.silent_orders().await?;
        if scope.path().is_none() {
            return Ok(all);
        }
        let mut view = self.db.view().await?;
        let mut seen = Vec::new();
        for order in all {
            let key = order.order_no.to_string();
            let what = store::row_owners::Addressed::Order;
            if store::row_owners::is_seen(view.conn(), what, &key, scope).await? {
                seen.push(order);
            }
        }
        Ok(seen)
    }

    /// Does at once what is due about an order, and asks its device.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when it is not active.
    pub async fn look_at_stuck(&self, order_no: OrderNo) -> Result<(), AppError> {
        let order = self.orders.peek(order_no).await;
        let order = order
            .filter(|order| order.status.is_active())
            .ok_or(AppError::NotFound("active order"))?;
        self.ask_port(&order.phy_id, order.port_no);
        self.look_at(order_no).await
    }

    /// Looks at orders that somebody named in the database.
    pub(crate) async fn look_at_requested(&self) -> Result<(), AppError> {
        if !self.db.is_postgres() {
            return Ok(());
        }
        let mut direct = self.db.direct().await?;
        let requested = consistency::take_requests(direct.conn()).await?;
        drop(direct);
        for order_no in requested {
            info!(%order_no, "looked at because the database was asked to");
            self.look_at(order_no).await?;
        }
        Ok(())
    }
}
